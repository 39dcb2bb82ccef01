"""Who refers to what, so that a doctor or a payer who changes calls for a look at whoever rests on them."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.store.contents import Subject, contents, patient_named
from adapter.store.tables import alias, identifier, mention
from adapter.store.upserts import add_all

DEEPEST = 4
"""Steps from a resource to the person: an Encounter's role, the role's doctor, the doctor's practice."""


def note_mentions(tx: Connection, key: Key, named: Iterable[Subject]) -> None:
    """What some content of a resource refers to: ("key", source, "Type/id"), ("urn", …, "") or
    ("identifier", system, value)."""
    of = {"source": key.source, "type": key.type, "id": key.id}
    add_all(tx, mention, [{"kind": kind, "one": one, "two": two, **of} for kind, one, two in named])


def patients_resting_on(tx: Connection, key: Key) -> list[Key]:
    """The Patients with a resource that refers to this one, directly or through others that are nobody's."""
    found: set[Key] = set()
    seen, fresh = {key}, {key}
    for _ in range(DEEPEST):
        mentioning = {k for one in fresh for k in _mentioning(tx, one)} - seen
        seen |= mentioning
        fresh = set()
        for one in sorted(mentioning):
            patients = {p for c in contents(tx, one) if (p := patient_named(tx, one.source, c.subject))}
            found |= patients
            fresh |= set() if patients else {one}
    return sorted(found)


def _mentioning(tx: Connection, key: Key) -> list[Key]:
    of = {"source": key.source, "type": key.type, "id": key.id}
    urns, pairs = tx.scalars(_urns(), of).all(), tx.execute(_pairs(), of).all()
    names = [("key", key.source, f"{key.type}/{key.id}"), *(("urn", urn, "") for urn in urns)]
    names += [("identifier", system, value) for system, value in pairs]
    return [Key(*row) for row in tx.execute(_naming(), {"names": names})]


@cache
def _urns() -> sa.Select[Any]:
    """Made once, as those below: making a statement costs more than running it."""
    return sa.select(alias.c.urn).where(*(alias.c[name] == sa.bindparam(name) for name in ("source", "type", "id")))


@cache
def _pairs() -> sa.Select[Any]:
    named = (identifier.c[name] == sa.bindparam(name) for name in ("source", "type", "id"))
    return sa.select(identifier.c.system, identifier.c.value).where(*named)


@cache
def _naming() -> sa.Select[Any]:
    named = sa.tuple_(mention.c.kind, mention.c.one, mention.c.two)
    wanted: sa.BindParameter[Any] = sa.bindparam("names", expanding=True)
    return sa.select(mention.c.source, mention.c.type, mention.c.id).where(named.in_(wanted))
