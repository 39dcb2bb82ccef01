"""The read API serves what was written, and nothing to anybody from elsewhere."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from adapter.fhir.xml_text import from_xml
from adapter.settings import Settings
from adapter.store import embedded
from adapter.store.engine import Store
from adapter.web import searches
from tests.web.conftest import SETTINGS
from tests.web.service import NOW, Answer, Service

INS = {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "279035121518989"}

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def charge(number: int, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ChargeItem",
        "id": f"c{number}",
        "identifier": [{"system": "urn:s", "value": f"v|{number}"}],
        "status": "billable" if number % 2 else "planned",
        "code": {"coding": [{"system": "urn:codes", "code": "VSP"}]},
        "subject": {"reference": f"https://had.example.fr/fhir/Patient/p{number % 3}", "identifier": INS},
        **more,
    }


@pytest.fixture
def filled(service: Service, store: Store) -> Service:
    """Seven charges, an hour between each and the next, and a second version of the first."""
    for number in range(7):
        service.move(3600)
        _write(service, charge(number))
    service.move(3600)
    _write(service, charge(0, status="aborted"))
    return service


def _write(service: Service, content: dict[str, Any]) -> None:
    with service.store.begin() as tx:
        embedded.alone(tx)
        embedded.write(tx, content, service.now)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    bundle = answer.json
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def test_a_read_has_its_version(filled: Service) -> None:
    answer = filled.ask("GET", "/fhir/ChargeItem/c0")
    assert (answer.status, answer.json["status"]) == (200, "aborted")
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert (answer.headers["etag"], answer.headers["last-modified"]) == ('W/"2"', "Sat, 21 Nov 2026 20:00:00 GMT")
    assert filled.ask("GET", "/fhir/ChargeItem/c0", If_None_Match='W/"2"').status == 304
    assert filled.ask("GET", "/fhir/ChargeItem/c0", If_None_Match='W/"1"').status == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [("?_format=xml", {}), ("?_format=application/fhir%2Bxml", {}), ("", {"Accept": "application/fhir+xml"})],
)
def test_xml_is_the_same(filled: Service, path: str, headers: dict[str, str]) -> None:
    asked = filled.ask("GET", f"/fhir/ChargeItem/c1{path}", **headers)
    assert asked.headers["content-type"] == "application/fhir+xml; charset=utf-8"
    assert from_xml(asked.body) == filled.ask("GET", "/fhir/ChargeItem/c1").json
    assert (
        from_xml(filled.ask("GET", f"/fhir/ChargeItem/none{path}", **headers).body)["issue"][0]["code"] == "not-found"
    )


def test_every_version_can_be_read(filled: Service) -> None:
    assert filled.ask("GET", "/fhir/ChargeItem/c0/_history/1").json["status"] == "planned"
    history = filled.ask("GET", "/fhir/ChargeItem/c0/_history").json
    assert (history["type"], history["total"]) == ("history", 2)
    told = [(e["request"], e["response"]["etag"], e["resource"]["status"]) for e in history["entry"]]
    assert told == [
        ({"method": "PUT", "url": "ChargeItem/c0"}, 'W/"2"', "aborted"),
        ({"method": "POST", "url": "ChargeItem"}, 'W/"1"', "planned"),
    ]
    assert len(filled.ask("GET", "/fhir/ChargeItem/c0/_history?_count=1").json["entry"]) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("_id=c1,c2", "c1 c2"),
        ("_id=c1&_id=c2", ""),
        ("identifier=urn:s|v\\|3", "c3"),
        ("identifier=v\\|3", "c3"),
        ("identifier=|v\\|3", ""),
        ("identifier=urn:s|", "c1 c2 c3 c4 c5 c6 c0"),
        ("status=aborted,planned", "c2 c4 c6 c0"),
        ("status=billable&subject=Patient/p1", "c1"),
        ("patient=p2", "c2 c5"),
        ("subject=https://had.example.fr/fhir/Patient/p2", "c2 c5"),
        (f"patient:identifier={INS['system']}|{INS['value']}&_id=c4", "c4"),
        ("subject:identifier=other", ""),
        ("code=urn:codes|VSP&_id=c1", "c1"),
        ("code=urn:other|VSP", ""),
        ("_lastUpdated=ge2026-11-21T18:00:00Z", "c5 c6 c0"),
        ("_lastUpdated=gt2026-11-21T18:00:00Z", "c6 c0"),
        ("_lastUpdated=le2026-11-21T14:00:00Z", "c1"),
        ("_lastUpdated=2026-11-21T14:00:00Z", "c1"),
        ("_lastUpdated=2026-11&_id=c1", "c1"),
        ("_lastUpdated=ge2026-11-22", ""),
        ("_sort=-_lastUpdated&_id=c0,c1,c2", "c0 c2 c1"),
        ("_pretty=true&_id=c1", "c1"),
        ("status=", "c1 c2 c3 c4 c5 c6 c0"),
    ],
)
def test_a_search_finds_the_same_by_get_and_by_post(filled: Service, query: str, found: str) -> None:
    assert (
        ids(filled.ask("GET", f"/fhir/ChargeItem?{query.replace('|', '%7C').replace(chr(92), '%5C')}")) == found.split()
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = filled.ask("POST", "/fhir/ChargeItem/_search", query.replace("\\", "%5C").encode(), **form)
    assert ids(posted) == found.split()


def test_pages_lead_through_everything_once_and_name_nobody(filled: Service) -> None:
    answer = filled.ask(
        "POST", "/fhir/ChargeItem/_search", b"_count=3&code=VSP", Content_Type="application/x-www-form-urlencoded"
    )
    seen: list[str] = []
    while True:
        seen += ids(answer)
        assert answer.json["total"] == 7
        links = {link["relation"]: link["url"] for link in answer.json["link"]}
        assert "VSP" not in str(links)
        if "next" not in links:
            break
        parts = urlsplit(links["next"])
        answer = filled.ask("GET", f"{parts.path}?{parts.query}")
    assert seen == ["c1", "c2", "c3", "c4", "c5", "c6", "c0"]


def test_a_page_that_is_no_longer_kept(filled: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "PAGES_KEPT", 1)
    links = [filled.ask("GET", "/fhir/ChargeItem?_count=3").json["link"][1]["url"] for _ in range(2)]
    answers = [filled.ask("GET", link.partition(f":{filled.port}")[2]) for link in links]
    assert [answer.status for answer in answers] == [410, 200]
    assert answers[0].issue == "not-found"


@pytest.mark.parametrize("query", ["_count=0", "_summary=count"])
def test_only_a_number(filled: Service, query: str) -> None:
    bundle = filled.ask("GET", f"/fhir/ChargeItem?{query}").json
    assert (bundle["total"], "entry" in bundle) == (7, False)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/fhir/ChargeItem/none", 404, "not-found"),
        ("GET", "/fhir/ChargeItem/none/_history", 404, "not-found"),
        ("GET", "/fhir/ChargeItem/c0/_history/9", 404, "not-found"),
        ("GET", "/fhir/ChargeItem/c0/_history/x", 404, "not-found"),
        ("GET", "/fhir/Nothing", 404, "not-supported"),
        ("GET", "/fhir/Nothing/1", 404, "not-supported"),
        ("GET", "/fhir", 404, "not-found"),
        ("GET", "/elsewhere", 404, "not-found"),
        ("GET", "/fhir/ChargeItem?name=x", 400, "not-supported"),
        ("GET", "/fhir/ChargeItem?_sort=status", 400, "not-supported"),
        ("GET", "/fhir/ChargeItem?_lastUpdated=sa2026", 400, "not-supported"),
        ("GET", "/fhir/ChargeItem?_lastUpdated=yesterday", 400, "value"),
        ("GET", "/fhir/ChargeItem?_count=many", 400, "value"),
        ("POST", "/fhir/ChargeItem", 405, "not-supported"),
        ("PUT", "/fhir/ChargeItem/c0", 405, "not-supported"),
        ("DELETE", "/fhir/ChargeItem/c0", 405, "not-supported"),
        ("PATCH", "/fhir/ChargeItem/c0", 405, "not-supported"),
    ],
)
def test_every_error_is_an_outcome(filled: Service, method: str, path: str, status: int, code: str) -> None:
    answer = filled.ask(method, path)
    assert (answer.status, answer.issue) == (status, code)


def test_leniency_must_be_asked_for(filled: Service) -> None:
    assert len(ids(filled.ask("GET", "/fhir/ChargeItem?name=x", Prefer="handling=lenient"))) == 7


def test_metadata_says_what_there_is(filled: Service) -> None:
    statement = filled.ask("GET", "/fhir/metadata").json
    assert (statement["resourceType"], statement["kind"], statement["fhirVersion"]) == (
        "CapabilityStatement",
        "instance",
        "4.0.1",
    )
    resources = {one["type"]: one for one in statement["rest"][0]["resource"]}
    assert "ChargeItem" in resources
    for parameter in resources["ChargeItem"]["searchParam"]:
        value = "2026" if parameter["type"] == "date" else "x"
        assert ids(filled.ask("GET", f"/fhir/ChargeItem?{parameter['name']}={value}")) is not None
    assert from_xml(filled.ask("GET", "/fhir/metadata?_format=xml").body)["resourceType"] == "CapabilityStatement"


@pytest.mark.parametrize(
    ("peer", "host", "headers"),
    [
        ("192.0.2.7", "localhost", {}),
        ("", "localhost", {}),
        ("127.0.0.1", "evil.example", {}),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.2", "localhost", {}),
    ],
)
def test_it_answers_to_this_machine_only(start: Any, peer: str, host: str, headers: dict[str, str]) -> None:
    settings = Settings(sources=SETTINGS.sources, trusted_proxies=("127.0.0.2",))
    client = start(settings).app.test_client()
    answer = client.get("/fhir/metadata", environ_base={"REMOTE_ADDR": peer}, headers={"Host": host, **headers})
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (403, "forbidden")
    assert client.get("/fhir/metadata", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get("/healthz", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_a_token_opens_it_to_any_peer_and_nothing_else_does(start: Any) -> None:
    settings = Settings(sources=SETTINGS.sources, api_tokens=("new-token", "old-token"))
    client = start(settings).app.test_client()
    far = {"REMOTE_ADDR": "192.0.2.7"}

    def asked(**headers: str) -> tuple[int, str | None]:
        answer = client.get("/fhir/ChargeItem", environ_base=far, headers={"Host": "adapter.example.fr", **headers})
        return answer.status_code, answer.headers.get("WWW-Authenticate")

    assert asked(Authorization="Bearer new-token") == asked(Authorization="bearer old-token") == (200, None)
    for wrong in ("", "Bearer other", "Basic new-token", "new-token"):
        assert asked(Authorization=wrong) == (401, "Bearer")
    assert client.get("/fhir/ChargeItem", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize(("tokens", "service_named"), [(("a",), [{"text": "Bearer"}]), ((), None)])
def test_it_says_what_a_reader_must_show(start: Any, tokens: tuple[str, ...], service_named: Any) -> None:
    client = start(Settings(sources=SETTINGS.sources, api_tokens=tokens)).app.test_client()
    (rest,) = client.get("/fhir/metadata").json["rest"]
    assert rest["security"].get("service") == service_named
    assert ("token" in rest["security"]["description"]) is bool(tokens)


def test_versions_of_the_past_are_not_searched(filled: Service) -> None:
    assert ids(filled.ask("GET", "/fhir/ChargeItem?status=planned&_id=c0")) == []
    assert filled.now > NOW
