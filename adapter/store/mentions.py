"""Who refers to what, so that a doctor or a payer who changes calls for a look at whoever rests on them."""

from collections.abc import Iterable

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
    urns = tx.scalars(sa.select(alias.c.urn).filter_by(**of)).all()
    pairs = tx.execute(sa.select(identifier.c.system, identifier.c.value).filter_by(**of)).all()
    names = [("key", key.source, f"{key.type}/{key.id}"), *(("urn", urn, "") for urn in urns)]
    names += [("identifier", system, value) for system, value in pairs]
    where = sa.tuple_(mention.c.kind, mention.c.one, mention.c.two).in_(names)
    return [Key(*row) for row in tx.execute(sa.select(mention.c.source, mention.c.type, mention.c.id).where(where))]
