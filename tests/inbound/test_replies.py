"""What goes back, to the byte: some senders repeat for hours what is not answered just so."""

import gzip
from collections.abc import Callable

import pytest

from adapter.fhir.json_text import loads
from adapter.fhir.xml_text import from_xml
from adapter.inbound.dialects.authentication import Denial, Denied
from adapter.inbound.dialects.classification import classify
from adapter.inbound.dialects.replies import Reply, denied, not_stored, reply_to, too_long, unknown_source
from tests.inbound.test_dialects import DECLARATION, MESSAGE
from tests.inbound.wire import DATA, ENCOUNTER, content, received, request, sent

_JSON = {"Content-Type": "application/fhir+json; charset=utf-8"}
_STORED = (
    b'{"resourceType":"OperationOutcome","issue":'
    b'[{"severity":"information","code":"informational","diagnostics":"stored"}]}'
)
_TWO = (
    b'{"resourceType":"Bundle","type":"transaction-response",'
    b'"entry":[{"response":{"status":"200"}},{"response":{"status":"200"}}]}'
)


@pytest.mark.parametrize("name", ["notif-backport-full", "notif-hapi-r4", "notif-ms-experimental"])
def test_a_notification_is_answered_by_a_bundle_with_one_entry_for_each(name: str) -> None:
    assert reply_to(received(sent(f"dialects/{name}.json"))) == Reply(200, _JSON, _TWO)


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.json")), ids=lambda path: path.stem)
def test_every_bundle_gets_a_bundle_and_everything_else_an_outcome(path: object) -> None:
    asked = content(str(path))
    reply = reply_to(received(sent(str(path))))
    assert (reply.status, reply.headers) == (200, _JSON)
    if asked["resourceType"] == "Bundle":
        entries = [{"response": {"status": "200"}}] * len(asked["entry"])
        assert loads(reply.body) == {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
    else:
        assert reply.body == _STORED


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "Encounter/e1", ENCOUNTER),
        ("POST", "Encounter", ENCOUNTER),
        ("POST", "", ENCOUNTER),
        ("DELETE", "Encounter/e1", b""),
        ("POST", "", b""),
        ("POST", "", {"type": "handshake"}),
    ],
)
def test_anything_else_is_answered_by_200_and_an_outcome(method: str, path: str, body: object) -> None:
    assert reply_to(received(body, method, path)) == Reply(200, _JSON, _STORED)


def test_a_batch_gets_its_own_answer_and_an_empty_bundle_no_empty_list() -> None:
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": ENCOUNTER}]}
    assert reply_to(received(batch)).body == (
        b'{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"200"}}]}'
    )
    assert reply_to(received({"resourceType": "Bundle", "type": "history"})).body == (
        b'{"resourceType":"Bundle","type":"transaction-response"}'
    )


def test_what_is_malformed_is_sent_back() -> None:
    assert reply_to(received(b"{")) == Reply(
        400,
        _JSON,
        b'{"resourceType":"OperationOutcome","issue":'
        b'[{"severity":"error","code":"invalid","diagnostics":"cannot be read"}]}',
    )


def test_what_unpacks_beyond_the_limit_is_too_long() -> None:
    packed = request(gzip.compress(b" " * 100), Content_Encoding="gzip")
    reply = reply_to(classify(packed, limit=10))
    assert (reply.status, loads(reply.body)["issue"][0]["code"]) == (413, "too-long")


@pytest.mark.parametrize(("refuse", "status", "severity"), [(False, 200, b"warning"), (True, 422, b"error")])
def test_what_is_kept_aside_is_taken_or_refused_by_setting(refuse: bool, status: int, severity: bytes) -> None:
    assert reply_to(received(b'{"resourceType":5}'), refuse_poison=refuse) == Reply(
        status,
        _JSON,
        b'{"resourceType":"OperationOutcome","issue":[{"severity":"'
        + severity
        + b'","code":"structure","diagnostics":"kept aside: not understood"}]}',
    )


@pytest.mark.parametrize("reason", Denial)
def test_whoever_is_not_let_in_does_not_learn_why(reason: Denial) -> None:
    assert denied(Denied(reason)) == Reply(
        401,
        _JSON | {"WWW-Authenticate": "Bearer"},
        b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login","diagnostics":"not let in"}]}',
    )


def test_nothing_stored_is_never_a_success() -> None:
    assert not_stored(30) == Reply(
        503,
        _JSON | {"Retry-After": "30"},
        b'{"resourceType":"OperationOutcome","issue":'
        b'[{"severity":"error","code":"transient","diagnostics":"not stored; send it again"}]}',
    )


@pytest.mark.parametrize(
    ("make", "status", "code"), [(unknown_source, 404, b"not-found"), (too_long, 413, b"too-long")]
)
def test_other_refusals(make: Callable[[], Reply], status: int, code: bytes) -> None:
    reply = make()
    assert (reply.status, reply.headers) == (status, _JSON)
    assert b'"severity":"error","code":"' + code in reply.body


def test_a_message_is_answered_by_a_message_that_names_it() -> None:
    assert reply_to(received(MESSAGE, path="$process-message")) == Reply(
        200,
        _JSON,
        b'{"resourceType":"Bundle","type":"message","entry":[{"fullUrl":"urn:uuid:@","resource":'
        b'{"resourceType":"MessageHeader","id":"@",'
        b'"eventCoding":{"system":"http://example.org/events","code":"visit-done"},'
        b'"source":{"endpoint":"https://adapter.example.fr/hooks/had"},'
        b'"response":{"identifier":"m1","code":"ok"}}}]}'.replace(b"@", b"ca1d6e19-ce12-54c6-a08a-0b38c565e9e6"),
    )


def test_a_declared_event_is_created_and_repeated_under_its_id() -> None:
    body = b'{"resourceType":"CommunicationRequest","status":"active","payload":[{"contentString":"x"}],"n":60.10}'
    one = received(body, path="CommunicationRequest")
    own_id = one.events[0].id
    assert own_id
    assert reply_to(one) == Reply(
        201,
        _JSON | {"Location": f"CommunicationRequest/{own_id}"},
        body[:-1] + f',"id":"{own_id}"'.encode() + b"}",
    )


def test_a_declared_event_in_a_form_we_only_guess_is_created_all_the_same() -> None:
    body = (
        b'<CommunicationRequest xmlns="http://hl7.org/fhir"><id value="c1"/><newer value="x"/></CommunicationRequest>'
    )
    reply = reply_to(received(body, path="CommunicationRequest"))
    assert (reply.status, reply.body) == (201, _STORED)


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("application/fhir+json", False),
        ("xml", True),
        ("application/fhir xml", True),
        ("application/fhir+xml", True),
        ("text/xml; charset=utf-8", True),
        ("application/fhir+xml;q=1.0, application/fhir+json;q=1.0", True),
        ("application/fhir+json, application/fhir+xml", False),
        ("application/fhir+json;q=0.5, application/fhir+xml;fhirVersion=4.0;q=0.9", True),
        ("application/fhir+xml;q=0", False),
        ("application/fhir+xml;q=x", False),
    ],
)
def test_the_form_is_the_one_asked_for(accept: str, xml: bool) -> None:
    reply = reply_to(received(MESSAGE), accept)
    assert reply.headers["Content-Type"] == f"application/fhir+{'xml' if xml else 'json'}; charset=utf-8"
    read = from_xml(reply.body) if xml else loads(reply.body)
    assert read["entry"][0]["resource"]["response"] == {"identifier": "m1", "code": "ok"}


def test_the_notification_s_answer_in_xml_to_the_byte() -> None:
    assert reply_to(received(sent("dialects/notif-handshake.json")), "application/fhir+xml") == Reply(
        200,
        {"Content-Type": "application/fhir+xml; charset=utf-8"},
        b"<?xml version='1.0' encoding='UTF-8'?>\n"
        b'<Bundle xmlns="http://hl7.org/fhir"><type value="transaction-response"/>'
        b'<entry><response><status value="200"/></response></entry></Bundle>',
    )


def test_what_xml_cannot_write_is_answered_in_json() -> None:
    one = received(DECLARATION | {"unknownElement": 1}, path="CommunicationRequest")
    assert reply_to(one, "xml").headers["Content-Type"] == _JSON["Content-Type"]
