"""Puts one person's resources together into a Record: the current content of each, and its rivals."""

from collections.abc import Iterable, Mapping

from adapter.core.identity import join_key, national_identifiers, pseudonym, subject_name, successor_of
from adapter.core.records import Person, Record
from adapter.core.references import Key
from adapter.core.resources import Resource, current

NOT_OF_A_PERSON = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Location", "Device", "HealthcareService"}
)


def assemble(
    contents: Iterable[Resource], aliases: Mapping[str, Key], secret: bytes, in_conflict: bool = False
) -> Record:
    """The Record of the one person whose contents (all versions, in any order) these are.

    `secret` keys the pseudonym; `in_conflict` names the person by its local key, since the national
    identifier is shared with somebody else. Raises ValueError where no Patient is left.
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
        own=[r for r in living if r.key.type != "Patient" and r.key.type not in NOT_OF_A_PERSON],
        context=[r for r in living if r.key.type in NOT_OF_A_PERSON],
        aliases=aliases,
        rivals={key: c.rivals for key, c in chosen.items() if c.rivals},
    )


def _person(patients: tuple[Resource, ...], secret: bytes, in_conflict: bool) -> Person:
    nationals = [] if in_conflict else [i for p in patients for i in national_identifiers(p.content)]
    first = min(p.key for p in patients)
    name = pseudonym(secret, subject_name(map(join_key, nationals), (first.source, first.id)))
    return Person(name, patients, in_conflict, min(nationals, key=join_key, default=None))
