"""From resources that were found at a source to rows of the inbox: the same keys as for what it sends by itself."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.fhir.json_text import dumps, flaws_in
from adapter.inbound.dialects.entries import event_of_resource
from adapter.inbound.dialects.keys import Notice, keyed
from adapter.inbound.dialects.received import Event, Interaction
from adapter.inbound.dialects.values import fhir_id
from adapter.inbound.placing import lane_for
from adapter.store import inbox
from adapter.store.inbox import Accepted, NewEvent

DUPLICATE_KEY = "duplicate-key"


def named(one: Event) -> Event:
    """The event as any method tells it, so that one version found in two ways is one event."""
    deletes = one.interaction is Interaction.DELETE
    told = replace(one, interaction=one.interaction if deletes else Interaction.UPDATE, base=None, number=None)
    # A history without versions still tells its entries apart by their time.
    as_version = replace(told, version=told.version or told.timestamp, sender_event_id=None)
    return replace(told, dedupe_key=keyed(as_version, Notice({})).dedupe_key)


def store_found(tx: Connection, source: str, base: str, found: Iterable[Event], now: datetime) -> int:
    """Put what was found into the inbox; how many events were news."""
    sound, fresh = [], 0
    for one in map(named, found):
        if one.type is None or fhir_id(one.id) is None or one.dedupe_key is None:
            continue
        event = _new_event(tx, source, base, one, now)
        if event.body and flaws_in(one.resource):
            fresh += inbox.set_aside(tx, event, DUPLICATE_KEY) is Accepted.STORED
        else:
            sound.append(event)
    return fresh + sum(a is Accepted.STORED for a in inbox.accept(tx, sound))


def set_aside_found(
    tx: Connection, source: tuple[str, str], resource: dict[str, Any], code: str, now: datetime
) -> None:
    """Put a resource into quarantine that was read at a source (name, base URL) and cannot be relied on."""
    event = named(event_of_resource(resource, Interaction.UPDATE))
    if event.type and fhir_id(event.id) and event.dedupe_key:
        inbox.set_aside(tx, _new_event(tx, *source, event, now), code)


def _new_event(tx: Connection, source: str, base: str, one: Event, now: datetime) -> NewEvent:
    return NewEvent(
        source=source,
        dedupe_key=str(one.dedupe_key),
        lane=lane_for(lambda: tx, one, Key(base, one.type or "", one.id or ""), base),
        received_at=now,
        interaction=one.interaction.value,
        body=dumps(one.resource).encode() if one.resource and one.interaction is not Interaction.DELETE else b"",
        type=one.type or "",
        resource_id=one.id or "",
        version=one.version,
    )
