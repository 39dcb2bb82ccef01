"""The record: all current resources known of one person, across sources, and how references in it resolve."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapter.core.references import Contained, Key, Literal, Logical, Urn, parse_reference
from adapter.core.resources import Resource

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A person: the keyed pseudonym, the Patient resources that are this person, and a doubt about the join.

    `in_conflict` is set where a national identifier is shared by patients who contradict each other;
    `identifier` is the qualified national identifier that names the person to others, where there is one.
    """

    pseudonym: str
    patients: tuple[Resource, ...]
    in_conflict: bool = False
    identifier: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Record:
    """One person's current resources (`own`) and those they refer to (`context`: doctors, places, payers).

    `aliases` maps the fullUrls (`urn:uuid:…`) of Bundle entries to keys. `rivals` holds, by key, the
    contents that no version orders against the current one, and what is left of a later one that cannot be relied on.
    """

    person: Person
    own: Sequence[Resource]
    context: Iterable[Resource] = ()
    aliases: Mapping[str, Key] = field(default_factory=dict)
    rivals: Mapping[Key, tuple[Resource, ...]] = field(default_factory=dict)
    _by_key: dict[Key, Resource] = field(init=False, default_factory=dict)
    _by_identifier: dict[tuple[str, str | None, str], Resource] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Index by key, once."""
        for resource in (*self.context, *self.own, *self.person.patients):
            self._by_key[resource.key] = resource

    def with_rival(self, rival: Resource) -> "Record":
        """The same record, read with the other content of one disputed resource; a deletion may be what is disputed."""
        own = [rival if r.key == rival.key else r for r in self.own]
        if rival.key not in self._by_key and rival.key.type != "Patient":
            own.append(rival)
        patients = tuple(rival if r.key == rival.key else r for r in self.person.patients)
        person = replace(self.person, patients=patients)
        context = [rival if r.key == rival.key else r for r in self._by_key.values()]
        return Record(person, own, context, self.aliases)

    def resolve(self, reference: Content, owner: Resource) -> Resource | None:
        """The resource that a Reference in `owner` means, or None; never fetches anything."""
        text = reference.get("reference")
        if isinstance(text, str):
            return self._resolve_text(text, owner)
        identifier = reference.get("identifier")
        if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
            return self._identified(reference.get("type"), identifier.get("system"), identifier["value"])
        return None

    def at(self, key: Key) -> Resource | None:
        """The resource of a key, where the record holds it."""
        return self._by_key.get(key)

    def roles_of(self, practitioner: Resource) -> tuple[Resource, ...]:
        """The PractitionerRoles in the record that are this practitioner's, in the order of their keys."""
        roles = [r for r in self._by_key.values() if r.key.type == "PractitionerRole"]
        named = [r for r in roles if isinstance(r.content.get("practitioner"), dict)]
        theirs = [r for r in named if self.resolve(r.content["practitioner"], r) is practitioner]
        return tuple(sorted(theirs, key=lambda r: r.key))

    def key_of(self, reference: Content, owner: Resource) -> Key | None:
        """The key that a Reference means, known or not."""
        text = reference.get("reference")
        parsed = parse_reference(text) if isinstance(text, str) else None
        if isinstance(parsed, Literal):
            return parsed.key(owner.key.source)
        found = self.resolve(reference, owner)
        return found.key if found else None

    def _resolve_text(self, text: str, owner: Resource) -> Resource | None:
        match parse_reference(text):
            case Contained(id=inner):
                return _contained(owner, inner)
            case Literal() as literal:
                return self._by_key.get(literal.key(owner.key.source))
            case Urn(text=urn):
                return self._by_key.get(self.aliases.get(urn, Key("", "", "")))
            case Logical() as logical:
                return self._identified(logical.type, logical.system, logical.value)
        return None

    def _identified(self, type_name: str | None, system: str | None, value: str) -> Resource | None:
        if self._by_identifier is None:
            self._by_identifier = dict(self._identifiers())
        return self._by_identifier.get((type_name or "", system, value))

    def _identifiers(self) -> Iterable[tuple[tuple[str, str | None, str], Resource]]:
        for resource in sorted(self._by_key.values(), key=lambda r: r.key, reverse=True):
            identifiers = resource.content.get("identifier", [])
            for identifier in identifiers if isinstance(identifiers, list) else (identifiers,):
                if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
                    for kind in (resource.key.type, ""):
                        for system in (identifier.get("system"), None):
                            yield (kind, system, identifier["value"]), resource


def _contained(owner: Resource, inner: str) -> Resource | None:
    if not inner:
        return owner
    for content in owner.content.get("contained", ()):
        if content.get("id") == inner:
            return Resource(Key(owner.key.source, content.get("resourceType", ""), f"{owner.key.id}#{inner}"), content)
    return None
