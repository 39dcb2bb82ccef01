"""Any form that a body may have, and any that it may not."""

import gzip

import pytest

from adapter.fhir.json_text import dumps
from adapter.inbound.dialects.classification import classify
from adapter.inbound.dialects.entries import MOST
from adapter.inbound.dialects.received import Code, Kind
from tests.inbound.wire import ENCOUNTER, news, received, request, topic_bundle

_BODY = dumps(ENCOUNTER).encode()


@pytest.mark.parametrize(
    "content_type",
    [
        "application/fhir+json",
        "application/fhir+json; fhirVersion=4.0; charset=UTF-8",
        "application/json",
        "text/plain",
        "application/octet-stream",
        "application/fhir+xml",
        "",
    ],
)
def test_json_is_json_whatever_it_is_called(content_type: str) -> None:
    assert news(received(_BODY, Content_Type=content_type)) == ["unknown Encounter/e1 v3 in full"]


@pytest.mark.parametrize("content_type", ["text/xml", "text/plain", "application/json"])
def test_xml_is_xml_whatever_it_is_called(content_type: str) -> None:
    body = b'\n<Encounter xmlns="http://hl7.org/fhir"><id value="e1"/><status value="finished"/></Encounter>'
    assert news(received(body, Content_Type=content_type)) == ["unknown Encounter/e1 in full"]


@pytest.mark.parametrize("charset", ["ISO-8859-1", '"windows-1252"'])
def test_a_declared_charset_counts_only_where_utf_8_does_not_hold(charset: str) -> None:
    text = '{"resourceType":"Patient","id":"p","name":[{"family":"Hélène"}]}'
    for data in (text.encode(), text.encode("latin-1")):
        [event] = received(data, Content_Type=f"text/plain;charset={charset}").events
        assert event.resource
        assert event.resource["name"] == [{"family": "Hélène"}]
    assert received(text.encode("latin-1")).code is Code.BAD_JSON
    assert received(text.encode("latin-1"), Content_Type="text/plain; charset=zip").code is Code.BAD_JSON


@pytest.mark.parametrize("encoding", ["gzip", "X-GZIP"])
def test_a_packed_body_is_unpacked(encoding: str) -> None:
    assert len(received(gzip.compress(_BODY), Content_Encoding=encoding).events) == 1
    assert received(b"", Content_Encoding=encoding).kind is Kind.EMPTY


def test_a_packed_body_unpacks_up_to_the_limit_only() -> None:
    bomb = request(gzip.compress(b" " * 1_000_000), Content_Encoding="gzip")
    one = classify(bomb, limit=1000)
    assert (one.kind, one.code) == (Kind.MALFORMED, Code.TOO_LONG)
    assert classify(bomb).kind is Kind.EMPTY


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", Code.BAD_JSON),
        (b"OK", Code.BAD_JSON),
        (b"\xff\xfe{", Code.BAD_JSON),
        (b"[" * 300 + b"]" * 300, Code.BAD_JSON),
        (b'{"a":' * 100_000, Code.BAD_JSON),
        (b'{"a":NaN}', Code.BAD_JSON),
        (b"<", Code.BAD_XML),
        (b"<Encounter", Code.BAD_XML),
        (b'<!DOCTYPE x [<!ENTITY e "x">]><Encounter xmlns="http://hl7.org/fhir"/>', Code.BAD_XML),
    ],
)
def test_what_has_no_syntax_is_malformed(body: bytes, code: Code) -> None:
    one = received(body)
    assert (one.kind, one.code, one.events) == (Kind.MALFORMED, code, ())


_CUT_SHORT = gzip.compress(b"{}", mtime=0)[:-9]


@pytest.mark.parametrize(("encoding", "body"), [("gzip", b"plain"), ("br", b"x"), ("gzip", _CUT_SHORT)])
def test_what_cannot_be_unpacked_is_malformed(encoding: str, body: bytes) -> None:
    assert received(body, Content_Encoding=encoding).code is Code.BAD_ENCODING


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"1", Code.NOT_FHIR),
        (b'"text"', Code.NOT_FHIR),
        (b"null", None),
        (b"[]", Code.NOT_FHIR),
        (b"[1]", Code.NOT_FHIR),
        (b'[{"resourceType":"Patient"},{}]', Code.NOT_FHIR),
        (b'{"a":1}', Code.NOT_FHIR),
        (b'{"type":[]}', Code.NOT_FHIR),
        (b'{"resourceType":"../x"}', Code.UNKNOWN_TYPE),
        (b'{"resourceType":null}', Code.UNKNOWN_TYPE),
        (b"<Newer xmlns='http://hl7.org/fhir'>" + b"<a>" * 210 + b"</a>" * 210 + b"</Newer>", Code.NOT_FHIR),
        (b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>", Code.NOT_FHIR),
    ],
)
def test_what_is_no_fhir_is_kept_aside(body: bytes, code: Code | None) -> None:
    one = received(body)
    assert (one.kind, one.code) == ((Kind.POISON, code) if code else (Kind.EMPTY, None))


def test_an_unknown_path_is_kept_aside() -> None:
    assert received(ENCOUNTER, path="$everything").code is Code.UNKNOWN_TYPE
    assert received(ENCOUNTER, "DELETE", "encounter/1").code is Code.UNKNOWN_TYPE


def test_an_id_that_would_lead_elsewhere_in_a_url_is_no_id() -> None:
    for bad in ("..", "../../admin", "a/b", "x" * 65, "é", "e1\n"):
        [event] = received(ENCOUNTER | {"id": bad}).events
        assert event.id is not None
        assert event.id.startswith("urn:sha256:")
    assert received(topic_bundle({"focus": {"reference": "Encounter/.."}})).events[0].id is None


def test_more_than_the_limit_of_events_is_kept_aside() -> None:
    entries = [{"resource": {"resourceType": "Patient", "id": f"p{n}"}} for n in range(MOST + 1)]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    assert received(bundle).code is Code.TOO_MANY
    assert received([entry["resource"] for entry in entries]).code is Code.TOO_MANY
    assert received(topic_bundle(*({"eventNumber": n} for n in range(MOST + 1)))).code is Code.TOO_MANY
    bundle["entry"] = entries[:MOST]
    assert len(received(bundle).events) == MOST


@pytest.mark.parametrize("entry", [None, 5, "x", {}, [None, 5, {"resource": 5}], {"resource": []}])
def test_entries_of_any_shape_are_stepped_over(entry: object) -> None:
    one = received({"resourceType": "Bundle", "type": 5, "entry": entry})
    assert (one.kind, one.events, one.bundle) == (Kind.BUNDLE, (), "")


def test_headers_are_found_in_any_case_and_counted() -> None:
    headers = request(b"", X_Signature="a", Accept="b").headers
    assert (headers.get("x-SIGNATURE"), headers.get("absent"), "ACCEPT" in headers) == ("a", "", True)
    assert repr(headers) == "Headers(2)"


def test_decimals_that_count_and_those_that_do_not() -> None:
    def numbers(text: bytes) -> list[int | None]:
        status = b'{"resourceType":"SubscriptionStatus","notificationEvent":[{"eventNumber":%s}]}'
        return [event.number for event in received(status % text).events]

    assert numbers(b"12.0") == [12]
    for none in (b"1.5", b"-1", b"1e400", b"true", b'"x"', b"99999999999999999999"):
        assert numbers(none) == [None]
