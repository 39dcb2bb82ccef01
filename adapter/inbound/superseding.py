"""Contents that no pack reads, of resources of which a pack reads another: a visit that was retyped, a letter refiled.

Without them an older content would count as current. Where one stands is put down as it passes by; only those of
kept resources are read once more at the end, so that all others cost next to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from adapter.core.resources import Resource, current
from adapter.fhir.json_text import dumps, loads
from adapter.inbound.documents import Document, read_documents
from adapter.inbound.entries import Entry, Raw, made_of, raw_entries
from adapter.inbound.files import InputFile
from adapter.inbound.parsing import Unreadable, exact, scan
from adapter.inbound.problems import Problem
from adapter.inbound.relevance import CONTEXT_TYPES, Relevance
from adapter.store.passed import Passed
from adapter.store.spool import Spool, Spooled

_NO_ADDRESS = "urn:"


@dataclass
class Superseding:
    """One run's contents that no pack reads."""

    relevance: Relevance
    spool: Spool
    limit: int
    _files: list[InputFile] = field(init=False, default_factory=list)
    _passed: Passed = field(init=False)

    def __post_init__(self) -> None:
        """What passes by waits in the same spool."""
        self._passed = Passed(self.spool, self.relevance.types - CONTEXT_TYPES)

    def note(self, document: Document, raws: Iterable[Raw]) -> None:
        """Put down where contents stand; one without id and address has no other version."""
        if not self._files or self._files[-1] is not document.file:
            self._files.append(document.file)
        self._passed.note(_hashes(raws, document.file.label), len(self._files) - 1, document.line)

    def fetch(self) -> Iterator[tuple[Document, Entry] | Problem]:
        """Those of kept resources, read exactly; each file is read once."""
        for number, places in groupby(self._passed.places(), key=lambda place: place[0]):
            lines = {line for _, line in places}
            for document in read_documents(self._files[number], self.limit):
                if isinstance(document, Problem):
                    yield document
                elif document.line in lines:
                    yield from self._in_document(document)
        self._files.clear()

    def _in_document(self, document: Document) -> Iterator[tuple[Document, Entry] | Problem]:
        try:
            wanted = {n for n, raw in enumerate(raw_entries(scan(document))) if self._is_wanted(document, raw)}
            content = exact(document) if wanted else None
        except Unreadable as unreadable:
            yield unreadable.problem
            return
        for number, raw in enumerate(raw_entries(content)):
            if number in wanted:
                yield from ((document, entry) for entry in made_of(raw, document.file.label))

    def _is_wanted(self, document: Document, raw: Raw) -> bool:
        if raw[3].get("resourceType") not in self.relevance.types or self.relevance.of(raw[3]) is not None:
            return False
        return any(made.key and self.spool.is_kept(made.key) for made in made_of(raw, document.file.label))


def _hashes(raws: Iterable[Raw], label: str) -> Iterator[int]:
    """The hashes of (type, id). Where the resource's own id is surely that of its key, nothing more is made of it."""
    for raw in raws:
        _, _, entry, resource, _ = raw
        kind, own_id, url = resource["resourceType"], resource.get("id"), entry.get("fullUrl", _NO_ADDRESS)
        is_named = isinstance(own_id, str) and own_id and isinstance(url, str)
        if is_named and (url.startswith(_NO_ADDRESS) or url.endswith(f"/{kind}/{own_id}")):
            yield hash((kind, own_id))
        elif own_id or url != _NO_ADDRESS:
            yield from (hash((kind, made.key.id)) for made in made_of(raw, label) if made.key)


def version_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a resource that cannot be relied on: its name, and what orders it among its versions."""
    meta = resource.get("meta")
    known = meta if isinstance(meta, Mapping) else {}
    order = {name: known[name] for name in ("versionId", "lastUpdated") if isinstance(known.get(name), str)}
    left = {name: resource[name] for name in ("resourceType", "id") if name in resource}
    return {**left, "meta": order} if order else left


def doubt_of(resource: Mapping[str, Any]) -> str | None:
    """The same as text, where anything orders it: no other version can be said to be replaced by it."""
    left = version_of(resource)
    return dumps(left) if "meta" in left else None


def is_in_force(spool: Spool, row: Spooled) -> bool:
    """Whether no kept content of the resource is newer."""
    contents = [
        Resource(one.key, version_of(loads(one.body)) if one.body else {}, one.digest, one.deleted_at)
        for one in spool.contents(row.key)
    ]
    force = current(contents)
    return row.digest in {one.digest for one in (force.resource, *force.rivals)}
