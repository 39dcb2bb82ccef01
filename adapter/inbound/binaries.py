"""The Binaries of an input: an export may hold thousands that no attachment names, and each may be large.

Where one stands is put down as it passes by; those that something kept does name are read once more at the end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from adapter.core.references import Key, Literal, parse_reference
from adapter.fhir.json_text import dumps
from adapter.inbound.digests import digest_of
from adapter.inbound.documents import Document, read_documents
from adapter.inbound.entries import Raw, entries_of, made_of
from adapter.inbound.files import same_file
from adapter.inbound.parsing import Unreadable, exact
from adapter.inbound.referring import binaries_in
from adapter.store.spool import Aside, Spool, Spooled


@dataclass
class Binaries:
    """One run's Binaries."""

    spool: Spool
    limit: int
    _wanted: set[Key | str] = field(default_factory=set)

    def note(self, document: Document, raw: Raw) -> None:
        """Put down where a Binary stands; one without id and address can be named by nobody."""
        _, _, entry, resource, _ = raw
        if not resource.get("id") and not entry.get("fullUrl"):
            return
        for made in made_of(raw, document.file.label):
            if made.key is not None:
                place = (str(document.file.path), document.line, made.place)
                self.spool.put_aside(Aside(made.key, made.alias or "", *place))

    def want(self, content: Mapping[str, Any], source: str) -> None:
        """Put down the Binaries that the attachments of a kept resource name."""
        parts = content.get("content")
        for part in parts if isinstance(parts, list) else ():
            for reference in binaries_in(part) if isinstance(part, dict) else ():
                parsed = parse_reference(reference["reference"])
                self._wanted.add(parsed.key(source) if isinstance(parsed, Literal) else reference["reference"])

    def fetch(self) -> Iterator[tuple[Spooled, str]]:
        """The wanted ones with their aliases, each file read once."""
        if not self._wanted:
            return
        self.spool.index_asides()
        found = sorted({aside for name in self._wanted for aside in self.spool.asides(name)})
        for path, of_file in groupby(found, key=lambda aside: aside.file):
            places: dict[int, dict[str, Aside]] = {}
            for aside in of_file:
                places.setdefault(aside.line, {})[aside.place] = aside
            for document in read_documents(same_file(Path(path)), self.limit):
                if isinstance(document, Document) and document.line in places:
                    yield from _spooled(document, places[document.line])


def _spooled(document: Document, asides: Mapping[str, Aside]) -> Iterator[tuple[Spooled, str]]:
    try:
        entries = list(entries_of(exact(document), ""))
    except Unreadable:
        return
    for entry in entries:
        if aside := asides.get(entry.place):
            place = (aside.file, f"{aside.line}/{aside.place}")
            yield Spooled(aside.key, digest_of(entry.resource, None), dumps(entry.resource), place), aside.alias
