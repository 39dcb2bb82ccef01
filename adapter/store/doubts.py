"""Versions of resources that cannot be relied on: what is left of them says which versions they replaced."""

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.store.portions import portions
from adapter.store.tables import doubt
from adapter.store.upserts import insert_into


def note(tx: Connection, key: Key, body: str) -> bool:
    """Keep what is left of a version; False where it was there already."""
    row = {"id": key.id, "type": key.type, "source": key.source, "body": body}
    made = insert_into(tx.dialect.name, doubt).values(**row).on_conflict_do_nothing()
    return tx.execute(made.returning(doubt.c.id)).one_or_none() is not None


def of(tx: Connection, keys: Collection[Key]) -> Iterator[tuple[Key, str]]:
    """Those of these resources, in a fixed order."""
    for ids in portions(sorted({key.id for key in keys})):
        for own_id, type_name, source, body in tx.execute(_of_ids(), {"ids": ids}):
            if (key := Key(source, type_name, own_id)) in keys:
                yield key, body


def forget(tx: Connection, key: Key) -> None:
    """The source says which version is in force."""
    tx.execute(sa.delete(doubt).where(doubt.c.id == key.id, doubt.c.type == key.type, doubt.c.source == key.source))


@cache
def _of_ids() -> sa.Select[Any]:
    """Made once: making a statement costs more than running it."""
    names = (doubt.c.id, doubt.c.type, doubt.c.source, doubt.c.body)
    return sa.select(*names).where(doubt.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(*names)
