"""Puts one person's resources together into a Record: the current content of each, and its rivals."""

from collections.abc import Iterable, Mapping

from adapter.core.identity import join_key, national_identifiers, pseudonym, subject_name, successor_of
from adapter.core.records import Person, Record
from adapter.core.references import Key
from adapter.core.resources import Current, Resource, current, replaced

NOT_OF_A_PERSON = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Location", "Device", "HealthcareService"}
)


def assemble(
    contents: Iterable[Resource],
    aliases: Mapping[str, Key],
    secret: bytes,
    in_conflict: bool = False,
    doubts: Iterable[Resource] = (),
) -> Record:
    """The Record of the one person whose contents (all versions, in any order) these are.

    `secret` keys the pseudonym; `in_conflict` names the person by its local key, since the national
    identifier is shared with somebody else. `doubts` are versions that cannot be relied on, of which only their
    place among the others is known: what one of them replaced is disputed. Raises ValueError where no Patient is left.
    """
    by_key: dict[Key, list[Resource]] = {}
    for content in contents:
        by_key.setdefault(content.key, []).append(content)
    chosen = {key: current(by_key[key]) for key in sorted(by_key)}
    living = [c.resource for c in chosen.values() if c.resource.content]
    shown = [r for r in living if r.key.type == "Patient"]
    # One that was merged into another must no longer be used (R4 Patient.link), unless it is all that is known.
    patients = tuple(r for r in shown if successor_of(r.content, r.key) is None) or tuple(shown)
    if not patients:
        raise ValueError("a record needs a Patient")
    person = _person(patients, secret, in_conflict)
    return Record(
        person,
        own=[r for r in living if is_own(r.key)],
        context=[r for r in living if r.key.type in NOT_OF_A_PERSON],
        aliases=aliases,
        rivals={key: c.rivals for key, c in chosen.items() if c.rivals} | _doubted(chosen, doubts),
    )


def _doubted(chosen: Mapping[Key, Current], doubts: Iterable[Resource]) -> dict[Key, tuple[Resource, ...]]:
    """The rivals of a person's own resources that were surely replaced by what nobody can read."""
    found = {}
    for doubt in doubts:
        force = chosen.get(doubt.key)
        if force and is_own(doubt.key) and all(replaced(doubt, one) for one in (force.resource, *force.rivals)):
            found[doubt.key] = (*force.rivals, doubt)
    return found


def is_own(key: Key) -> bool:
    """Whether a resource is about one person, and no Patient."""
    return key.type != "Patient" and key.type not in NOT_OF_A_PERSON


def _person(patients: tuple[Resource, ...], secret: bytes, in_conflict: bool) -> Person:
    nationals = [] if in_conflict else [i for p in patients for i in national_identifiers(p.content)]
    first = min(p.key for p in patients)
    name = pseudonym(secret, subject_name(map(join_key, nationals), (first.source, first.id)))
    return Person(name, patients, in_conflict, min(nationals, key=join_key, default=None))
