"""From what a request tells to rows of the inbox: the lane, the key and the exact body of every event.

The hooks ask here, and the worker for a request that was kept aside and is tried again.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.fhir.json_text import dumps, is_flawed
from adapter.inbound.dialects.received import Event, Interaction, Received
from adapter.inbound.dialects.requests import Headers, Request
from adapter.inbound.placing import lane_for
from adapter.store.inbox import NewEvent
from adapter.store.lanes import lane_of

DUPLICATE_KEY = "duplicate-key"
_LONGEST_ID = 200
_RAW = "raw:"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Origin:
    """A source by name; `base` is how keys name it, `others` are the bases of all other sources."""

    name: str
    base: str
    others: frozenset[str] = frozenset()
    can_be_read: bool = False


@dataclass(slots=True)
class Intake:
    """What a request becomes; `aside` goes to quarantine with a code each, `empty`: something unnamed changed."""

    events: list[NewEvent] = field(default_factory=list)
    aside: list[tuple[NewEvent, str]] = field(default_factory=list)
    empty: bool = False


def intake_of(reading: Callable[[], Connection], sender: Origin, received: Received, now: datetime) -> Intake:
    """Every event of a request, and the resources that came along, in their order.

    `reading` is asked for a transaction where only the store knows whom an event is about.
    """
    made = Intake()
    for one in (*received.events, *received.context):
        if one.type is None or one.id is None:
            made.empty = True
            continue
        event = _new_event(reading, sender, _trusted(_named(one), sender), now)
        if event.body and one.json is None and is_flawed(one.resource):
            made.aside.append((event, DUPLICATE_KEY))
        else:
            made.events.append(event)
    made.events = _together(made.events)
    return made


def poison_of(sender: Origin, asked: Request, now: datetime) -> NewEvent:
    """A request that cannot be understood, as it came; the same again is a duplicate."""
    how = " ".join([asked.method, "/".join(part for part in (asked.kind, asked.id) if part)]).strip()
    how = "".join(letter for letter in how if letter.isprintable())
    digest = hashlib.sha256(how.encode() + b"\n" + asked.body).hexdigest()
    lane = lane_of(Key(sender.base, "Binary", digest))
    of = (sender.name, f"{_RAW}{digest}", lane, now, Interaction.UNKNOWN.value, asked.body)
    return NewEvent(*of, content_type=asked.content_type[:_LONGEST_ID], request=how[:_LONGEST_ID])


def is_poison(event: NewEvent) -> bool:
    """Whether the event is a whole request that nobody understood."""
    return event.dedupe_key.startswith(_RAW)


def request_of(poison: NewEvent) -> Request:
    """The request as it came, as far as it is kept: none of its headers but those that say how to read the body."""
    method, _, path = (poison.request or "POST").partition(" ")
    kind, _, own_id = path.partition("/")
    headers = {"Content-Type": poison.content_type}
    if poison.body.startswith(_GZIP):
        headers["Content-Encoding"] = "gzip"
    return Request(method, kind or None, own_id or None, Headers(headers), poison.body)


def _new_event(reading: Callable[[], Connection], sender: Origin, one: Event, now: datetime) -> NewEvent:
    return NewEvent(
        source=sender.name,
        # News that says neither what nor when is never a repetition.
        dedupe_key=one.dedupe_key or f"unique:{uuid4()}",
        lane=lane_for(reading, one, Key(one.base or sender.base, one.type or "", one.id or ""), sender.base),
        received_at=now,
        interaction=one.interaction.value,
        body=_body_of(one),
        type=one.type or "",
        resource_id=one.id or "",
        version=one.version,
        base=one.base,
    )


def _body_of(one: Event) -> bytes:
    if not one.resource or one.interaction is Interaction.DELETE:
        return b""
    return one.json or dumps(one.resource).encode()


def _together(events: list[NewEvent]) -> list[NewEvent]:
    """Doctors and places that came with a person's resources wait in that person's lane.

    All of a lane is known before its person is judged, so that nobody is judged by half of a request.
    """
    lane = next((one.lane for one in events if not _is_alone(one)), None)
    return [replace(one, lane=lane) if lane and one.body and _is_alone(one) else one for one in events]


def _is_alone(event: NewEvent) -> bool:
    return event.lane.startswith("resource:")


def _trusted(one: Event, sender: Origin) -> Event:
    """What one source says of another's resource is a hint to read it there, never its content nor its deletion.

    Of a server that nobody configured, content is kept under its own name. An address alone is read at the source
    itself, if at all: many servers name themselves by a URL that is not theirs from here.
    """
    if one.base is None:
        return one
    if one.base == sender.base:
        return replace(one, base=None)
    if one.base in sender.others:
        return replace(one, interaction=Interaction.UNKNOWN, resource=None)
    is_address = one.resource is None and one.interaction is not Interaction.DELETE
    return replace(one, base=None) if is_address and sender.can_be_read else one


def _named(one: Event) -> Event:
    """Ids of FHIR's shape as they are; an alias that is long, or would split a lane's name, by its digest."""
    own_id = one.id or ""
    if len(own_id) <= _LONGEST_ID and "|" not in own_id:
        return one
    return replace(one, id=f"urn:sha256:{hashlib.sha256(own_id.encode(errors='replace')).hexdigest()}")


def numbers_of(events: Iterable[Event]) -> list[int]:
    """The numbers that a subscription gave to events, in their order."""
    return sorted(one.number for one in events if one.number is not None)
