"""Whom an event calls for: the lane that its work waits in, so that one person is looked at once at a time."""

from adapter.core.references import Key
from adapter.inbound.dialects.received import Event
from adapter.inbound.subjects import Subject, subject_of


def subject_of_event(event: Event, source: str) -> Subject | Key | None:
    """The Patient that the event's resource names, else the resource itself; None where the event names nothing.

    `source` is the source's base URL or label, for events that name no server.
    """
    if event.type is None or event.id is None:
        return None
    key = Key(event.base or source, event.type, event.id)
    return subject_of(event.resource or {}, key) or key
