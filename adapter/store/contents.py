"""Every content received of every resource, and whose it is.

A resource may name its Patient by an alias or an identifier long before that Patient arrives, and a second
Patient may make a name ambiguous later; so names are kept as sent and resolved when asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.identity import is_national_system
from adapter.core.references import Key
from adapter.store.tables import alias, content, identifier
from adapter.store.upserts import add_all, insert_into

Subject = tuple[str, str, str]
"""How a resource names its Patient: (kind, one, two) with kind `key`, `urn`, `identifier`, or empty."""


@dataclass(frozen=True, slots=True)
class Content:
    """One content of one resource: the exact text, empty for a deletion; `event` is the first that brought it.

    `calls`: it calls for a look at its person.
    """

    key: Key
    digest: str
    body: str
    version: str | None = None
    updated: str | None = None
    deleted_at: str | None = None
    subject: Subject = ("", "", "")
    calls: bool = False
    event: int | None = None


_ORDER = (content.c.source, content.c.type, content.c.id, content.c.digest)


def add(tx: Connection, one: Content, aliases: Iterable[str] = (), identifiers: Iterable[tuple[str, str]] = ()) -> bool:
    """Keep a content with the names it goes by; False where the same was there already.

    One that was there without its subject, because no pack read it, gets it.
    """
    key = one.key
    kind, first, second = one.subject
    row = {
        "source": key.source,
        "type": key.type,
        "id": key.id,
        "digest": one.digest,
        "version": one.version,
        "updated": one.updated,
        "deleted_at": one.deleted_at,
        "body": one.body,
        "subject_kind": kind,
        "subject_one": first,
        "subject_two": second,
        "calls": one.calls,
        "event": one.event,
    }
    fresh = tx.execute(_adding(tx.dialect.name), row).one_or_none()
    of = {"source": key.source, "type": key.type, "id": key.id}
    add_all(tx, alias, [{"urn": urn, **of} for urn in aliases])
    add_all(tx, identifier, [{"system": system, "value": value, **of} for system, value in identifiers])
    return fresh is not None


def is_kept(known: Iterable[Content], one: Content) -> bool:
    """Whether a content is among those known of its resource, names and subject included: `add` would change nothing.

    Ask first: on PostgreSQL `add` waits for everybody who adds the same, and a doctor is the same for many. What was
    kept unread came with no event and has no subject: its names were not kept.
    """
    return any(c.digest == one.digest and (c.subject[0] or (c.event is not None and not one.subject[0])) for c in known)


@cache
def _adding(dialect: str) -> sa.Insert:
    """Made once: making a statement costs more than running it."""
    made = insert_into(dialect, content)
    told = {name: made.excluded[name] for name in ("subject_kind", "subject_one", "subject_two", "calls")}
    is_told = sa.and_(content.c.subject_kind == "", made.excluded.subject_kind != "")
    names = [column.name for column in content.primary_key.columns]
    kept = made.on_conflict_do_update(index_elements=names, set_=told, where=is_told)
    return kept.returning(content.c.digest)


def contents(tx: Connection, key: Key) -> list[Content]:
    """Every content of one resource."""
    return [_content(row) for row in tx.execute(_of_key(), {"source": key.source, "type": key.type, "id": key.id})]


@cache
def _of_key() -> sa.Select[Any]:
    named = (content.c[name] == sa.bindparam(name) for name in ("source", "type", "id"))
    return sa.select(content).where(*named).order_by(*_ORDER)


def drop(tx: Connection, key: Key, digests: Iterable[str]) -> None:
    """Forget contents that their source overruled."""
    tx.execute(sa.delete(content).where(_is(content, key), content.c.digest.in_(list(digests))))


def contents_of_patient(tx: Connection, patient: Key) -> list[Content]:
    """Every content whose subject is that Patient, the Patient's own included."""
    named = sa.tuple_(content.c.subject_kind, content.c.subject_one, content.c.subject_two)
    names: list[Subject] = [("key", patient.source, patient.id), *_other_names(tx, patient)]
    found = _select(tx, named.in_(names))
    resolved = {(c.key.source, c.subject) for c in found if c.subject[0] != "key"}
    theirs = {name for name in resolved if patient_named(tx, *name) == patient}
    return [c for c in found if c.subject[0] == "key" or (c.key.source, c.subject) in theirs]


def patient_named(tx: Connection, source: str, subject: Subject) -> Key | None:
    """The one Patient that a resource of a source means, known or not; None where none or several answer.

    The resource's own source is asked first; another source's identifier counts only if it is national.
    """
    kind, one, two = subject
    match kind:
        case "key":
            return Key(one, "Patient", two)
        case "urn":
            patients = [k for k in keys_of_alias(tx, one) if k.type == "Patient"]
            is_anywhere = True
        case "identifier":
            patients, is_anywhere = keys_of_identifier(tx, "Patient", one, two), is_national_system(one)
        case _:
            return None
    chosen = [k for k in patients if k.source == source] or (patients if is_anywhere else [])
    if len(chosen) == 1 or (chosen and kind == "identifier" and is_anywhere):
        return chosen[0]
    return None


def patients_by_same_names(tx: Connection, patient: Key) -> list[Key]:
    """Other Patients that go by an alias or identifier of this one: its arrival may make their names ambiguous."""
    found: set[Key] = set()
    for kind, one, two in _other_names(tx, patient):
        keys = keys_of_alias(tx, one) if kind == "urn" else keys_of_identifier(tx, "Patient", one, two)
        found.update(key for key in keys if key.type == "Patient")
    return sorted(found - {patient})


def keys_of_alias(tx: Connection, urn: str) -> list[Key]:
    """The resources that an entry's `urn:` fullUrl names: one, unless two Bundles reuse it."""
    names = (alias.c.source, alias.c.type, alias.c.id)
    return [Key(*row) for row in tx.execute(sa.select(*names).where(alias.c.urn == urn).order_by(*names))]


def keys_of_identifier(tx: Connection, type_name: str | None, system: str | None, value: str) -> list[Key]:
    """The resources that carry an identifier; None stands for any type, any system."""
    names = (identifier.c.source, identifier.c.type, identifier.c.id)
    where = [identifier.c.value == value]
    where += [identifier.c.type == type_name] if type_name is not None else []
    where += [identifier.c.system == system] if system is not None else []
    return [Key(*row) for row in tx.execute(sa.select(*names).where(*where).distinct().order_by(*names))]


def _other_names(tx: Connection, key: Key) -> list[Subject]:
    urns = tx.scalars(sa.select(alias.c.urn).where(_is(alias, key)).order_by(alias.c.urn)).all()
    pairs = tx.execute(sa.select(identifier.c.system, identifier.c.value).where(_is(identifier, key))).all()
    return [*(("urn", urn, "") for urn in urns), *(("identifier", system, value) for system, value in sorted(pairs))]


def _is(table: sa.Table, key: Key) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.source == key.source, table.c.type == key.type, table.c.id == key.id)


def _select(tx: Connection, where: sa.ColumnElement[bool]) -> list[Content]:
    return [_content(row) for row in tx.execute(sa.select(content).where(where).order_by(*_ORDER))]


def _content(row: sa.Row[Any]) -> Content:
    return Content(
        Key(row.source, row.type, row.id),
        row.digest,
        row.body,
        row.version,
        row.updated,
        row.deleted_at,
        (row.subject_kind, row.subject_one, row.subject_two),
        row.calls,
        row.event,
    )
