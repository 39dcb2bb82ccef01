"""Marks: how far we got with each source: last event numbers, last seen, last catch-up, heartbeats."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.store.tables import mark
from adapter.store.upserts import insert_into, put


def read(tx: Connection, source: str, name: str) -> Any:
    """The value of a mark; None where there is none."""
    text = tx.scalar(sa.select(mark.c.value).where(mark.c.source == source, mark.c.name == name))
    return json.loads(text) if text is not None else None


def all_of(tx: Connection, source: str) -> dict[str, tuple[Any, datetime]]:
    """Every mark of a source with the instant at which it was set."""
    rows = tx.execute(sa.select(mark).where(mark.c.source == source).order_by(mark.c.name))
    return {row.name: (json.loads(row.value), row.at) for row in rows}


def sources(tx: Connection) -> list[str]:
    """Every source that has a mark."""
    return list(tx.scalars(sa.select(mark.c.source).distinct().order_by(mark.c.source)))


def write(tx: Connection, source: str, name: str, value: Any, at: datetime) -> None:
    """Set a mark to something that JSON can hold."""
    put(tx, mark, {"source": source, "name": name, "value": json.dumps(value), "at": at})


def note_number(tx: Connection, source: str, subscription: str, number: int, at: datetime) -> range:
    """Note a subscription's event number; answers the numbers that were skipped, empty where none were.

    A number that comes late moves nothing back; the first of a subscription skips nothing.
    """
    name = f"number {subscription}"
    made = insert_into(tx.dialect.name, mark).values(source=source, name=name, value=str(number), at=at)
    if tx.execute(made.on_conflict_do_nothing().returning(mark.c.name)).one_or_none() is not None:
        return range(0)
    where = (mark.c.source == source, mark.c.name == name)
    last = int(tx.execute(sa.select(mark.c.value).where(*where).with_for_update()).scalar_one())
    if number > last:
        tx.execute(sa.update(mark).where(*where).values(value=str(number), at=at))
    return range(last + 1, max(number, last + 1))
