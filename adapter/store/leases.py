"""Leases on rows that wait for work: one holder at a time, and none that slept past its time commits.

A fence is drawn anew by each claim, not counted: rows come and go, and a counter that starts again would let
an old sleeper pass for the new holder.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.dml import ReturningUpdate

from adapter.core.errors import Temporary

FREE = {"lease_owner": None, "lease_until": None}
"""What a row is set to when its holder lets go."""


class LeaseLost(Temporary):
    """Somebody else may hold the row by now; what was worked out must not be stored."""

    code = "lease-lost"


def state_is(table: sa.Table, *states: str) -> sa.ColumnElement[bool]:
    """States spelt out: partial indexes serve only conditions that hold constants."""
    spelt: list[sa.ColumnElement[Any]] = [sa.literal_column(f"'{state}'") for state in states]
    # SQLite does not see that IN ('new') is = 'new'.
    return table.c.state == spelt[0] if len(spelt) == 1 else table.c.state.in_(spelt)


def claiming(table: sa.Table, ready: sa.ColumnElement[bool], **changed: object) -> ReturningUpdate[Any]:
    """The statement that `claim_first` runs; made once, since making one costs more than running it."""
    now = sa.bindparam("now", type_=table.c.due_at.type)
    (key,) = table.primary_key.columns
    first = (
        sa.select(key)
        .where(ready, table.c.due_at <= now, sa.or_(table.c.lease_until.is_(None), table.c.lease_until <= now))
        .order_by(table.c.due_at, key)
        .limit(1)
        # On PostgreSQL: what another is just claiming is passed over. SQLite has one writer anyway.
        .with_for_update(skip_locked=True)
    )
    names = ("lease_owner", "lease_until", "fence")
    taken = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    update = sa.update(table).where(key == first.scalar_subquery())
    return update.values(**taken, attempts=table.c.attempts + 1, **changed).returning(*table.c)


def claim_first(
    tx: Connection, claiming: ReturningUpdate[Any], lease: tuple[str, datetime, float], **more: object
) -> Row[Any] | None:
    """Lease the row that has been due longest, of those that are ready; None where there is none.

    `lease` is (owner, now, seconds).
    """
    owner, now, seconds = lease
    until, fence = now + timedelta(seconds=seconds), secrets.randbits(62)
    taken = {"new_lease_owner": owner, "new_lease_until": until, "new_fence": fence}
    return tx.execute(claiming, {"now": now, **taken, **more}).one_or_none()


def held(tx: Connection, table: sa.Table, key: object, fence: int, now: datetime) -> Row[Any]:
    """The row, locked, as long as the lease holds; raises LeaseLost."""
    row = tx.execute(_locking(table), {"key": key}).one_or_none()
    if row is None or row.fence != fence or row.lease_until is None or row.lease_until <= now:
        raise LeaseLost("the lease ran out before the work was stored")
    return row


@cache
def _locking(table: sa.Table) -> sa.Select[Any]:
    (column,) = table.primary_key.columns
    return sa.select(*table.c).where(column == sa.bindparam("key")).with_for_update()


def change(tx: Connection, table: sa.Table, keys: Sequence[object], **values: object) -> None:
    """Set columns of rows by their key."""
    tx.execute(_changing(table, tuple(values)), {"keys": keys, **{f"new_{n}": v for n, v in values.items()}})


@cache
def _changing(table: sa.Table, names: tuple[str, ...]) -> sa.Update:
    (column,) = table.primary_key.columns
    update = sa.update(table).where(column.in_(sa.bindparam("keys", expanding=True)))
    return update.values({name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
