"""`$events`: a source repeats what it counted for a Subscription (R5 Backport, `$events`).

Servers may keep only the latest, so an answer counts only where no number is lacking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from adapter.inbound.dialects.entries import entries_in
from adapter.inbound.dialects.received import Event, Received, Unfit
from adapter.inbound.dialects.topics import is_status, notification
from adapter.inbound.dialects.values import literal, objects
from adapter.inbound.sources import SourceClient, SourceRefuses
from adapter.store import marks

SUBSCRIBED = "subscribed"
"""The mark of what we subscribed to: by the Subscription's id, its types and whether it counts its events."""
_NUMBER = "number "


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a source repeated of one Subscription, and the number it got to."""

    mark: str
    last: int
    events: tuple[Event, ...]


def counted_types(tx: Connection, source: str) -> dict[str, set[str]]:
    """The types that our counting Subscriptions cover, by the name that notifications give each Subscription."""
    ours = marks.read(tx, source, SUBSCRIBED) or {}
    found: dict[str, set[str]] = {}
    for mark in marks.all_of(tx, source):
        place = literal(mark.removeprefix(_NUMBER)) if mark.startswith(_NUMBER) else None
        one = ours.get(place.id) if place and place.type == "Subscription" else None
        if one and one.get("counts"):
            found[mark.removeprefix(_NUMBER)] = set(one["types"])
    return found


def repeated(client: SourceClient, subscription: str, after: int) -> Repeated:
    """Every event of a Subscription after a number; raises SourceRefuses where any is lacking."""
    place = literal(subscription)
    own_id = place.id if place else ""
    page = client.page(f"Subscription/{own_id}/$events", {"eventsSinceNumber": str(after + 1)})
    told = _told(page)
    numbers = {event.number for event in told.events if event.number is not None and event.number > after}
    last = max([after, told.events_since_start or 0, *numbers])
    if told.events_since_start is None or numbers != set(range(after + 1, last + 1)):
        raise SourceRefuses("the source no longer has every event")
    if any(event.base not in (None, client.base_url) for event in told.events):
        raise SourceRefuses("the source's events are about another server")
    fresh = tuple(_timed(e, subscription) for e in told.events if e.number in numbers)
    return Repeated(subscription, last, fresh)


def _told(page: Mapping[str, Any]) -> Received:
    status = next((e["resource"] for e in objects(page.get("entry")) if is_status(e.get("resource"))), None)
    if status is None:
        raise SourceRefuses("the source's answer is no notification")
    try:
        return notification(status, page, entries_in(page))
    except Unfit as unfit:
        raise SourceRefuses("the source's answer cannot be used") from unfit


def _timed(event: Event, subscription: str) -> Event:
    """Without a version or a time, its number tells an event from the others of its resource."""
    return replace(event, timestamp=event.timestamp or f"{subscription} {event.number}")
