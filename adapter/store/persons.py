"""Groups the spool's patients into persons: by qualified national identifiers, unless they contradict each other."""

import json
from array import array
from collections.abc import Container, Iterator
from dataclasses import dataclass

from adapter.core.identity import contradict, join_key, national_identifiers, pseudonym, subject_name, successor_of
from adapter.core.references import Key
from adapter.core.resources import Resource, current
from adapter.store.spool import Spool


@dataclass(frozen=True, slots=True)
class SpooledPerson:
    """A person of the spool: the pseudonym, the Patients, and whether a shared identifier was refused."""

    pseudonym: str
    patients: tuple[Key, ...]
    in_conflict: bool


def group_persons(spool: Spool, secret: bytes) -> None:
    """Fill the spool's persons; call it once, after all is read."""
    parents = array("q", [0])
    merged: dict[int, Key] = {}
    for number, source, patient_id in spool.sql.execute("SELECT number, source, id FROM patient ORDER BY number"):
        parents.append(number)
        key = Key(source, "Patient", patient_id)
        shown = _patient(spool, key)
        for identifier in national_identifiers(shown):
            spool.sql.execute("INSERT OR IGNORE INTO national VALUES (?, ?)", (join_key(identifier), number))
        if survivor := successor_of(shown, key):
            merged[number] = survivor
    for number, survivor in merged.items():
        found = (survivor.source, survivor.id)
        for (other,) in spool.sql.execute("SELECT number FROM patient WHERE (source, id) = (?, ?)", found):
            parents[_root(parents, number)] = _root(parents, other)
    last: tuple[str, int] = ("", 0)
    for value, number in spool.sql.execute("SELECT value, patient FROM national ORDER BY value, patient"):
        if value == last[0]:
            parents[_root(parents, number)] = _root(parents, last[1])
        last = (value, number)
    roots = ((_root(parents, number), number) for number in range(1, len(parents)))
    spool.sql.executemany("UPDATE patient SET person = ? WHERE number = ?", roots)
    refused = []
    for (root,) in spool.sql.execute("SELECT number FROM patient WHERE person = number ORDER BY number"):
        if _is_one(spool, root):
            _name(spool, root, secret, merged.keys())
        else:
            refused.append(root)
    for root in refused:
        _name_apart(spool, root, secret)


def _root(parents: "array[int]", number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _patient(spool: Spool, key: Key) -> dict[str, object]:
    """A Patient's current content, scanned: identity needs no decimals."""
    contents = [
        Resource(key, json.loads(r.body) if r.body else {}, r.digest, r.deleted_at) for r in spool.contents(key)
    ]
    return dict(current(contents).resource.content)


def _members(spool: Spool, root: int) -> list[tuple[int, str, str]]:
    found = spool.sql.execute("SELECT number, source, id FROM patient WHERE person = ? ORDER BY source, id", (root,))
    return found.fetchall()


def _is_one(spool: Spool, root: int) -> bool:
    members = _members(spool, root)
    return len(members) < 2 or not contradict([_patient(spool, Key(s, "Patient", i)) for _, s, i in members])


def _name(spool: Spool, root: int, secret: bytes, merged: Container[int]) -> None:
    """One person for a group, named by those of its Patients that were not merged into another."""
    members = _members(spool, root)
    named_by = [member for member in members if member[0] not in merged] or members
    values = [
        value
        for number, _, _ in named_by
        for (value,) in spool.sql.execute("SELECT value FROM national WHERE patient = ?", (number,))
    ]
    named = pseudonym(secret, subject_name(values, named_by[0][1:]))
    spool.sql.execute("INSERT INTO person VALUES (?, ?, 0)", (root, named))


def _name_apart(spool: Spool, root: int, secret: bytes) -> None:
    """One person for each Patient of a group that contradicts itself."""
    for number, source, patient_id in _members(spool, root):
        spool.sql.execute("UPDATE patient SET person = ? WHERE number = ?", (number, number))
        spool.sql.execute(
            "INSERT INTO person VALUES (?, ?, 1)", (number, pseudonym(secret, subject_name((), (source, patient_id))))
        )


_CALLED = (
    " FROM content JOIN patient ON subject_kind = 'key' AND patient.source = subject_one AND patient.id = subject_two"
    " JOIN person ON person.number = patient.person WHERE calls"
)


def count_to_judge(spool: Spool) -> int:
    """How many persons `persons_to_judge` yields."""
    return int(spool.sql.execute("SELECT count(DISTINCT person.number)" + _CALLED).fetchone()[0])


def persons_to_judge(spool: Spool) -> Iterator[SpooledPerson]:
    """Every person whom some resource calls for a look at, in the order of pseudonyms."""
    columns = "SELECT DISTINCT person.number, pseudonym, in_conflict"
    for number, name, in_conflict in spool.sql.execute(columns + _CALLED + " ORDER BY pseudonym, person.number"):
        keys = spool.sql.execute("SELECT source, id FROM patient WHERE person = ? ORDER BY source, id", (number,))
        yield SpooledPerson(name, tuple(Key(s, "Patient", i) for s, i in keys.fetchall()), bool(in_conflict))
