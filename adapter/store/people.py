"""Who is one person, kept up to date patient by patient: joined by qualified national identifiers, and where a server
merged its own records.

A person row stands for a pseudonym, and pseudonyms make our ids. So a patient who gains a national
identifier moves to another person; the one left behind is looked at again too, and what rested on it is
withdrawn.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.identity import (
    contradict,
    is_merge,
    join_key,
    merge_key,
    national_identifiers,
    pseudonym,
    subject_name,
    successor_of,
)
from adapter.core.references import Key
from adapter.core.resources import Resource, current
from adapter.store.contents import contents
from adapter.store.engine import serialise_identity
from adapter.store.tables import national, patient, person
from adapter.store.upserts import add_all, put


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person with the Patients that are this person; `in_conflict`: a shared national identifier was refused."""

    number: int
    pseudonym: str
    in_conflict: bool
    patients: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The person of a patient, and everybody to look at again because somebody joined, left or fell out."""

    person: int
    look_again: tuple[int, ...] = ()


_Nationals = Mapping[Key, frozenset[str]]


def find_or_make_person(tx: Connection, key: Key, secret: bytes) -> Placed:
    """The person of a Patient by its stored contents; joins and parts as its identifiers now say.

    Store the Patient's content first. `secret` keys the pseudonym.
    """
    digest, _ = _current(tx, key)
    row = _row(tx, key)
    if row is not None and row.digest == digest and row.person is not None:
        return Placed(row.person)
    serialise_identity(tx)
    return _placed(tx, key, secret)


def _placed(tx: Connection, key: Key, secret: bytes) -> Placed:
    digest, shown = _current(tx, key)
    before = _linked(tx, {key})
    tx.execute(sa.delete(national).where(national.c.source == key.source, national.c.id == key.id))
    joins = {join_key(i) for i in national_identifiers(shown)}
    add_all(tx, national, [_sharing(value, key) for value in sorted(joins)])
    _note_merges(tx, key, successor_of(shown, key))
    row = _row(tx, key)
    put(tx, patient, {"source": key.source, "id": key.id, "person": row.person if row else None, "digest": digest})
    touched: set[int] = set()
    for group in _groups(_nationals_of(tx, before | _linked(tx, {key}))):
        touched |= _settle(tx, group, secret)
    placed = _row(tx, key)
    if placed is None:
        raise LookupError("a patient was not placed")
    return Placed(placed.person, tuple(sorted(touched)))


def _sharing(value: str, key: Key) -> dict[str, object]:
    return {"value": value, "source": key.source, "id": key.id}


def _note_merges(tx: Connection, key: Key, survivor: Key | None) -> None:
    """A Patient shares a merge with the one that replaced it, in whatever order the two arrive."""
    if survivor is not None:
        known = [survivor] if _row(tx, survivor) else []
        add_all(tx, national, [_sharing(merge_key(survivor), one) for one in (key, *known)])
    if tx.scalar(sa.select(national.c.id).where(national.c.value == merge_key(key)).limit(1)) is not None:
        add_all(tx, national, [_sharing(merge_key(key), key)])


def person_of(tx: Connection, key: Key) -> int | None:
    """The person of a Patient, where it was placed."""
    row = _row(tx, key)
    return row.person if row else None


def read_person(tx: Connection, number: int) -> StoredPerson | None:
    """A person by number; one whom every Patient left has none."""
    row = tx.execute(sa.select(person).where(person.c.number == number)).one_or_none()
    return StoredPerson(row.number, row.pseudonym, row.in_conflict, tuple(_members(tx, number))) if row else None


def numbers_of(tx: Connection, pseudonyms: Iterable[str]) -> dict[str, int]:
    """The numbers of pseudonyms."""
    rows = tx.execute(sa.select(person.c.pseudonym, person.c.number).where(person.c.pseudonym.in_(list(pseudonyms))))
    return {row[0]: row[1] for row in rows}


def all_persons(tx: Connection, after: int = 0, limit: int = 1000) -> list[int]:
    """Numbers of persons who have a Patient, page by page: a changed pack or tariff looks at everybody."""
    query = sa.select(patient.c.person).where(patient.c.person > after).distinct()
    return list(tx.scalars(query.order_by(patient.c.person).limit(limit)))


def _settle(tx: Connection, nationals: _Nationals, secret: bytes) -> set[int]:
    """Make a group one person, or a person of each where they contradict; answers who is to be looked at again."""
    members = sorted(nationals)
    is_one = len(members) < 2 or not contradict([_current(tx, member)[1] for member in members])
    named_by = [m for m in members if not _is_replaced(m, nationals[m])] or members
    joins = {v for m in named_by for v in nationals[m] if not is_merge(v)} if is_one else set()
    touched: set[int] = set()
    for member in members:
        named = pseudonym(secret, subject_name(joins, _local(named_by[0] if is_one else member)))
        number, changed = _find_or_make(tx, named, not is_one)
        touched |= {number} if changed else set()
        row = _row(tx, member)
        if row is None or row.person != number:
            digest = row.digest if row else _current(tx, member)[0]
            put(tx, patient, {"source": member.source, "id": member.id, "person": number, "digest": digest})
            touched |= {number} | ({row.person} if row and row.person is not None else set())
    return touched


def _is_replaced(key: Key, shared: Iterable[str]) -> bool:
    return any(is_merge(value) and value != merge_key(key) for value in shared)


def _local(key: Key) -> tuple[str, str]:
    return key.source, key.id


def _find_or_make(tx: Connection, named: str, in_conflict: bool) -> tuple[int, bool]:
    """The number of a pseudonym, and whether its conflict is news."""
    row = tx.execute(sa.select(person).where(person.c.pseudonym == named)).one_or_none()
    if row is None:
        made = sa.insert(person).values(pseudonym=named, in_conflict=in_conflict).returning(person.c.number)
        return tx.execute(made).scalar_one(), True
    if row.in_conflict != in_conflict:
        tx.execute(sa.update(person).where(person.c.number == row.number).values(in_conflict=in_conflict))
    return row.number, row.in_conflict != in_conflict


def _groups(nationals: _Nationals) -> list[_Nationals]:
    """Patients who share identifiers, directly or through others, together."""
    left = dict(nationals)
    groups: list[_Nationals] = []
    while left:
        first = min(left)
        group = {first: left.pop(first)}
        while joined := [key for key in left if left[key] & frozenset().union(*group.values())]:
            group.update((key, left.pop(key)) for key in joined)
        groups.append(group)
    return groups


def _linked(tx: Connection, keys: set[Key]) -> set[Key]:
    """These patients and all who share identifiers with them, directly or through others."""
    seen, fresh = set(keys), set(keys)
    while fresh:
        values = set().union(*_nationals_of(tx, fresh).values())
        rows = tx.execute(sa.select(national.c.source, national.c.id).where(national.c.value.in_(values)))
        fresh = {Key(source, "Patient", id_) for source, id_ in rows} - seen
        seen |= fresh
    return seen


def _nationals_of(tx: Connection, keys: Iterable[Key]) -> dict[Key, frozenset[str]]:
    found = {}
    for key in keys:
        mine = sa.select(national.c.value).where(national.c.source == key.source, national.c.id == key.id)
        found[key] = frozenset(tx.scalars(mine))
    return found


def _members(tx: Connection, number: int) -> list[Key]:
    rows = tx.execute(sa.select(patient.c.source, patient.c.id).where(patient.c.person == number))
    return sorted(Key(source, "Patient", id_) for source, id_ in rows)


def _row(tx: Connection, key: Key) -> "sa.Row[tuple[object, ...]] | None":
    return tx.execute(_of_patient(), {"of": key.source, "named": key.id}).one_or_none()


@cache
def _of_patient() -> sa.Select[Any]:
    """Made once: making a statement costs more than running it."""
    return sa.select(patient).where(patient.c.source == sa.bindparam("of"), patient.c.id == sa.bindparam("named"))


def _current(tx: Connection, key: Key) -> tuple[str, Mapping[str, object]]:
    """Digest and content in force of a Patient, scanned: identity needs no decimals."""
    found = contents(tx, key)
    if not found:
        return "", {}
    chosen = current(
        Resource(key, json.loads(c.body) if c.body else {}, c.digest, c.deleted_at) for c in found
    ).resource
    return chosen.digest, dict(chosen.content)
