"""The client by itself: what a real server cannot be made to say, and what must never be said by us."""

import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
import requests
import responses

from adapter.core.errors import AdapterError, Permanent, Temporary
from adapter.fhir.json_text import loads
from adapter.outbound.answers import Stored, retry_after
from adapter.outbound.client import Target
from adapter.outbound.conditions import condition, token

BASE = "https://billing.example.org/fhir"
SECRET = "279035121518989"
CHARGE = {"resourceType": "ChargeItem", "id": "17", "note": [{"text": SECRET}]}
BUNDLE = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": CHARGE}]}


@pytest.fixture
def target() -> Iterator[Target]:
    with Target(BASE) as target:
        yield target


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as net:
        yield net


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (302, Permanent, "target-redirects"),
        (400, Permanent, "target-refused"),
        (401, Permanent, "target-denied"),
        (403, Permanent, "target-denied"),
        (404, Permanent, "target-lacks"),
        (408, Temporary, "target-timeout"),
        (409, Temporary, "target-conflict"),
        (410, Permanent, "target-refused"),
        (412, Permanent, "several-matches"),
        (422, Permanent, "target-refused"),
        (429, Temporary, "target-busy"),
        (500, Temporary, "target-failed"),
        (501, Permanent, "target-lacks"),
        (502, Temporary, "target-failed"),
        (503, Temporary, "target-busy"),
        (504, Temporary, "target-failed"),
    ],
)
def test_every_status_is_one_kind_of_failure(
    target: Target, net: responses.RequestsMock, status: int, kind: type[AdapterError], code: str
) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"code": "processing", "diagnostics": SECRET * 50}]}
    net.put(f"{BASE}/ChargeItem/17", json=outcome, status=status)
    with pytest.raises(kind) as caught:
        target.update(CHARGE, "3")
    assert caught.value.code == code
    assert str(caught.value) == f"PUT ChargeItem: HTTP {status} (processing)"
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (requests.exceptions.SSLError("self-signed"), Permanent, "target-untrusted"),
        (requests.exceptions.ConnectTimeout("slow"), Temporary, "target-timeout"),
        (requests.exceptions.ReadTimeout("slow"), Temporary, "target-timeout"),
        (requests.exceptions.ConnectionError("gone"), Temporary, "target-unreachable"),
        (requests.exceptions.ChunkedEncodingError("half"), Temporary, "target-unreachable"),
    ],
)
def test_every_failed_connection_is_wrapped_once_with_its_cause(
    target: Target, net: responses.RequestsMock, failure: Exception, kind: type[AdapterError], code: str
) -> None:
    net.post(f"{BASE}/ChargeItem/_search", body=failure)
    with pytest.raises(kind) as caught:
        target.search_by_identifier("ChargeItem", "urn:example", SECRET)
    assert caught.value.code == code
    assert caught.value.__cause__ is failure
    assert SECRET not in told(caught.value)


def test_a_redirect_is_not_followed(target: Target, net: responses.RequestsMock) -> None:
    net.post(f"{BASE}/ChargeItem", status=307, headers={"Location": "https://elsewhere.example.com/ChargeItem"})
    with pytest.raises(Permanent, match="HTTP 307"):
        target.create(CHARGE)
    assert len(net.calls) == 1


@pytest.mark.parametrize("body", ["", "<html/>", '{"resourceType": "Bund', "[]", '"text"', "{}"])
def test_an_answer_that_is_no_resource_is_temporary(target: Target, net: responses.RequestsMock, body: str) -> None:
    net.post(f"{BASE}/ChargeItem/_search", body=body)
    with pytest.raises(Temporary) as caught:
        target.search_by_identifier("ChargeItem", "urn:example", "1")
    assert caught.value.code == "target-garbled"


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "searchset", "entry": []},
        {"type": "transaction-response"},
        {"type": "transaction-response", "entry": ["ok"]},
        {"type": "transaction-response", "entry": [{}]},
        {"type": "transaction-response", "entry": [{"response": {"status": "200"}}] * 2},
    ],
)
def test_an_answer_to_no_transaction_is_temporary(
    target: Target, net: responses.RequestsMock, answer: dict[str, object]
) -> None:
    net.post(BASE, json={"resourceType": "Bundle", **answer})
    with pytest.raises(Temporary) as caught:
        target.transaction(BUNDLE)
    assert caught.value.code == "target-garbled"


def test_a_refused_entry_refuses_the_transaction(target: Target, net: responses.RequestsMock) -> None:
    entry = {"response": {"status": "412 Precondition Failed"}}
    net.post(BASE, json={"resourceType": "Bundle", "type": "transaction-response", "entry": [entry]})
    with pytest.raises(Permanent, match="an entry says HTTP 412"):
        target.transaction(BUNDLE)


def test_where_entries_were_stored_is_read_in_their_order(target: Target, net: responses.RequestsMock) -> None:
    answers = [
        {"status": "201 Created", "location": "ChargeItem/17/_history/2"},
        {"status": "200", "location": f"{BASE}/Account/3", "etag": 'W/"5"'},
        {"status": "200 OK", "etag": '"9"'},
    ]
    entries = [{"response": answer} for answer in answers]
    net.post(BASE, json={"resourceType": "Bundle", "type": "transaction-response", "entry": entries})
    stored = target.transaction({**BUNDLE, "entry": [{}] * 3})
    assert stored == [Stored("ChargeItem/17", "2"), Stored("Account/3", "5"), Stored(None, "9")]


def test_where_one_was_stored_may_stand_in_the_resource(target: Target, net: responses.RequestsMock) -> None:
    net.post(f"{BASE}/ChargeItem", status=201, json={**CHARGE, "meta": {"versionId": "4"}})
    assert target.create(CHARGE) == Stored("ChargeItem/17", "4")


def test_what_is_sent_is_exact_and_conditional(net: responses.RequestsMock) -> None:
    net.put(f"{BASE}/ChargeItem/17", headers={"ETag": 'W/"4"'})
    charge = {**CHARGE, "priceOverride": {"value": Decimal("60.10"), "currency": "EUR"}}
    with Target(f"{BASE}/", {"Authorization": "Bearer x"}) as target:
        target.update(charge, "3")
    sent = net.calls[0].request
    assert b'"value":60.10' in sent.body
    assert loads(sent.body) == charge
    assert sent.headers["If-Match"] == 'W/"3"'
    assert sent.headers["Authorization"] == "Bearer x"
    assert sent.headers["Content-Type"] == "application/fhir+json"


def test_only_matches_count_and_foreign_ones_are_an_error(target: Target, net: responses.RequestsMock) -> None:
    ours = {**CHARGE, "identifier": [{"system": "urn:example", "value": "1"}]}
    outcome = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    included = {"resource": {"resourceType": "ChargeItem", "id": "9"}, "search": {"mode": "include"}}
    found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": ours}, outcome, included]}
    net.post(f"{BASE}/ChargeItem/_search", json=found)
    assert target.search_by_identifier("ChargeItem", "urn:example", "1") == [ours]
    assert net.calls[0].request.body == "identifier=urn%3Aexample%7C1"
    with pytest.raises(Permanent) as caught:
        target.search_by_identifier("ChargeItem", "urn:example", "2")
    assert caught.value.code == "search-ignored"


def test_neither_proxies_nor_credentials_of_the_environment_are_used(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Target(server) as target:
        assert target.capabilities()["fhirVersion"] == "4.0.1"


@pytest.mark.parametrize(
    "address", ["ftp://x/fhir", "x/fhir", "https://", "https://u:p@x/fhir", "https://x/fhir?a=b", "http://[x/fhir"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Permanent) as caught:
        Target(address)
    assert caught.value.code == "bad-target"
    assert "u:p" not in str(caught.value)


def test_retry_after_is_seconds_or_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    assert retry_after("120") == 120
    assert retry_after(later) == pytest.approx(90, abs=5)
    assert retry_after(past) == 0
    assert [retry_after(h) for h in (None, "", "soon", "-1")] == [None] * 4


def test_a_busy_target_says_how_long(target: Target, net: responses.RequestsMock) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    net.post(BASE, status=503, headers={"Retry-After": later})
    with pytest.raises(Temporary) as caught:
        target.transaction(BUNDLE)
    assert caught.value.retry_after == pytest.approx(90, abs=5)


def test_identifiers_are_escaped_in_searches_and_encoded_in_conditions() -> None:
    assert token("a|b", "c,d$e\\") == "a\\|b|c\\,d\\$e\\\\"
    encoded = condition({"system": "https://adapter.example.org/sid/charge", "value": "x y&z"})
    assert encoded == "identifier=https%3A%2F%2Fadapter.example.org%2Fsid%2Fcharge%7Cx%20y%26z"
