"""The inbox: every event that was acknowledged, once, with the exact bytes that came.

An event and its row of the work list are written in one transaction. Secrets of the request are no part of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from adapter.store import work
from adapter.store.arrivals import News, chained_keys, final_lane, placed
from adapter.store.leases import change, state_is
from adapter.store.tables import event
from adapter.store.upserts import insert_into


class Accepted(StrEnum):
    """What became of an event: either way it may be acknowledged."""

    STORED = "stored"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as received. `dedupe_key` tells a repetition from news, within its resource.

    `base` is the server that the sender named, where it named one; `request` how it came ("PUT Encounter/1"), where
    nobody understood it and its bytes are kept whole.
    """

    source: str
    dedupe_key: str
    lane: str
    received_at: datetime
    interaction: str
    body: bytes
    content_type: str = "application/fhir+json"
    type: str = ""
    resource_id: str = ""
    version: str | None = None
    base: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Event(NewEvent):
    """An event of the inbox; `code` says why it is quarantined."""

    id: int = 0
    state: str = "new"
    code: str | None = None


_COLUMNS = tuple(NewEvent.__dataclass_fields__)
_AS_THEY_ARE = tuple(name for name in _COLUMNS if name not in ("lane", "dedupe_key"))
_as_they_are = attrgetter(*_AS_THEY_ARE)
_ONCE = ("source", "type", "resource_id", "dedupe_key")


def accept(tx: Connection, events: Sequence[NewEvent], quiet: timedelta = timedelta()) -> list[Accepted]:
    """Store what is new, ask for a look at its lanes, and say of each event in turn what became of it.

    An event for a Patient whose person is known waits in the person's lane. A `body:` key repeats only the newest
    event of its resource. The look waits for the `quiet` time, in which more may come that it needs; what was due
    earlier stays so.
    """
    if not events:
        return []
    arrived = [(one.source, one.type, one.resource_id, key) for one, key in zip(events, _keys(tx, events), strict=True)]
    first: dict[tuple[str, ...], NewEvent] = {}
    for once, one in zip(arrived, events, strict=True):
        first.setdefault(once, one)
    rows = [_row(one, once[-1]) for once, one in first.items()]
    lanes = {tuple(once): lane for lane, *once in tx.execute(_insert(tx.dialect.name), rows)}
    if lanes:
        work.enqueue(tx, lanes.values(), min(first[once].received_at for once in lanes) + quiet)
    # Taken out once told: what comes twice in one transaction is stored once.
    return [Accepted.STORED if lanes.pop(once, None) else Accepted.DUPLICATE for once in arrived]


def _keys(tx: Connection, events: Sequence[NewEvent]) -> list[str]:
    if not any(one.dedupe_key.startswith("body:") for one in events):
        return [one.dedupe_key for one in events]
    return chained_keys(tx, [News(one.source, one.type, one.resource_id, one.dedupe_key) for one in events])


def _row(one: NewEvent, key: str) -> dict[str, object]:
    return dict(zip(_AS_THEY_ARE, _as_they_are(one), strict=True), dedupe_key=key, **placed(one.lane))


@cache
def _insert(dialect: str) -> sa.Insert:
    made = insert_into(dialect, event).values(state="new", lane=final_lane()).on_conflict_do_nothing()
    return made.returning(event.c.lane, *(event.c[name] for name in _ONCE))


def events_of(tx: Connection, lane: str, limit: int = 1000, after: int = 0) -> list[Event]:
    """A lane's events that were not applied yet, in the order of arrival, from the one after a number on."""
    where = (event.c.lane == lane, state_is(event, "new"), event.c.id > after)
    return [_event(row) for row in tx.execute(sa.select(event).where(*where).order_by(event.c.id).limit(limit))]


def event_of(tx: Connection, number: int) -> Event | None:
    """One event, whatever its state."""
    row = tx.execute(sa.select(event).where(event.c.id == number)).one_or_none()
    return _event(row) if row else None


def of_resource(tx: Connection, sources: Collection[str], type_name: str, resource_id: str) -> list[Event]:
    """Every event that brought a content of a resource, applied or not yet; none in quarantine, no deletion."""
    query = sa.select(event).where(
        *_about(sources, type_name, resource_id),
        event.c.state.in_(("new", "applied")),
        event.c.interaction != "delete",
        sa.func.length(event.c.body) > 0,
    )
    return [_event(row) for row in tx.execute(query.order_by(event.c.id))]


def is_named(tx: Connection, sources: Collection[str], type_name: str, resource_id: str) -> bool:
    """Whether any event was about a resource."""
    query = sa.select(event.c.id).where(*_about(sources, type_name, resource_id)).limit(1)
    return tx.scalar(query) is not None


def _about(sources: Collection[str], type_name: str, resource_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    of_type = event.c.type == type_name
    return event.c.source.in_(sorted(sources)), of_type, event.c.resource_id == resource_id


def mark_applied(tx: Connection, ids: Collection[int]) -> None:
    """These events are in the record, by this same transaction, but for those in quarantine by now."""
    tx.execute(_applied(), {"ids": list(ids)})


@cache
def _applied() -> sa.Update:
    named = event.c.id.in_(sa.bindparam("ids", expanding=True))
    return sa.update(event).where(named, state_is(event, "new")).values(state="applied", code=None, failed_at=None)


def quarantine(tx: Connection, ids: Collection[int], code: str, now: datetime) -> None:
    """These events cannot be applied; they are kept for a person to look at, and stop nobody else."""
    change(tx, event, list(ids), state="quarantined", code=code, failed_at=now)


def set_aside(tx: Connection, one: NewEvent, code: str) -> Accepted:
    """Store what cannot be applied, in quarantine from the beginning: nobody is looked at for it."""
    (key,) = _keys(tx, [one])
    row = _row(one, key) | {"state": "quarantined", "code": code, "failed_at": one.received_at}
    return Accepted.STORED if tx.execute(_insert(tx.dialect.name), [row]).all() else Accepted.DUPLICATE


def oldest_new(tx: Connection) -> datetime | None:
    """When the event was received that has waited longest; None where none waits."""
    at: datetime | None = tx.scalar(sa.select(sa.func.min(event.c.received_at)).where(state_is(event, "new")))
    return at


def forget(tx: Connection, before: datetime, limit: int = 1000) -> int:
    """Delete applied events received before an instant, oldest first; their repetitions would be news again."""
    old = sa.select(event.c.id).where(event.c.state == "applied", event.c.received_at < before)
    return tx.execute(sa.delete(event).where(event.c.id.in_(old.order_by(event.c.id).limit(limit)))).rowcount


def counts(tx: Connection) -> dict[str, int]:
    """How many events are `new`, `applied` and `quarantined`."""
    rows = tx.execute(sa.select(event.c.state, sa.func.count()).group_by(event.c.state)).all()
    return {"new": 0, "applied": 0, "quarantined": 0} | {row[0]: row[1] for row in rows}


def _event(row: "Row[tuple[object, ...]]") -> Event:
    names = (*_COLUMNS, "id", "state", "code")
    return Event(**{name: row._mapping[name] for name in names})
