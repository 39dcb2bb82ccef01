"""What only the inbox can know of an event: whose lane it waits in, and whether its content came back.

Both are settled in the transaction that stores the events, so that none decides by what another is about to change.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.store.lanes import PERSON, read_lane
from adapter.store.portions import portions
from adapter.store.tables import event, patient


class News(NamedTuple):
    """The key of an event, and the resource that it is about."""

    source: str
    type: str
    resource_id: str
    key: str


def placed(lane: str) -> dict[str, str | None]:
    """What `final_lane` asks for, of the lane that an event came for."""
    key = read_lane(lane) if lane.startswith("patient:") else None
    named = (key.source, key.id) if isinstance(key, Key) else (None, None)
    return {"own_lane": lane, "patient_source": named[0], "patient_id": named[1]}


def final_lane() -> sa.ColumnElement[str]:
    """The person's lane in place of a Patient's whose person is known, in the statement that stores the event."""
    known = (patient.c.source == sa.bindparam("patient_source"), patient.c.id == sa.bindparam("patient_id"))
    person = sa.select(sa.literal_column(f"'{PERSON}'").concat(sa.cast(patient.c.person, sa.Text))).where(*known)
    return sa.func.coalesce(person.scalar_subquery(), sa.bindparam("own_lane"))


def chained_keys(tx: Connection, news: Sequence[News]) -> list[str]:
    """The keys in the order of arrival, told apart from earlier ones where another content came between.

    Contents come back (A, B, then A again), so a key that rests on one is a repetition of the newest event only.
    """
    newest: dict[tuple[str, str, str], str] = _newest(tx, [one for one in news if one.key.startswith("body:")])
    keys = []
    for one in news:
        last = newest.get(one[:3]) if one.key.startswith("body:") else None
        key = one.key if last is None else _after(last, one.key)
        newest[one[:3]] = key
        keys.append(key)
    return keys


def _after(last: str, key: str) -> str:
    if last.partition("@")[0] == key:
        return last
    return f"{key}@{hashlib.sha256(last.encode()).hexdigest()[:32]}"


def _newest(tx: Connection, news: Sequence[News]) -> dict[tuple[str, str, str], str]:
    """The key of the event that came last for each of these resources."""
    ids: dict[tuple[str, str], set[str]] = {}
    for one in news:
        ids.setdefault(one[:2], set()).add(one.resource_id)
    found = {}
    for (source, type_name), of_type in ids.items():
        for some in portions(sorted(of_type)):
            for own_id, key in tx.execute(_last_keys(), {"of": source, "kind": type_name, "ids": some}):
                found[source, type_name, own_id] = key
    return found


@cache
def _last_keys() -> sa.Select[Any]:
    """Made once: making a statement costs more than running it."""
    of_type = (event.c.source == sa.bindparam("of"), event.c.type == sa.bindparam("kind"))
    last = sa.select(sa.func.max(event.c.id)).where(
        *of_type, event.c.resource_id.in_(sa.bindparam("ids", expanding=True))
    )
    return sa.select(event.c.resource_id, event.c.dedupe_key).where(event.c.id.in_(last.group_by(event.c.resource_id)))
