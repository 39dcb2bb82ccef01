"""From what a request tells to rows of the inbox: the lane, the key and the exact body of every event."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.fhir.json_text import dumps, flaws_in
from adapter.inbound.dialects.received import Event, Interaction, Received
from adapter.inbound.placing import chained_key, lane_for
from adapter.store.inbox import NewEvent
from adapter.store.lanes import lane_of
from adapter.web.senders import Sender

DUPLICATE_KEY = "duplicate-key"
_LONGEST_ID = 200


@dataclass(slots=True)
class Intake:
    """What a request becomes; `aside` goes to quarantine with a code each, `empty`: something unnamed changed."""

    events: list[NewEvent] = field(default_factory=list)
    aside: list[tuple[NewEvent, str]] = field(default_factory=list)
    empty: bool = False


def intake_of(tx: Connection, sender: Sender, received: Received, now: datetime) -> Intake:
    """Every event of a request, and the resources that came along, in their order."""
    made = Intake()
    newest: dict[tuple[str, str], str | None] = {}
    for one in (*received.events, *received.context):
        if one.type is None or one.id is None:
            made.empty = True
            continue
        event = _new_event(tx, sender, _trusted(_named(one), sender), now)
        event = replace(event, dedupe_key=chained_key(tx, event, newest))
        if event.body and flaws_in(one.resource):
            made.aside.append((event, DUPLICATE_KEY))
        else:
            made.events.append(event)
    made.events = _together(made.events)
    return made


def poison_of(sender: Sender, body: bytes, content_type: str, now: datetime) -> NewEvent:
    """A request that cannot be understood, as it came; the same bytes again are a duplicate."""
    digest = hashlib.sha256(body).hexdigest()
    lane = lane_of(Key(sender.base, "Binary", digest))
    return NewEvent(sender.name, f"raw:{digest}", lane, now, Interaction.UNKNOWN, body, content_type[:_LONGEST_ID])


def _new_event(tx: Connection, sender: Sender, one: Event, now: datetime) -> NewEvent:
    body = dumps(one.resource).encode() if one.resource and one.interaction is not Interaction.DELETE else b""
    return NewEvent(
        source=sender.name,
        # News that says neither what nor when is never a repetition.
        dedupe_key=one.dedupe_key or f"unique:{uuid4()}",
        lane=lane_for(tx, one, Key(one.base or sender.base, one.type or "", one.id or ""), sender.base),
        received_at=now,
        interaction=one.interaction.value,
        body=body,
        type=one.type,
        resource_id=one.id,
        version=one.version,
        base=one.base,
    )


def _together(events: list[NewEvent]) -> list[NewEvent]:
    """Doctors and places that came with a person's resources wait in that person's lane.

    All of a lane is known before its person is judged, so that nobody is judged by half of a request.
    """
    lane = next((one.lane for one in events if not _is_alone(one)), None)
    return [replace(one, lane=lane) if lane and one.body and _is_alone(one) else one for one in events]


def _is_alone(event: NewEvent) -> bool:
    return event.lane.startswith("resource:")


def _trusted(one: Event, sender: Sender) -> Event:
    """What one source says of another's resource is a hint to read it there, never its content nor its deletion.

    Of a server that nobody configured, content is kept under its own name. An address alone is read at the source
    itself, if at all: many servers name themselves by a URL that is not theirs from here.
    """
    if one.base is None or one.base == sender.base:
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
