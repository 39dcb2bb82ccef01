"""What a request turned out to be. No repr tells a word of a body: it may be about a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What was received: what subscriptions know (the first five), other forms of news, and what cannot be used."""

    HANDSHAKE = "handshake"
    HEARTBEAT = "heartbeat"
    EVENTS = "event-notification"
    QUERY_STATUS = "query-status"
    QUERY_EVENTS = "query-event"
    EMPTY = "empty"
    RESOURCE = "resource"
    DELETION = "deletion"
    BUNDLE = "bundle"
    MESSAGE = "message"
    DECLARATION = "declaration"
    POISON = "poison"
    MALFORMED = "malformed"


class Interaction(StrEnum):
    """What the sender says happened to the resource; level-triggered work only needs to know a deletion."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNKNOWN = "unknown"


class Code(StrEnum):
    """Why a request is of no use; documented in docs/errors.md."""

    BAD_JSON = "bad-json"
    BAD_XML = "bad-xml"
    BAD_ENCODING = "bad-encoding"
    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    NOT_FHIR = "not-fhir"
    UNKNOWN_TYPE = "unknown-type"
    OTHER_RESOURCE = "other-resource"
    NO_MESSAGE = "no-message"


class Unfit(Exception):
    """Ends a classification; holds a kind and a code, never a word of the body."""

    def __init__(self, kind: Kind, code: Code) -> None:
        super().__init__(f"{kind}: {code}")
        self.kind, self.code = kind, code


@dataclass(frozen=True, slots=True)
class Event:
    """One resource that something happened to, as far as the sender says.

    `type` and `id` are None where a payload is empty; an `id` of a resource that names itself by no id begins with
    `urn:`. Both are checked for FHIR's shape, so that they are safe in a URL. `base` is the server named by an
    absolute focus or fullUrl. `json` is the resource to the byte, where it came alone and no key stands twice in it.
    `dedupe_key` must be read together with the source (see keys.py).
    """

    interaction: Interaction
    type: str | None = field(default=None, repr=False)
    id: str | None = field(default=None, repr=False)
    base: str | None = field(default=None, repr=False)
    version: str | None = field(default=None, repr=False)
    resource: Mapping[str, Any] | None = field(default=None, repr=False)
    number: int | None = field(default=None, repr=False)
    timestamp: str | None = field(default=None, repr=False)
    sender_event_id: str | None = field(default=None, repr=False)
    dedupe_key: str | None = field(default=None, repr=False)
    json: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What the answer to a FHIR message must repeat: the header's id, its event, and the endpoint it was sent to."""

    id: str = field(repr=False)
    event: Mapping[str, Any] = field(repr=False)
    endpoint: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """A request classified. `events` are the news; `context` holds resources that merely came along.

    `status` is the subscription's own (requested, active, error, off), `error` its first error code; `bundle` is the
    type of the Bundle that was sent and `entries` how many entries it had, since the reply mirrors them.
    """

    kind: Kind
    events: tuple[Event, ...] = field(default=(), repr=False)
    context: tuple[Event, ...] = field(default=(), repr=False)
    subscription: str | None = field(default=None, repr=False)
    events_since_start: int | None = field(default=None, repr=False)
    topic: str | None = field(default=None, repr=False)
    status: str | None = field(default=None, repr=False)
    error: str | None = field(default=None, repr=False)
    bundle: str | None = field(default=None, repr=False)
    entries: int = 0
    message: Message | None = field(default=None, repr=False)
    code: Code | None = None
