"""Reads one resource of a file again, exactly, where only a scan of it was kept.

Most of an input serves nobody: a scan is enough until a person who needs the resource is judged.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapter.inbound.documents import DEFAULT_LIMIT, Document, read_documents
from adapter.inbound.entries import entries_of
from adapter.inbound.files import same_file
from adapter.inbound.parsing import Unreadable, exact


class Rereader:
    """Keeps the last document, since a person's resources tend to stand together."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._path = ""
        self._entries: dict[str, Mapping[str, Any]] = {}

    def content(self, path: str, place: str) -> Mapping[str, Any] | None:
        """The exact content at a place ("line/entry"); None where it is not there any more."""
        line, _, entry = place.partition("/")
        if (path, line) != (self._path, "0"):
            self._entries = self._read(path, line)
            self._path = path
        return self._entries.get(entry)

    def _read(self, path: str, line: str) -> dict[str, Mapping[str, Any]]:
        for document in read_documents(same_file(Path(path)), self._limit):
            if isinstance(document, Document) and str(document.line) == line:
                try:
                    return {e.place: e.resource for e in entries_of(exact(document), "")}
                except Unreadable:
                    return {}
        return {}
