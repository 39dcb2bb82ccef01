"""What is remembered of a source besides its events: that it was heard, how far its numbers got, what it lacks.

Marks: `heard` (when), `number <subscription>` (the last event number), `status <subscription>` (what it says of
itself), `catch-up-wanted` (why: `empty` notification, or a `gap` in the numbers).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from adapter.inbound.admitting import numbers_of
from adapter.inbound.dialects.received import Kind, Received
from adapter.store import marks

HEARD = "heard"
CATCH_UP_WANTED = "catch-up-wanted"
HEARD_EVERY = timedelta(seconds=10)

Note = Callable[[Connection], object]

_OF_SUBSCRIPTION = frozenset({Kind.HANDSHAKE, Kind.HEARTBEAT, Kind.QUERY_STATUS})
_TROUBLE = frozenset({"error", "off"})


class Hearing:
    """Notes at most every few seconds that a source was heard: one mark for a burst of events."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}

    def note(self, source: str, now: datetime) -> Note | None:
        """The note, where one is due; call `noted` once it is stored."""
        last = self._last.get(source)
        if last is not None and now - last < HEARD_EVERY:
            return None
        return lambda tx: marks.write(tx, source, HEARD, now.isoformat(), now)

    def noted(self, source: str, now: datetime) -> None:
        """The note is stored."""
        self._last[source] = now


def notes_of(source: str, received: Received, is_empty: bool, now: datetime) -> list[Note]:
    """What else a request tells, as writes for the transaction that stores its events."""
    notes: list[Note] = []
    if is_empty or received.kind is Kind.EMPTY:
        notes.append(lambda tx: want_catch_up(tx, source, "empty", now))
    if received.subscription is not None:
        notes += _of_subscription(source, received.subscription, received, now)
    return notes


def want_catch_up(tx: Connection, source: str, reason: str, now: datetime) -> None:
    """Ask for everything of a source that was missed."""
    marks.write(tx, source, CATCH_UP_WANTED, reason, now)


def _of_subscription(source: str, subscription: str, received: Received, now: datetime) -> list[Note]:
    notes: list[Note] = []
    if received.kind in _OF_SUBSCRIPTION or received.status in _TROUBLE:
        told = {"status": received.status, "error": received.error}
        notes.append(lambda tx: marks.write(tx, source, f"status {subscription}", told, now))
    numbers = numbers_of(received.events)
    if numbers:
        notes.append(lambda tx: _count(tx, source, subscription, numbers, now))
    elif received.kind in _OF_SUBSCRIPTION and received.events_since_start is not None:
        last, is_new = received.events_since_start, received.kind is Kind.HANDSHAKE
        notes.append(lambda tx: _compare(tx, source, subscription, last, is_new, now))
    return notes


def _count(tx: Connection, source: str, subscription: str, numbers: list[int], now: datetime) -> None:
    skipped = [len(marks.note_number(tx, source, subscription, one, now)) for one in numbers]
    if any(skipped):
        want_catch_up(tx, source, "gap", now)


def _compare(tx: Connection, source: str, subscription: str, last: int, is_new: bool, now: datetime) -> None:
    """A heartbeat tells of events that never came; after a handshake the server counts anew."""
    known = marks.read(tx, source, f"number {subscription}")
    if is_new:
        marks.write(tx, source, f"number {subscription}", last, now)
        return
    marks.note_number(tx, source, subscription, last, now)
    if known is not None and last > known:
        want_catch_up(tx, source, "gap", now)
