"""How each sender of the reference's table tells of a visit, where no file shows it: verb, path, headers, envelope.

The visit's Encounter stands for whatever the sender tells of; the shape is the sender's own.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapter.fhir.json_text import dumps
from adapter.fhir.xml_text import to_xml
from adapter.inbound.dialects.authentication import Credentials
from tests.inbound.wire import topic_bundle
from tests.service.bench import OPEN
from tests.service.visits import Content

SECRET = "shared-with-the-sender"
JSON = {"Content-Type": "application/fhir+json"}
XML = {"Content-Type": "application/fhir+xml"}


@dataclass(frozen=True)
class Post:
    """A request below the hook of a source."""

    path: str = ""
    body: bytes = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


@dataclass(frozen=True)
class Sender:
    """`tells` makes the request out of the source's base and the resource; `carries`: whether it sends the content."""

    tells: Callable[[str, Content], Post]
    carries: bool = True
    says_what: bool = True
    credentials: Credentials = OPEN


def place_of(resource: Content) -> str:
    """Type and id."""
    return f"{resource['resourceType']}/{resource['id']}"


def _json(content: Any) -> bytes:
    return dumps(content).encode()


def _entry(base: str, resource: Content, method: str = "PUT") -> dict[str, Any]:
    request = {"method": method, "url": place_of(resource)}
    return {"fullUrl": f"{base}/{place_of(resource)}", "resource": resource, "request": request}


def _bundle(kind: str, *entries: dict[str, Any]) -> bytes:
    return _json({"resourceType": "Bundle", "type": kind, "entry": list(entries)})


def _signed(body: bytes, name: str, prefix: str = "") -> dict[str, str]:
    return {**JSON, name: prefix + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def _medplum(_base: str, resource: Content) -> Post:
    headers = _signed(_json(resource), "X-Signature")
    return Post("", _json(resource), headers={**headers, "X-Medplum-Interaction": "update"})


def _medplum_deletion(_base: str, resource: Content) -> Post:
    headers = _signed(b"{}", "X-Signature")
    return Post("", b"{}", headers={**headers, "X-Medplum-Deleted-Resource": place_of(resource)})


def _athena(_base: str, resource: Content) -> Post:
    audit = {"fullUrl": "urn:uuid:a1", "resource": {"resourceType": "AuditEvent"}}
    body = _json(topic_bundle({"id": "n1", "focus": {"reference": place_of(resource)}}, entries=(audit,)))
    return Post("", body, headers=_signed(body, "X-Hub-Signature", "sha256="))


def _aidbox_batch(base: str, resource: Content) -> Post:
    other = {"eventNumber": "1", "focus": {"reference": f"{base}/Basic/other"}}
    named = {"eventNumber": "2", "focus": {"reference": f"{base}/{place_of(resource)}"}}
    return Post("", _json(topic_bundle(other, named, entries=(_entry(base, resource),), type="event-notification")))


def _aidbox(event: str) -> Callable[[str, Content], Post]:
    def tells(_base: str, resource: Content) -> Post:
        notice = {"id": "n1", "type": "notification", "event": event, "subscription": {"id": "s1"}}
        return Post("", _json({**notice, "resource": resource}), headers={"Content-Type": "application/json"})

    return tells


def _hapi_topic(base: str, resource: Content) -> Post:
    named = {"eventNumber": "1", "focus": {"reference": place_of(resource)}}
    return Post("", _json(topic_bundle(named, entries=(_entry(base, resource, "POST"),))))


def _message(path: str) -> Callable[[str, Content], Post]:
    def tells(base: str, resource: Content) -> Post:
        header = {"resourceType": "MessageHeader", "id": "m1", "eventUri": "urn:example:visit-done",
                  "source": {"endpoint": "urn:example:had"}}  # fmt: skip
        return Post(path, _bundle("message", {"resource": header}, _entry(base, resource)))

    return tells


def _deletion_entry(kind: str) -> Callable[[str, Content], Post]:
    def tells(base: str, resource: Content) -> Post:
        place = place_of(resource)
        return Post("", _bundle(kind, {"fullUrl": f"{base}/{place}", "request": {"method": "DELETE", "url": place}}))

    return tells


NEWS: dict[str, Sender] = {
    "hapi-or-firely": Sender(lambda _b, r: Post(f"/{place_of(r)}", _json(r), "PUT")),
    "hapi-xml": Sender(lambda _b, r: Post(f"/{place_of(r)}", to_xml(r), "PUT", XML)),
    "hapi-no-payload": Sender(lambda _b, _r: Post(), carries=False, says_what=False),
    "hapi-search-result": Sender(lambda b, r: Post("", _bundle("transaction", _entry(b, r)))),
    "hapi-topic": Sender(_hapi_topic),
    "medplum": Sender(_medplum, credentials=Credentials(signatures=(SECRET,))),
    "firely-as-create": Sender(lambda _b, r: Post("/Encounter", _json(r))),
    "firely-no-payload": Sender(lambda _b, r: Post(f"/{place_of(r)}", b"", "PUT"), carries=False),
    "aidbox-batch": Sender(_aidbox_batch),
    "aidbox-subs-subscription": Sender(_aidbox("update")),
    "athenahealth": Sender(_athena, carries=False, credentials=Credentials(hub_signatures=(SECRET,))),
    "openimis": Sender(lambda _b, r: Post("", _json(r), headers={"Content-Type": "application/json"})),
    "message": Sender(_message("")),
    "process-message": Sender(_message("/$process-message")),
    "collection": Sender(lambda b, r: Post("", _bundle("collection", _entry(b, r)))),
    "xml-notification": Sender(
        lambda b, r: Post(
            "", to_xml({"resourceType": "Bundle", "type": "history", "entry": [_entry(b, r)]}), "POST", XML
        )
    ),
}

DELETIONS: dict[str, Sender] = {
    "hapi": Sender(lambda _b, r: Post(f"/{place_of(r)}", b"", "DELETE")),
    "hapi-topic": Sender(
        lambda _b, r: Post(
            "",
            _json(topic_bundle({"eventNumber": "1"}, entries=({"request": {"method": "DELETE", "url": place_of(r)}},))),
        )
    ),
    "medplum": Sender(_medplum_deletion, credentials=Credentials(signatures=(SECRET,))),
    "aidbox-subs-subscription": Sender(_aidbox("delete")),
    "transaction": Sender(_deletion_entry("transaction")),
    "history": Sender(_deletion_entry("history")),
    # The source answers 410.
    "athenahealth": Sender(_athena, carries=False, credentials=Credentials(hub_signatures=(SECRET,))),
    # Only the source's history tells.
    "hapi-no-payload": Sender(lambda _b, _r: Post(), carries=False, says_what=False),
}
