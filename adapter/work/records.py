"""Reads one person's Record out of the store: their resources, and those these point at."""

from collections.abc import Iterable, Iterator

from sqlalchemy.engine import Connection

from adapter.core.assembling import assemble
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.core.resources import Resource, current
from adapter.fhir.json_text import loads
from adapter.inbound.relevance import BINARY, CONTEXT_TYPES, FOLLOWED
from adapter.store import doubts
from adapter.store.contents import (
    contents,
    contents_of_patient,
    keys_of_alias,
    keys_of_identifier,
    patient_named,
)
from adapter.store.people import StoredPerson
from adapter.work.applying import mentions_in, resource_of

DEEPEST = 4


def read_record(tx: Connection, person: StoredPerson, secret: bytes) -> Record | None:
    """The person's Record; None where no Patient of theirs is left."""
    own = {c.key for patient in person.patients for c in contents_of_patient(tx, patient)}
    found: list[Resource] = []
    aliases: dict[str, Key] = {}
    seen: set[Key] = set()
    keys = own | set(person.patients)
    for _ in range(DEEPEST):
        fresh = [r for key in sorted(keys - seen) for r in _theirs(tx, key, person, key in own)]
        found.extend(fresh)
        seen |= keys
        keys = {k for r in fresh for k in _named(tx, r, aliases) if k.type in FOLLOWED} - seen
    if not any(r.key.type == "Patient" and r.content for r in found):
        return None
    doubted = [Resource(key, loads(body)) for key, body in doubts.of(tx, own)]
    return assemble(found, aliases, secret, person.in_conflict, doubted)


def unknown_context(tx: Connection, record: Record) -> set[Key]:
    """What the record refers to, of types that facts are read through, and the store does not hold."""
    held = [*record.own, *record.person.patients, *record.context]
    named = {k for r in held for k in _named(tx, r, {}) if k.type in CONTEXT_TYPES | {BINARY}}
    return {key for key in named if not contents(tx, key)}


def _theirs(tx: Connection, key: Key, person: StoredPerson, is_own: bool) -> list[Resource]:
    """Every content of a resource; none where the current one is somebody else's."""
    rows = {c.digest: c for c in contents(tx, key)}
    resources = [resource_of(c) for c in rows.values()]
    if not resources or key.type == "Patient":
        return resources if not resources or key in person.patients else []
    chosen = current(resources).resource
    row = rows[chosen.digest]
    patient = patient_named(tx, key.source, row.subject)
    is_ours = patient in person.patients
    is_nobodys = not is_own and not row.subject[0]
    return resources if is_ours or is_nobodys or not chosen.content else []


def _named(tx: Connection, resource: Resource, aliases: dict[str, Key]) -> Iterator[Key]:
    for kind, one, two in mentions_in(resource.content, resource.key.source):
        if kind == "key":
            type_name, _, id_ = two.partition("/")
            yield Key(one, type_name, id_)
        elif kind == "urn":
            keys = keys_of_alias(tx, one)
            aliases.update(dict.fromkeys([one], keys[0]) if keys else {})
            yield from keys
        else:
            yield from _identified(tx, one, two)


def _identified(tx: Connection, system: str, value: str) -> Iterable[Key]:
    return keys_of_identifier(tx, None, system or None, value)
