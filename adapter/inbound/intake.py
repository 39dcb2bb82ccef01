"""Reads files into the spool: what a pack reads is kept exactly and checked, the rest passes by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from adapter.core.references import Key
from adapter.fhir.elements import is_resource
from adapter.fhir.json_text import dumps
from adapter.inbound.binaries import Binaries
from adapter.inbound.checking import Fault, as_r4, fault_in
from adapter.inbound.clocks import instant_of, latest_instant
from adapter.inbound.digests import digest_of
from adapter.inbound.documents import DEFAULT_LIMIT, Document, read_documents
from adapter.inbound.entries import Entry, Raw, made_of, raw_entries
from adapter.inbound.files import InputFile
from adapter.inbound.parsing import Unreadable, exact, problem_at, scan
from adapter.inbound.problems import Problem
from adapter.inbound.relevance import BINARY, Relevance, Worth
from adapter.inbound.subjects import subject_of
from adapter.inbound.superseding import Superseding, doubt_of, is_in_force, version_of
from adapter.store.spool import Spool, Spooled


@dataclass
class Intake:
    """One run's reading. `latest` is the latest instant that anything kept speaks of."""

    relevance: Relevance
    spool: Spool
    limit: int = DEFAULT_LIMIT
    latest: datetime | None = None
    resources: int = 0
    kept: int = field(default=0)
    _binaries: Binaries = field(init=False)
    _superseding: Superseding = field(init=False)

    def __post_init__(self) -> None:
        """Binaries, and what no pack reads, wait in the same spool."""
        self._binaries = Binaries(self.spool, self.limit)
        self._superseding = Superseding(self.relevance, self.spool, self.limit)

    def read(self, file: InputFile) -> Iterator[Problem]:
        """Read one file; what cannot be read or relied on is a Problem, and the rest goes on."""
        for document in read_documents(file, self.limit):
            if isinstance(document, Problem):
                yield document
                continue
            try:
                yield from self._read_document(document)
            except Unreadable as unreadable:
                yield unreadable.problem

    def finish(self) -> Iterator[Problem]:
        """After the last file: read what may replace something kept, and the Binaries that something kept names."""
        faulty: list[tuple[Spooled, Problem]] = []
        for found in self._superseding.fetch():
            if isinstance(found, Problem):
                yield found
            else:
                faulty += self._keep_unread(*found)
        yield from (problem for row, problem in faulty if is_in_force(self.spool, row))
        for row, alias in self._binaries.fetch():
            self.kept += 1
            self.spool.add(row, [alias] if alias else [], [])

    def _read_document(self, document: Document) -> Iterator[Problem]:
        content = scan(document)
        if not isinstance(content, dict | list):
            yield problem_at(document, "", "not-fhir", "is no FHIR resource", "give Bundles or resources")
            return
        worth: dict[int, tuple[Worth | None, Raw]] = {}
        unread: list[Raw] = []
        for position, raw in enumerate(raw_entries(content)):
            self.resources += 1
            kind = raw[3].get("resourceType")
            if kind in self.relevance.types:
                why = self.relevance.of(raw[3])
                if why is not None:
                    worth[position] = why, raw
                else:
                    unread.append(raw)
            elif kind == BINARY:
                self._binaries.note(document, raw)
            elif not is_resource(str(kind)):
                if _is_deletion(raw):
                    worth[position] = None, raw
                else:
                    yield _unknown_type(document, raw)
        if unread:
            self._superseding.note(document, unread)
        if worth:
            yield from self._keep_those(document, content, worth)

    def _keep_those(
        self, document: Document, content: Any, worth: dict[int, tuple[Worth | None, Raw]]
    ) -> Iterator[Problem]:
        faithful = any(why is Worth.CALLS for why, _ in worth.values())
        if faithful:
            content = exact(document)
            raws = {position: raw for position, raw in enumerate(raw_entries(content)) if position in worth}
        else:
            raws = {position: raw for position, (_, raw) in worth.items()}
        for position, raw in raws.items():
            for entry in made_of(raw, document.file.label):
                yield from self._keep(document, entry, worth[position][0], faithful)
        sent = content.get("timestamp") if isinstance(content, Mapping) else None
        if isinstance(sent, str):
            self._notice(instant_of(sent))

    def _keep(self, document: Document, entry: Entry, why: Worth | None, faithful: bool) -> Iterator[Problem]:
        if entry.key is None:
            return
        resource: Mapping[str, Any] = as_r4(entry.resource) if entry.resource else {}
        calls = why is Worth.CALLS
        if calls and (fault := fault_in(resource)):
            self.spool.note_doubt(entry.key, doubt_of(resource))
            yield _left_out(document, entry, fault, f"{entry.key.type} left out")
            return
        self.kept += 1
        self._notice(latest_instant(resource))
        self.spool.add(_spooled(document, entry, resource, calls, faithful), _aliases(entry), identifiers_of(resource))
        self._binaries.want(resource, entry.key.source)

    def _keep_unread(self, document: Document, entry: Entry) -> Iterator[tuple[Spooled, Problem]]:
        """Keep a content that no pack reads beside one that a pack reads, which it may have replaced."""
        resource = as_r4(entry.resource)
        row = _spooled(document, entry, resource, calls=False, faithful=True)
        if fault := fault_in(resource):
            yield row, _left_out(document, entry, fault, f"{row.key.type} left out, and what it replaced")
            row = replace(row, body=dumps(version_of(resource)))
        else:
            self._notice(latest_instant(resource))
        self.kept += 1
        self.spool.add(replace(row, checked=True), _aliases(entry), identifiers_of(resource))

    def _notice(self, at: datetime | None) -> None:
        if at is not None and (self.latest is None or at > self.latest):
            self.latest = at


def _left_out(document: Document, entry: Entry, fault: Fault, what: str) -> Problem:
    place = ".".join(filter(None, (entry.place, fault.path)))
    return problem_at(document, place, fault.code, f"{what}: {fault.what}", fault.remedy)


def _spooled(document: Document, entry: Entry, resource: Mapping[str, Any], calls: bool, faithful: bool) -> Spooled:
    key = entry.key or Key("", "", "")
    subject = subject_of(resource, key) if resource else None
    is_line = bool(document.line) and not entry.place
    return Spooled(
        key=key,
        digest=digest_of(resource, entry.deleted_at),
        body=_body(document, resource, faithful, is_line),
        place=(str(document.file.path), f"{document.line}/{entry.place}"),
        calls=calls,
        faithful=faithful or is_line,
        checked=calls,
        deleted_at=entry.deleted_at,
        subject=(subject.kind, subject.one, subject.two) if subject else ("", "", ""),
    )


def _body(document: Document, resource: Mapping[str, Any], faithful: bool, is_line: bool) -> str:
    """The text to keep: exact where it was read exactly, the line itself, or a scan that is read again if needed."""
    if not resource:
        return ""
    if faithful:
        return dumps(resource)
    return document.data.decode() if is_line else orjson.dumps(resource).decode()


def _aliases(entry: Entry) -> Iterable[str]:
    return [entry.alias] if entry.alias else []


def identifiers_of(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The (system, value) pairs that a resource goes by."""
    identifiers = resource.get("identifier", ())
    for identifier in identifiers if isinstance(identifiers, list) else (identifiers,):
        if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
            yield str(identifier.get("system", "")), identifier["value"]


def _is_deletion(raw: Raw) -> bool:
    return any(entry.deleted_at is not None for entry in made_of(raw, ""))


def _unknown_type(document: Document, raw: Raw) -> Problem:
    before, number, _, resource, _ = raw
    kind = resource.get("resourceType")
    what = "its resourceType is none of FHIR R4" if kind else "has no resourceType"
    place = f"{before}entry[{number}]" if number >= 0 else before
    return problem_at(document, place, "unknown-type", what, "correct or remove it")
