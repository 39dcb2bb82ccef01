"""Dead letters: looks that died, events in quarantine, decisions that no target took; listed and retried in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.store import outbox as outboxes
from adapter.store import work as works
from adapter.store.lanes import lane_of, person_lane
from adapter.store.leases import change, state_is
from adapter.store.people import numbers_of, read_person
from adapter.store.tables import event, outbox, work


class Kind(StrEnum):
    """What died."""

    LOOK = "look"
    EVENT = "event"
    WRITE = "write"


@dataclass(frozen=True, slots=True, order=True)
class DeadLetter:
    """One dead letter; `name` is the lane, the event's number or the outbox's number; no content."""

    failed_at: datetime
    kind: Kind
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which dead letters: of one code, failed since an instant, of one person (pseudonym); all of them by default."""

    reason: str | None = None
    since: datetime | None = None
    person: str | None = None


def dead_letters(tx: Connection, chosen: Chosen, limit: int = 100) -> list[DeadLetter]:
    """The oldest that match, at most `limit`."""
    parts = [_of(tx, Kind.LOOK, chosen, limit), _of(tx, Kind.EVENT, chosen, limit), _of(tx, Kind.WRITE, chosen, limit)]
    return list(islice(merge(*parts), limit))


def count(tx: Connection) -> int:
    """How many there are."""
    return sum(
        tx.execute(sa.select(sa.func.count()).select_from(t).where(_is_dead(k))).scalar_one() for k, t in _TABLES
    )


def retry(tx: Connection, letters: Iterable[DeadLetter], now: datetime) -> int:
    """Give letters another chance, in their order; how many were still dead."""
    done = 0
    for letter in letters:
        again = {Kind.LOOK: _look_again, Kind.EVENT: _apply_again, Kind.WRITE: _write_again}
        done += again[letter.kind](tx, letter.name, now)
    return done


_TABLES = ((Kind.LOOK, work), (Kind.EVENT, event), (Kind.WRITE, outbox))
_NAMES = {Kind.LOOK: work.c.lane, Kind.EVENT: event.c.id, Kind.WRITE: outbox.c.number}


def _is_dead(kind: Kind) -> sa.ColumnElement[bool]:
    match kind:
        case Kind.LOOK:
            return state_is(work, "dead")
        case Kind.EVENT:
            return state_is(event, "quarantined")
    return state_is(outbox, outboxes.FAILED)


def _of(tx: Connection, kind: Kind, chosen: Chosen, limit: int) -> list[DeadLetter]:
    table = dict(_TABLES)[kind]
    where = [_is_dead(kind)]
    where += [table.c.code == chosen.reason] if chosen.reason is not None else []
    where += [table.c.failed_at >= chosen.since] if chosen.since is not None else []
    where += [_is_of(tx, kind, chosen.person)] if chosen.person is not None else []
    query = sa.select(table.c.failed_at, _NAMES[kind], table.c.code).where(*where)
    rows = tx.execute(query.order_by(table.c.failed_at, _NAMES[kind]).limit(limit))
    return sorted(DeadLetter(at, kind, str(name), code) for at, name, code in rows)


def _is_of(tx: Connection, kind: Kind, pseudonym: str) -> sa.ColumnElement[bool]:
    if kind is Kind.WRITE:
        return outbox.c.person == pseudonym
    persons = [p for number in numbers_of(tx, [pseudonym]).values() if (p := read_person(tx, number))]
    lanes = [lane for p in persons for lane in (person_lane(p.number), *map(lane_of, p.patients))]
    return (work if kind is Kind.LOOK else event).c.lane.in_(lanes)


def _look_again(tx: Connection, lane: str, now: datetime) -> int:
    is_there = tx.scalar(sa.select(work.c.lane).where(work.c.lane == lane, _is_dead(Kind.LOOK)).with_for_update())
    if is_there is None:
        return 0
    works.enqueue(tx, [lane], now)
    return 1


def _apply_again(tx: Connection, name: str, now: datetime) -> int:
    query = sa.select(event.c.lane).where(event.c.id == int(name), _is_dead(Kind.EVENT)).with_for_update()
    lane = tx.scalar(query)
    if lane is None:
        return 0
    change(tx, event, [int(name)], state="new", code=None, failed_at=None)
    works.enqueue(tx, [lane], now)
    return 1


def _write_again(tx: Connection, name: str, now: datetime) -> int:
    where = (outbox.c.number == int(name), _is_dead(Kind.WRITE))
    fresh = {"state": outboxes.INTENDED, "due_at": now, "attempts": 0, "code": None, "failed_at": None}
    return tx.execute(sa.update(outbox).where(*where).values(**fresh)).rowcount
