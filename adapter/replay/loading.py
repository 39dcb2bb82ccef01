"""Loads one person's Record from the spool: their resources, and those these point at, checked before use."""

from collections.abc import Iterator, Mapping
from typing import Any

from adapter.core.assembling import assemble
from adapter.core.records import Record
from adapter.core.references import Contained, Key, Literal, Logical, Urn, parse_reference
from adapter.core.resources import Resource
from adapter.fhir.json_text import loads
from adapter.inbound.checking import as_r4, fault_in
from adapter.inbound.problems import Problem
from adapter.inbound.relevance import CONTEXT_TYPES
from adapter.inbound.rereading import Rereader
from adapter.store.persons import SpooledPerson
from adapter.store.spool import Spool, Spooled

_DEEPEST = 4


class PersonLoader:
    """Builds Records; what turns out to be unsound on the way is left out and listed in `problems`."""

    def __init__(self, spool: Spool, secret: bytes, limit: int) -> None:
        self._spool = spool
        self._secret = secret
        self._rereader = Rereader(limit)
        self.problems: set[Problem] = set()

    def record(self, person: SpooledPerson) -> Record | None:
        """The person's Record; None where no sound Patient is left."""
        contents: dict[tuple[Key, str], Resource] = {}
        aliases: dict[str, Key] = {}
        rows = [row for key in person.patients for row in self._spool.contents_of_patient(key.source, key.id)]
        for _ in range(_DEEPEST):
            fresh = [r for row in rows if (row.key, row.digest) not in contents and (r := self._sound(row))]
            contents.update({(r.key, r.digest): r for r in fresh})
            rows = [
                row for resource in fresh for key in self._named(resource, aliases) for row in self._spool.contents(key)
            ]
            if not rows:
                break
        if not any(r.key.type == "Patient" and r.content for r in contents.values()):
            return None
        return assemble(self._of_person(person, contents.values()), aliases, self._secret, person.in_conflict)

    def _of_person(self, person: SpooledPerson, contents: Any) -> list[Resource]:
        """Nobody else's Patient may enter, whatever refers to it."""
        return [r for r in contents if r.key.type != "Patient" or r.key in person.patients]

    def _sound(self, row: Spooled) -> Resource | None:
        if not row.body:
            return Resource(row.key, {}, row.digest, row.deleted_at)
        content = self._content(row)
        fault = None if row.checked else fault_in(content)
        if fault:
            what = f"{row.key.type} left out: {fault.what}"
            line, _, entry = row.place[1].partition("/")
            place = ", ".join(filter(None, (f"line {line}" if line != "0" else "", f"{entry}.{fault.path}".strip("."))))
            self.problems.add(Problem(row.place[0], place, fault.code, what, fault.remedy))
            return None
        return Resource(row.key, content, row.digest)

    def _content(self, row: Spooled) -> Mapping[str, Any]:
        read_again = None if row.faithful else self._rereader.content(*row.place)
        content: Mapping[str, Any] = read_again if read_again is not None else loads(row.body)
        return content if row.checked else as_r4(content)

    def _named(self, resource: Resource, aliases: dict[str, Key]) -> Iterator[Key]:
        """The keys that a resource's references may mean, of types that facts are read through."""
        for reference in _references(resource.content):
            for key in self._keys(reference, resource.key.source, aliases):
                if key.type in CONTEXT_TYPES and key.type != "Patient":
                    yield key

    def _keys(self, reference: Mapping[str, Any], source: str, aliases: dict[str, Key]) -> list[Key]:
        text, identifier = reference.get("reference"), reference.get("identifier")
        match parse_reference(text) if isinstance(text, str) else None:
            case Literal() as literal:
                return [literal.key(source)]
            case Urn(text=urn):
                keys = self._spool.keys_of_alias(urn)
                aliases.update(dict.fromkeys([urn], keys[0]) if keys else {})
                return keys
            case Logical() as logical:
                return self._spool.keys_of_identifier(logical.type, logical.system, logical.value)
            case Contained():
                return []
        if isinstance(identifier, Mapping) and isinstance(identifier.get("value"), str):
            return self._spool.keys_of_identifier(reference.get("type"), identifier.get("system"), identifier["value"])
        return []


def _references(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("reference"), str) or ("identifier" in node and "type" in node):
            yield node
        for child in node.values():
            if isinstance(child, dict | list):
                yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
