"""The embedded target's resources, in our own database: every version, and what the current one is searched by.

Callers bring the transaction; whoever replaces a resource locks its current version first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.times import instant_text
from adapter.fhir.json_text import dumps, loads
from adapter.store.engine import serialise
from adapter.store.tables import embedded, embedded_term
from adapter.store.upserts import add_all

_EMBEDDED = 4
"""The number of its lock: two writers must not both find that a resource is not there yet."""

_PATIENT = ("subject", "patient", "for", "beneficiary")
_REFERENCES = ("subject", "account", "context", "encounter", "about", "focus", "for", "target", "beneficiary")
_CODES = ("code", "category", "topic", "type")

Term = tuple[str, str, str]
"""What a resource is found by: the parameter's name, a value, and its system (empty: none)."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one resource; `content` carries id, versionId and lastUpdated."""

    type: str
    id: str
    version: int
    updated: datetime
    is_current: bool
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One search parameter: resources that have any of these values; a None stands for any system, or any value."""

    name: str
    values: tuple[tuple[str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search: every parameter must hold; `changed` bounds lastUpdated, each as (">=", instant)."""

    parameters: tuple[AnyOf, ...] = ()
    ids: tuple[str, ...] | None = None
    changed: tuple[tuple[str, datetime], ...] = ()


def alone(tx: Connection) -> None:
    """Let nobody else write to the embedded target until this transaction ends."""
    serialise(tx, _EMBEDDED)


def read(tx: Connection, type_name: str, resource_id: str, version: int | None = None) -> Version | None:
    """The current version, or one that is named."""
    which = embedded.c.is_current if version is None else embedded.c.version == version
    where = (embedded.c.type == type_name, embedded.c.id == resource_id, which)
    return next(_versions(tx, sa.select(embedded).where(*where)), None)


def history(tx: Connection, type_name: str, resource_id: str, limit: int) -> list[Version]:
    """The newest versions of a resource, newest first."""
    where = (embedded.c.type == type_name, embedded.c.id == resource_id)
    query = sa.select(embedded).where(*where).order_by(embedded.c.version.desc())
    return list(_versions(tx, query.limit(limit)))


def write(tx: Connection, content: Mapping[str, Any], now: datetime) -> Version:
    """Store a content as the next version of its resource; `alone` first."""
    type_name, resource_id = str(content["resourceType"]), str(content["id"])
    of_resource = (embedded.c.type == type_name, embedded.c.id == resource_id)
    last = tx.scalar(sa.select(sa.func.max(embedded.c.version)).where(*of_resource)) or 0
    meta = {**content.get("meta", {}), "versionId": str(last + 1), "lastUpdated": instant_text(now)}
    stored = {"resourceType": type_name, "id": resource_id, "meta": meta} | {
        name: value for name, value in content.items() if name not in ("resourceType", "id", "meta")
    }
    tx.execute(sa.update(embedded).where(*of_resource, embedded.c.is_current).values(is_current=False))
    row = {"type": type_name, "id": resource_id, "version": last + 1, "updated": now, "is_current": True}
    tx.execute(sa.insert(embedded).values(**row, body=dumps(stored)))
    _index(tx, type_name, resource_id, stored)
    return Version(type_name, resource_id, last + 1, now, True, stored)


def search(
    tx: Connection,
    type_name: str,
    wanted: Wanted,
    limit: int,
    after: tuple[datetime, str] | None = None,
    newest_first: bool = False,
) -> list[Version]:
    """Current resources in the order of their last change; `after` is (updated, id) of the last one seen."""
    place = sa.tuple_(embedded.c.updated, embedded.c.id)
    where = [*_conditions(type_name, wanted)]
    if after is not None:
        last = sa.tuple_(sa.literal(after[0], embedded.c.updated.type), sa.literal(after[1]))
        where.append(place < last if newest_first else place > last)
    order = [c.desc() if newest_first else c.asc() for c in (embedded.c.updated, embedded.c.id)]
    return list(_versions(tx, sa.select(embedded).where(*where).order_by(*order).limit(limit)))


def count(tx: Connection, type_name: str, wanted: Wanted) -> int:
    """How many a search finds."""
    query = sa.select(sa.func.count()).select_from(embedded).where(*_conditions(type_name, wanted))
    return int(tx.execute(query).scalar_one())


def types(tx: Connection) -> list[str]:
    """The types of which there is any resource."""
    return list(tx.scalars(sa.select(embedded.c.type).where(embedded.c.is_current).distinct().order_by("type")))


def terms_of(content: Mapping[str, Any]) -> set[Term]:
    """What a resource is found by."""
    found: set[Term] = {
        ("identifier", str(one["value"]), str(one.get("system", "")))
        for one in _objects(content.get("identifier"))
        if "value" in one
    }
    if isinstance(content.get("status"), str):
        found.add(("status", content["status"], ""))
    for name in _CODES:
        for concept in _objects(content.get(name)):
            codings = concept.get("coding") or ([concept] if "code" in concept else [])
            found |= {(name, str(c["code"]), str(c.get("system", ""))) for c in _objects(codings) if "code" in c}
    for name in _REFERENCES:
        for reference in _objects(content.get(name)):
            found |= set(_of_reference(name, reference))
            found |= set(_of_reference("patient", reference)) if name in _PATIENT else set()
    return found


def _of_reference(name: str, reference: Mapping[str, Any]) -> Iterator[Term]:
    """By the address in full, by `Type/id`, and by the id; `patient:identifier` by the logical identifier."""
    text = reference.get("reference")
    if isinstance(text, str):
        plain = text.partition("/_history/")[0]
        parts = plain.rsplit("/", 2)
        yield from ((name, value, "") for value in {plain, "/".join(parts[-2:]), parts[-1]})
    for one in _objects(reference.get("identifier")):
        if "value" in one:
            yield f"{name}:identifier", str(one["value"]), str(one.get("system", ""))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    items: Sequence[Any] = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, Mapping)]


def _index(tx: Connection, type_name: str, resource_id: str, content: Mapping[str, Any]) -> None:
    tx.execute(sa.delete(embedded_term).where(embedded_term.c.type == type_name, embedded_term.c.id == resource_id))
    of = {"type": type_name, "id": resource_id}
    rows = [{**of, "name": n, "value": v, "system": s} for n, v, s in sorted(terms_of(content))]
    add_all(tx, embedded_term, rows)


def _conditions(type_name: str, wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    yield embedded.c.type == type_name
    yield embedded.c.is_current
    if wanted.ids is not None:
        yield embedded.c.id.in_(wanted.ids)
    for sign, at in wanted.changed:
        yield embedded.c.updated.op(sign, is_comparison=True)(sa.literal(at, embedded.c.updated.type))
    for parameter in wanted.parameters:
        yield embedded.c.id.in_(_ids_by(type_name, parameter))


def _ids_by(type_name: str, parameter: AnyOf) -> "sa.Select[tuple[str]]":
    term = embedded_term.c
    alternatives = [
        sa.and_(
            term.value == value if value is not None else sa.true(),
            term.system == system if system is not None else sa.true(),
        )
        for system, value in parameter.values
    ]
    return sa.select(term.id).where(term.type == type_name, term.name == parameter.name, sa.or_(*alternatives))


def _versions(tx: Connection, query: "sa.Select[Any]") -> Iterator[Version]:
    return (Version(r.type, r.id, r.version, r.updated, r.is_current, loads(r.body)) for r in tx.execute(query))
