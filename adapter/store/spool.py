"""The spool of a replay: a temporary SQLite file that groups resources by person, whatever their order.

A person's resources may be spread over any number of files, so nothing can be judged before all is read;
memory stays flat because contents wait on disk, and only those that a pack reads.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapter.core.identity import is_national_system
from adapter.core.references import Key

_SCHEMA = """
CREATE TABLE content (
    source TEXT, type TEXT, id TEXT, digest TEXT, deleted_at TEXT,
    calls INTEGER, faithful INTEGER, checked INTEGER, file TEXT, place TEXT, body TEXT,
    subject_kind TEXT, subject_one TEXT, subject_two TEXT,
    PRIMARY KEY (source, type, id, digest)
) WITHOUT ROWID;
CREATE INDEX content_by_subject ON content (subject_kind, subject_one, subject_two);
CREATE TABLE doubt (source TEXT, type TEXT, id TEXT, body TEXT, PRIMARY KEY (source, type, id, body)) WITHOUT ROWID;
CREATE TABLE alias (urn TEXT, source TEXT, type TEXT, id TEXT, PRIMARY KEY (urn, source, type, id)) WITHOUT ROWID;
CREATE TABLE identifier (system TEXT, value TEXT, type TEXT, source TEXT, id TEXT,
    PRIMARY KEY (value, system, type, source, id)) WITHOUT ROWID;
CREATE TABLE patient (number INTEGER PRIMARY KEY, source TEXT, id TEXT, person INTEGER, UNIQUE (source, id));
CREATE TABLE national (value TEXT, patient INTEGER, PRIMARY KEY (value, patient)) WITHOUT ROWID;
CREATE INDEX patient_of_person ON patient (person);
CREATE TABLE aside (source TEXT, id TEXT, urn TEXT, file TEXT, line INTEGER, place TEXT);
CREATE TABLE person (number INTEGER PRIMARY KEY, pseudonym TEXT, in_conflict INTEGER);
"""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One content of one resource. `faithful`: the body is the text as sent, not a scan of it.

    `calls`: it calls for a look at its person; `checked`: it was found to be sound FHIR. `subject` is how it
    names its Patient: (kind, one, two) with kind `key`, `urn`, `identifier`, or empty.
    """

    key: Key
    digest: str
    body: str
    place: tuple[str, str]
    calls: bool = False
    faithful: bool = True
    checked: bool = False
    deleted_at: str | None = None
    subject: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, slots=True, order=True)
class Aside:
    """Where a Binary stands that may never be needed; `alias` is the `urn:` that its entry goes by, or empty."""

    key: Key
    alias: str
    file: str
    line: int
    place: str


_SELECT = (
    "SELECT source, type, id, digest, body, file, place, calls, faithful, checked, deleted_at,"
    " subject_kind, subject_one, subject_two FROM content"
)
_ORDER = " ORDER BY source, type, id, digest"


def _row(row: tuple[Any, ...]) -> Spooled:
    source, kind, id_, digest, body, file, place, calls, faithful, checked, deleted_at, *subject = row
    key, flags = Key(source, kind, id_), (bool(calls), bool(faithful), bool(checked))
    return Spooled(key, digest, body, (file, place), *flags, deleted_at, (subject[0], subject[1], subject[2]))


class Spool:
    """The temporary file; use it as a context manager, which removes it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="adapter-replay-", dir=folder)
        self._has_doubts = False
        self.sql = sqlite3.connect(Path(self._folder.name) / "spool.db", isolation_level=None)
        self.sql.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-2000; PRAGMA temp_store=FILE;"
            + _SCHEMA
        )
        self.sql.execute("BEGIN")

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.sql.close()
        self._folder.cleanup()

    def add(self, row: Spooled, aliases: Iterable[str], identifiers: Iterable[tuple[str, str]]) -> None:
        """Keep a content; the same content again changes nothing, except that a faithful text wins."""
        key = row.key
        self.sql.execute(
            "INSERT INTO content VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
            " body = excluded.body, faithful = excluded.faithful, checked = excluded.checked,"
            " file = excluded.file, place = excluded.place WHERE excluded.faithful > faithful",
            (
                *(key.source, key.type, key.id, row.digest, row.deleted_at),
                *(row.calls, row.faithful, row.checked, *row.place, row.body, *row.subject),
            ),
        )
        self.sql.executemany(
            "INSERT OR IGNORE INTO alias VALUES (?,?,?,?)", [(a, key.source, key.type, key.id) for a in aliases]
        )
        self.sql.executemany(
            "INSERT OR IGNORE INTO identifier VALUES (?,?,?,?,?)",
            [(system, value, key.type, key.source, key.id) for system, value in identifiers],
        )

    def note_doubt(self, key: Key, body: str | None) -> None:
        """Keep what is left of a version that cannot be relied on; None where nothing is."""
        if body is not None:
            self._has_doubts = True
            self.sql.execute("INSERT OR IGNORE INTO doubt VALUES (?,?,?,?)", (key.source, key.type, key.id, body))

    def doubts(self, keys: Iterable[Key]) -> Iterator[tuple[Key, str]]:
        """Those of these resources; most inputs have none."""
        select = "SELECT body FROM doubt WHERE source = ? AND type = ? AND id = ? ORDER BY body"
        for key in sorted(keys) if self._has_doubts else ():
            yield from ((key, body) for (body,) in self.sql.execute(select, (key.source, key.type, key.id)).fetchall())

    def put_aside(self, one: Aside) -> None:
        """Remember where a Binary stands."""
        row = (one.key.source, one.key.id, one.alias, one.file, one.line, one.place)
        self.sql.execute("INSERT INTO aside VALUES (?,?,?,?,?,?)", row)

    def index_asides(self) -> None:
        """Make them quick to find, once all are there: most inputs need none of them."""
        self.sql.execute("CREATE INDEX IF NOT EXISTS aside_by_key ON aside (source, id)")
        self.sql.execute("CREATE INDEX IF NOT EXISTS aside_by_urn ON aside (urn)")

    def asides(self, name: Key | str) -> list[Aside]:
        """The Binaries of a key or an alias."""
        select = "SELECT source, id, urn, file, line, place FROM aside WHERE "
        if isinstance(name, str):
            rows = self.sql.execute(select + "urn = ?", (name,))
        else:
            rows = self.sql.execute(select + "source = ? AND id = ?", (name.source, name.id))
        return [Aside(Key(source, "Binary", id_), *rest) for source, id_, *rest in rows]

    def resolve_subjects(self) -> None:
        """Turn subjects named by alias or identifier into keys, where exactly one Patient answers.

        The resource's own source is asked first; another source's identifier counts only if it is national.
        """
        named = self.sql.execute(
            "SELECT DISTINCT source, subject_kind, subject_one, subject_two FROM content"
            " WHERE subject_kind IN ('urn', 'identifier')"
        ).fetchall()
        for source, kind, one, two in named:
            keys = self.keys_of_alias(one) if kind == "urn" else self.keys_of_identifier("Patient", one, two)
            patients = [k for k in keys if k.type == "Patient"]
            chosen = [k for k in patients if k.source == source] or (
                patients if kind == "urn" or is_national_system(one) else []
            )
            if len(chosen) == 1 or (chosen and is_national_system(one)):
                self.sql.execute(
                    "UPDATE content SET subject_kind = 'key', subject_one = ?, subject_two = ?"
                    " WHERE source = ? AND subject_kind = ? AND subject_one = ? AND subject_two = ?",
                    (chosen[0].source, chosen[0].id, source, kind, one, two),
                )
        self.sql.execute(
            "INSERT INTO patient (source, id) SELECT DISTINCT source, id FROM content WHERE type = 'Patient'"
        )

    def without_person(self) -> Iterator[tuple[str, str, str]]:
        """(file, place, type) of contents that call for a look but whose Patient is not in the input."""
        yield from self.sql.execute(
            "SELECT DISTINCT file, place, type FROM content WHERE calls AND type <> 'Patient' AND NOT EXISTS"
            " (SELECT 1 FROM patient p WHERE subject_kind = 'key' AND p.source = subject_one AND p.id = subject_two)"
            " ORDER BY file, place, type"
        )

    def is_kept(self, key: Key) -> bool:
        """Whether a content of the resource was kept, and not only its deletion."""
        select = "SELECT 1 FROM content WHERE source = ? AND type = ? AND id = ? AND deleted_at IS NULL"
        return self.sql.execute(select, (key.source, key.type, key.id)).fetchone() is not None

    def contents(self, key: Key) -> list[Spooled]:
        """Every content of one resource."""
        where = " WHERE source = ? AND type = ? AND id = ?"
        return [_row(r) for r in self.sql.execute(_SELECT + where + _ORDER, (key.source, key.type, key.id))]

    def contents_of_patient(self, source: str, patient_id: str) -> list[Spooled]:
        """Every content whose subject is that Patient, the Patient's own included."""
        where = " WHERE subject_kind = 'key' AND subject_one = ? AND subject_two = ?"
        return [_row(r) for r in self.sql.execute(_SELECT + where + _ORDER, (source, patient_id))]

    def keys_of_alias(self, urn: str) -> list[Key]:
        """The resources that an entry's `urn:` fullUrl names: one, unless two Bundles reuse it."""
        rows = self.sql.execute("SELECT source, type, id FROM alias WHERE urn = ? ORDER BY 1, 2, 3", (urn,))
        return [Key(*row) for row in rows]

    def keys_of_identifier(self, type_name: str | None, system: str | None, value: str) -> list[Key]:
        """The resources that carry an identifier."""
        rows = self.sql.execute(
            "SELECT source, type, id FROM identifier WHERE value = ? AND (? IS NULL OR system = ?)"
            " AND (? IS NULL OR type = ?) ORDER BY 1, 2, 3",
            (value, system, system, type_name, type_name),
        )
        return [Key(*row) for row in rows]
