"""Where an event belongs in the inbox: its lane, and the key by which a repetition of it is known.

Notifications and catch-up must answer alike, or one event would be stored twice, or wait in two lanes.
"""

import hashlib

from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.inbound.dialects.received import Event
from adapter.inbound.dialects.wanted import subject_of_event
from adapter.store.contents import patient_named
from adapter.store.inbox import NewEvent, newest_key
from adapter.store.lanes import lane_of, person_lane
from adapter.store.people import person_of


def lane_for(tx: Connection, event: Event, key: Key, source: str) -> str:
    """The person's lane where the person is known, else the Patient's or the resource's own.

    `key` is the resource's, `source` the base URL (or name) of whoever told of it.
    """
    subject = subject_of_event(event, source)
    if subject is None or isinstance(subject, Key):
        return lane_of(key)
    patient = patient_named(tx, key.source, (subject.kind, subject.one, subject.two))
    if patient is None or "|" in patient.id:
        return lane_of(key)
    number = person_of(tx, patient)
    return person_lane(number) if number is not None else lane_of(patient)


def chained_key(tx: Connection, event: NewEvent, newest: dict[tuple[str, str], str | None]) -> str:
    """The key, told apart from an earlier one of the same content where another content came between.

    Contents come back (A, B, then A again), so a key that rests on one is a repetition of the newest event only.
    `newest` holds the keys of this transaction's own events, which the inbox does not show yet; it is updated.
    """
    key, place = event.dedupe_key, (event.type or "", event.resource_id or "")
    if key.startswith("body:"):
        last = newest[place] if place in newest else newest_key(tx, event.source, *place)
        if last is not None and last.partition("@")[0] == key:
            key = last
        elif last is not None:
            key = f"{key}@{hashlib.sha256(last.encode()).hexdigest()[:32]}"
    newest[place] = key
    return key
