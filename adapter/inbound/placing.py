"""Where an event belongs: the lane of the Patient that it is about, or of the resource alone.

Notifications and catch-up must answer alike, or one event would wait in two lanes.
"""

from collections.abc import Callable

from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.inbound.dialects.received import Event
from adapter.inbound.dialects.wanted import subject_of_event
from adapter.store.contents import patient_named
from adapter.store.lanes import lane_of


def lane_for(reading: Callable[[], Connection], event: Event, key: Key, source: str) -> str:
    """The Patient's lane where the event names one, else the resource's own.

    `key` is the resource's, `source` the base URL (or name) of whoever told of it. `reading` is asked for a
    transaction only where a Patient is named otherwise than by address.
    """
    subject = subject_of_event(event, source)
    if subject is None or isinstance(subject, Key):
        return lane_of(key)
    named = (subject.kind, subject.one, subject.two)
    patient = Key(subject.one, "Patient", subject.two) if subject.kind == "key" else None
    patient = patient or patient_named(reading(), key.source, named)
    return lane_of(key) if patient is None or "|" in patient.id else lane_of(patient)
