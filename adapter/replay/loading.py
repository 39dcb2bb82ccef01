"""Loads one person's Record from the spool: their resources, and those these point at, checked before use."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from adapter.core.assembling import NOT_OF_A_PERSON, assemble
from adapter.core.records import Record
from adapter.core.references import Contained, Key, Literal, Logical, Urn, parse_reference
from adapter.core.resources import Resource, current
from adapter.fhir.json_text import loads
from adapter.inbound.checking import as_r4, fault_in
from adapter.inbound.problems import Problem
from adapter.inbound.referring import references_in
from adapter.inbound.relevance import FOLLOWED
from adapter.inbound.rereading import Rereader
from adapter.inbound.superseding import doubt_of
from adapter.store.persons import SpooledPerson
from adapter.store.spool import Spool, Spooled

_DEEPEST = 4
_SHARED = 512


class PersonLoader:
    """Builds Records; what turns out to be unsound on the way is left out and listed in `problems`."""

    def __init__(self, spool: Spool, secret: bytes, limit: int) -> None:
        self._spool = spool
        self._secret = secret
        self._rereader = Rereader(limit)
        self._shared: OrderedDict[str, Resource | None] = OrderedDict()
        self.problems: set[Problem] = set()

    def record(self, person: SpooledPerson) -> Record | None:
        """The person's Record; None where no sound Patient is left."""
        own = {row.key for key in person.patients for row in self._spool.contents_of_patient(key.source, key.id)}
        contents: list[Resource] = []
        aliases: dict[str, Key] = {}
        seen: set[Key] = set()
        keys = own | set(person.patients)
        for _ in range(_DEEPEST):
            fresh = [r for key in sorted(keys - seen) for r in self._contents(key, person, key in own)]
            contents.extend(fresh)
            seen |= keys
            keys = {key for resource in fresh for key in self._named(resource, aliases)} - seen
        if not any(r.key.type == "Patient" and r.content for r in contents):
            return None
        doubts = [Resource(key, loads(body)) for key, body in self._spool.doubts(own)]
        return assemble(contents, aliases, self._secret, person.in_conflict, doubts)

    def _contents(self, key: Key, person: SpooledPerson, is_own: bool) -> list[Resource]:
        """Every sound content of a resource; none where it is somebody else's, whatever refers to it."""
        rows = {row.digest: row for row in self._spool.contents(key)}
        sound = [r for row in rows.values() if (r := self._sound(row))]
        if not sound or key.type == "Patient":
            return sound
        chosen = current(sound)
        disputed = (chosen.resource, *chosen.rivals)
        ours = [r for r in disputed if not r.content or _may_be_of(person, rows[r.digest].subject, is_own)]
        if len(ours) == len(disputed):
            return sound
        # To this person, a rival that is somebody else's says that there is no such resource.
        return [r if r in ours else Resource(key, {}, r.digest) for r in disputed] if ours else []

    def _sound(self, row: Spooled) -> Resource | None:
        """The resource if it is sound; what many persons share (doctors, places) is checked once."""
        if row.key.type not in NOT_OF_A_PERSON:
            return self._checked(row)
        name = f"{row.key.text} {row.key.source} {row.digest}"
        if name not in self._shared:
            self._shared[name] = self._checked(row)
            if len(self._shared) > _SHARED:
                self._shared.popitem(last=False)
        return self._shared[name]

    def _checked(self, row: Spooled) -> Resource | None:
        if not row.body:
            return Resource(row.key, {}, row.digest, row.deleted_at)
        content = self._content(row)
        fault = None if row.checked else fault_in(content)
        if fault:
            what = f"{row.key.type} left out: {fault.what}"
            line, _, entry = row.place[1].partition("/")
            place = ", ".join(filter(None, (f"line {line}" if line != "0" else "", f"{entry}.{fault.path}".strip("."))))
            self.problems.add(Problem(row.place[0], place, fault.code, what, fault.remedy))
            self._spool.note_doubt(row.key, doubt_of(content))
            return None
        return Resource(row.key, content, row.digest)

    def _content(self, row: Spooled) -> Mapping[str, Any]:
        read_again = None if row.faithful else self._rereader.content(*row.place)
        content: Mapping[str, Any] = read_again if read_again is not None else loads(row.body)
        return content if row.checked else as_r4(content)

    def _named(self, resource: Resource, aliases: dict[str, Key]) -> Iterator[Key]:
        """The keys that a resource's references may mean, of types that facts are read through."""
        for reference in references_in(resource.content):
            for key in self._keys(reference, resource.key.source, aliases):
                if key.type in FOLLOWED:
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


def _may_be_of(person: SpooledPerson, subject: tuple[str, str, str], is_own: bool) -> bool:
    """Whether a content is the person's, or names nobody and is only referred to by what is theirs."""
    kind, source, patient_id = subject
    return Key(source, "Patient", patient_id) in person.patients or (not is_own and not kind)
