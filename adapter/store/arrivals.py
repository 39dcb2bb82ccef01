"""What only the inbox can know of an event: whose lane it waits in, and whether its content came back.

Both are settled in the transaction that stores the events, with one question for all of them: requests that wait
for the same commit share its price, and none decides by what another is about to change.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.store.lanes import person_lane, read_lane
from adapter.store.tables import event, patient

_MOST = 500
"""Values in one question: databases bound how many it may hold."""


class News(NamedTuple):
    """The key of an event, and the resource that it is about."""

    source: str
    type: str
    resource_id: str
    key: str


def person_lanes(tx: Connection, lanes: Iterable[str]) -> dict[str, str]:
    """The person's lane in place of a Patient's, of those Patients whose person is known."""
    by_source: dict[str, dict[str, str]] = {}
    for lane in set(lanes):
        if lane.startswith("patient:") and isinstance(key := read_lane(lane), Key):
            by_source.setdefault(key.source, {})[key.id] = lane
    found = {}
    for source, named in by_source.items():
        for ids in _some(sorted(named)):
            for own_id, number in tx.execute(_persons(), {"of": source, "ids": ids}):
                found[named[own_id]] = person_lane(number)
    return found


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
        for some in _some(sorted(of_type)):
            for own_id, key in tx.execute(_last_keys(), {"of": source, "kind": type_name, "ids": some}):
                found[source, type_name, own_id] = key
    return found


@cache
def _persons() -> sa.Select[Any]:
    """Made once: making a statement costs more than running it."""
    known = (patient.c.source == sa.bindparam("of"), patient.c.person.is_not(None))
    chosen = sa.select(patient.c.id, patient.c.person).where(*known)
    return chosen.where(patient.c.id.in_(sa.bindparam("ids", expanding=True)))


@cache
def _last_keys() -> sa.Select[Any]:
    of_type = (event.c.source == sa.bindparam("of"), event.c.type == sa.bindparam("kind"))
    last = sa.select(sa.func.max(event.c.id)).where(
        *of_type, event.c.resource_id.in_(sa.bindparam("ids", expanding=True))
    )
    return sa.select(event.c.resource_id, event.c.dedupe_key).where(event.c.id.in_(last.group_by(event.c.resource_id)))


def _some(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + _MOST] for start in range(0, len(values), _MOST))
