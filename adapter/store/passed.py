"""Where the contents stand that no pack reads: an input may hold millions, and next to none of them ever matters.

A number for each waits in the spool; in the end, those that may be contents of a kept resource are picked out.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from adapter.store.spool import Spool

_TABLES = (
    "passed (documents BLOB, names BLOB)",
    "kept_name (hash INTEGER PRIMARY KEY)",
    "passed_place (file INTEGER, line INTEGER, PRIMARY KEY (file, line)) WITHOUT ROWID",
)
_MAY_BE_KEPT = "INSERT OR IGNORE INTO passed_place SELECT ?2, ?3 WHERE EXISTS (SELECT 1 FROM kept_name WHERE hash = ?1)"
_MOST_NOTED = 16_384
_SLOTS = 1 << 20


class Passed:
    """Contents that passed by. `kept_types`: the types of which one content may be kept and another not."""

    def __init__(self, spool: Spool, kept_types: Collection[str]) -> None:
        self._sql = spool.sql
        self._types = sorted(kept_types)
        self._documents = array("q")
        self._names = array("q")
        self._is_any = False
        for table in _TABLES:
            self._sql.execute(f"CREATE TABLE {table}")

    def note(self, names: Iterable[int], file: int, line: int) -> None:
        """Put down the contents of a document, each by the hash of its (type, id)."""
        before = len(self._names)
        self._names.extend(names)
        if count := len(self._names) - before:
            self._documents.extend((file, line, count))
        if len(self._names) >= _MOST_NOTED:
            self._flush()

    def places(self) -> Iterator[tuple[int, int]]:
        """(file, line) of every document that may hold a content of a kept resource, in order.

        One of the same type and id in another source is among them, and rarely one whose name has the same hash.
        """
        self._flush()
        slots = self._slots() if self._is_any else b""
        if 1 not in slots:
            return
        for documents, names in self._sql.execute("SELECT documents, names FROM passed"):
            noted = _noted(array("q", documents), array("q", names))
            self._sql.executemany(_MAY_BE_KEPT, (one for one in noted if slots[one[0] % _SLOTS]))
        yield from self._sql.execute("SELECT file, line FROM passed_place ORDER BY file, line")

    def _flush(self) -> None:
        if self._names:
            self._is_any = True
            self._sql.execute("INSERT INTO passed VALUES (?, ?)", (self._documents.tobytes(), self._names.tobytes()))
            self._documents, self._names = array("q"), array("q")

    def _slots(self) -> bytearray:
        """Note the names of what was kept; a byte for the hashes of each says quickly what is not among them."""
        slots = bytearray(_SLOTS)
        marks = ",".join("?" * len(self._types))
        kept = f"SELECT type, id FROM content WHERE deleted_at IS NULL AND type IN ({marks})"  # noqa: S608  # nothing but question marks
        for name in self._sql.execute(kept, self._types):
            slots[hash(name) % _SLOTS] = 1
            self._sql.execute("INSERT OR IGNORE INTO kept_name VALUES (?)", (hash(name),))
        return slots


def _noted(documents: "array[int]", names: "array[int]") -> Iterator[tuple[int, int, int]]:
    """(hash, file, line) of every content of a chunk."""
    each = iter(names)
    for file, line, count in zip(documents[::3], documents[1::3], documents[2::3], strict=True):
        for name in islice(each, count):
            yield name, file, line
