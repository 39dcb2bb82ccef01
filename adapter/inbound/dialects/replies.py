"""The one reply to each kind of request that every sender accepts (reference: standards, section 1.5).

HAPI parses the answer and expects a Bundle for a Bundle; Microsoft takes 200 and 202 only; 204 breaks others. So it
is 200 with FHIR in it, and the same request always gets the same bytes. No reply repeats what was sent, but for two
that must: a declared event is answered by the resource itself, a message by a header that names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from adapter.core.ids import business_id
from adapter.fhir.json_text import dumps
from adapter.fhir.xml_text import BadXml, to_xml
from adapter.inbound.dialects.authentication import Denied
from adapter.inbound.dialects.media import prefers_xml
from adapter.inbound.dialects.received import Code, Kind, Message, Received

OUR_ENDPOINT = "urn:palliative-fhir-adapter"
"""The source of our answers to messages that name no destination."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back, to the byte."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def reply_to(received: Received, accept: str = "", refuse_poison: bool = False) -> Reply:
    """The reply once what was received is stored durably; `accept` is `_format` where given, else the Accept header.

    `refuse_poison` answers 422 to what is kept in quarantine; by default 200, since some senders would repeat it.
    """
    if received.kind is Kind.MALFORMED:
        status = 413 if received.code is Code.TOO_LONG else 400
        return _told(status, "error", "too-long" if status == 413 else "invalid", "cannot be read", accept)
    if received.kind is Kind.POISON:
        status, severity = (422, "error") if refuse_poison else (200, "warning")
        return _told(status, severity, "structure", "kept aside: not understood", accept)
    if received.message is not None:
        return _made(200, _answer_to(received.message), accept)
    if received.kind is Kind.DECLARATION:
        return _created(received, accept)
    if received.bundle is not None:
        return _made(200, _bundle_answer(received), accept)
    return _told(200, "information", "informational", "stored", accept)


def denied(reason: Denied, accept: str = "") -> Reply:
    """401, and the same for every reason: the code is for our operators, not for whoever tries."""
    reply = _told(401, "error", "login", "not let in", accept)
    return Reply(reply.status, {**reply.headers, "WWW-Authenticate": "Bearer"}, reply.body)


def unknown_source(accept: str = "") -> Reply:
    """404: no such hook."""
    return _told(404, "error", "not-found", "no such hook", accept)


def too_long(accept: str = "") -> Reply:
    """413: the body is over the limit."""
    return _told(413, "error", "too-long", "longer than is taken here", accept)


def not_stored(retry_after: int, accept: str = "") -> Reply:
    """503: nothing was stored, so that the sender must keep it and come back."""
    reply = _told(503, "error", "transient", "not stored; send it again", accept)
    return Reply(reply.status, {**reply.headers, "Retry-After": str(retry_after)}, reply.body)


def _told(status: int, severity: str, code: str, diagnostics: str, accept: str) -> Reply:
    return _outcome(status, severity, code, diagnostics, prefers_xml(accept))


@cache
def _outcome(status: int, severity: str, code: str, diagnostics: str, is_xml: bool) -> Reply:
    """One of the few things that we say, made once."""
    issue = {"severity": severity, "code": code, "diagnostics": diagnostics}
    return _made(status, {"resourceType": "OperationOutcome", "issue": [issue]}, "xml" if is_xml else "json")


def _bundle_answer(received: Received) -> dict[str, Any]:
    kind = "batch-response" if received.kind is Kind.BUNDLE and received.bundle == "batch" else "transaction-response"
    answer: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    if received.entries:
        answer["entry"] = [{"response": {"status": "200"}}] * received.entries
    return answer


def _answer_to(message: Message) -> dict[str, Any]:
    """The message that says a message arrived; its ids follow from the one that it answers."""
    own_id = business_id("message-answer", message.id)
    header = {
        "resourceType": "MessageHeader",
        "id": own_id,
        **message.event,
        "source": {"endpoint": message.endpoint or OUR_ENDPOINT},
        "response": {"identifier": message.id, "code": "ok"},
    }
    entry = {"fullUrl": f"urn:uuid:{own_id}", "resource": header}
    return {"resourceType": "Bundle", "type": "message", "entry": [entry]}


def _created(received: Received, accept: str) -> Reply:
    """201 with the resource under its id, as the French event notification asks of its receiver (flow 3)."""
    event = received.events[0]
    if event.resource is None:
        return _told(201, "information", "informational", "stored", accept)
    reply = _made(201, {**event.resource, "id": event.id}, accept)
    return Reply(reply.status, {**reply.headers, "Location": f"{event.type}/{event.id}"}, reply.body)


def _made(status: int, resource: Mapping[str, Any], accept: str) -> Reply:
    if prefers_xml(accept):
        try:
            return Reply(status, {"Content-Type": "application/fhir+xml; charset=utf-8"}, to_xml(resource))
        except BadXml:
            # A sender's own resource may hold what R4 cannot write in XML; FHIR in JSON is better than no answer.
            pass
    return Reply(status, {"Content-Type": "application/fhir+json; charset=utf-8"}, dumps(resource).encode())
