"""The work list: whom to look at, and when. An event only says *look again*, so fifty cost one look.

A row lives from the first reason to look until a look that nothing overtook; it is removed in the
transaction that stores what the look found.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.store.leases import FREE, change, claim_first, claiming, held, state_is
from adapter.store.tables import work
from adapter.store.upserts import insert_into


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a lane until the lease ends; `attempts` counts this one."""

    lane: str
    generation: int
    fence: int
    attempts: int


def enqueue(tx: Connection, lanes: Iterable[str], due_at: datetime) -> None:
    """Ask for a look at each lane, at the latest at `due_at`; what died is given another chance.

    A lane that waits after a failure keeps waiting: events must not hammer a source that is down.
    """
    # Sorted: two transactions that lock the same rows in two orders would block each other.
    rows = [{"lane": lane, "due_at": due_at} for lane in sorted(set(lanes))]
    if rows:
        tx.execute(_upsert(tx.dialect.name), rows)


@cache
def _upsert(dialect: str) -> sa.Insert:
    made = insert_into(dialect, work).values(generation=1, fence=0, attempts=0, state="waiting")
    is_dead = work.c.state == "dead"
    earlier = sa.case((work.c.due_at < made.excluded.due_at, work.c.due_at), else_=made.excluded.due_at)
    waits = sa.and_(sa.not_(is_dead), work.c.attempts > 0)
    return made.on_conflict_do_update(
        index_elements=["lane"],
        set_={
            "generation": work.c.generation + 1,
            "due_at": sa.case((waits, work.c.due_at), else_=earlier),
            "attempts": sa.case((is_dead, 0), else_=work.c.attempts),
            "code": sa.case((is_dead, sa.null()), else_=work.c.code),
            "failed_at": sa.null(),
            "state": "waiting",
        },
    )


def bring_forward(tx: Connection, due_at: datetime, now: datetime) -> None:
    """What waits for exactly this instant, after no failure, is due now."""
    waits = (state_is(work, "waiting"), work.c.due_at == due_at, work.c.due_at > now, work.c.attempts == 0)
    tx.execute(sa.update(work).where(*waits).values(due_at=now))


_CLAIMING = claiming(work, state_is(work, "waiting"))


def claim(tx: Connection, owner: str, now: datetime, seconds: float) -> Claim | None:
    """Lease the lane that has been due longest; None where nothing is due. Commit before the work begins."""
    row = claim_first(tx, _CLAIMING, (owner, now, seconds))
    return Claim(row.lane, row.generation, row.fence, row.attempts) if row else None


def renew(tx: Connection, claim: Claim, now: datetime, seconds: float) -> None:
    """Hold on for longer; raises LeaseLost."""
    held(tx, work, claim.lane, claim.fence, now)
    change(tx, work, [claim.lane], lease_until=now + timedelta(seconds=seconds))


def finish(tx: Connection, claim: Claim, now: datetime, look_again_at: datetime | None) -> bool:
    """The look is stored by this same transaction: let go of the lane. Raises LeaseLost.

    True where nothing came in meanwhile: then the lane is gone, or waits for `look_again_at`. Otherwise it
    stays due.
    """
    row = held(tx, work, claim.lane, claim.fence, now)
    overtaken = row.generation != claim.generation
    if overtaken:
        change(tx, work, [claim.lane], attempts=0, code=None, due_at=now, **FREE)
    elif look_again_at is None:
        tx.execute(sa.delete(work).where(work.c.lane == claim.lane))
    else:
        change(tx, work, [claim.lane], attempts=0, code=None, due_at=look_again_at, **FREE)
    return not overtaken


def retry(tx: Connection, claim: Claim, now: datetime, after: datetime, code: str) -> None:
    """The look failed for now: try again after an instant. Raises LeaseLost."""
    held(tx, work, claim.lane, claim.fence, now)
    change(tx, work, [claim.lane], due_at=after, code=code, **FREE)


def bury(tx: Connection, claim: Claim, now: datetime, code: str) -> bool:
    """The look would fail the same way again: a dead letter, unless something came in meanwhile. Raises LeaseLost.

    True where it is a dead letter.
    """
    row = held(tx, work, claim.lane, claim.fence, now)
    overtaken = row.generation != claim.generation
    if overtaken:
        change(tx, work, [claim.lane], attempts=0, due_at=now, code=code, **FREE)
    else:
        change(tx, work, [claim.lane], state="dead", code=code, failed_at=now, **FREE)
    return not overtaken


def next_due(tx: Connection) -> datetime | None:
    """When the next lane falls due, held or not; None where nothing waits."""
    due_at: datetime | None = tx.scalar(sa.select(sa.func.min(work.c.due_at)).where(state_is(work, "waiting")))
    return due_at


def counts(tx: Connection, now: datetime) -> dict[str, int]:
    """How many lanes are `due`, `held`, `later` and `dead`."""
    is_held = sa.and_(work.c.lease_until.is_not(None), work.c.lease_until > now)
    kind = sa.case(
        (work.c.state == "dead", "dead"), (is_held, "held"), (work.c.due_at <= now, "due"), else_="later"
    ).label("kind")
    rows = tx.execute(sa.select(kind, sa.func.count()).group_by(kind)).all()
    return {"due": 0, "held": 0, "later": 0, "dead": 0} | {row[0]: row[1] for row in rows}
