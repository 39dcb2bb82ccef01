"""The table of insured persons: how many are on each practice's list in a quarter, and who belongs to which cluster.

FHIR has no such resource, so it is a CSV from outside. How the year's base comes from its quarters was not found
for any scheme; it is a choice that every report states.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from adapter.core.errors import Permanent

HEADERS = (
    ("practice", "cluster", "region", "quarter", "insured"),
    ("practice", "cluster", "region", "year", "insured"),
)
_WHEN = {"quarter": (re.compile(r"\d{4}-Q[1-4]"), "2025-Q1"), "year": (re.compile(r"\d{4}"), "2025")}


class BadTable(Permanent):
    """The table cannot be used: `file:line: column: what; remedy`."""

    code = "bad-table"


class Base(StrEnum):
    """How the base of a period comes from its quarters."""

    MEAN = "mean"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Listed:
    """One row: a practice in a quarter."""

    cluster: str
    region: str
    insured: int
    line: int


@dataclass(frozen=True)
class InsuredTable:
    """Rows by (practice, quarter); a row of a year stands for each of its quarters."""

    rows: Mapping[tuple[str, str], Listed]

    @property
    def practices(self) -> tuple[str, ...]:
        """Every practice, in order."""
        return tuple(sorted({practice for practice, _ in self.rows}))

    def of(self, practice: str, quarters: Iterable[str]) -> tuple[Listed, ...]:
        """What is known of a practice in these quarters, in their order."""
        return tuple(row for quarter in quarters if (row := self.rows.get((practice, quarter))) is not None)

    def insured(self, practice: str, quarters: Iterable[str], base: Base) -> Fraction | None:
        """The base of a practice: the mean over the quarters that are known, or the last of them; None: no row."""
        rows = self.of(practice, quarters)
        if not rows:
            return None
        if base is Base.LAST:
            return Fraction(rows[-1].insured)
        return Fraction(sum(row.insured for row in rows), len(rows))


def read_insured(text: str, name: str) -> InsuredTable:
    """Read a CSV (comma or semicolon, with or without a byte order mark); `name` is for messages. Raises BadTable."""
    lines = text.removeprefix("\ufeff").splitlines()
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: dict[tuple[str, str], Listed] = {}
    try:
        header = _header(next(reader, []), name)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _add(rows, header, cells, (name, reader.line_num))
    except csv.Error as error:
        raise _bad((name, reader.line_num), "(csv)", str(error), "close the quotes") from error
    if not rows:
        raise _bad((name, reader.line_num), "(file)", "holds no row", "add a row for each practice and quarter")
    return InsuredTable(rows)


def _header(cells: Sequence[str], name: str) -> tuple[str, ...]:
    header = tuple(cell.strip().lower() for cell in cells)
    if header not in HEADERS:
        wanted = " or ".join(",".join(columns) for columns in HEADERS)
        raise _bad((name, 1), "(header)", f"is '{','.join(header)[:80]}'", f"write {wanted}")
    return header


def _add(
    rows: dict[tuple[str, str], Listed], header: tuple[str, ...], cells: Sequence[str], at: tuple[str, int]
) -> None:
    if len(cells) != len(header):
        raise _bad(at, "(row)", f"has {len(cells)} cells", f"give {len(header)}: {','.join(header)}")
    values = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    for column in ("practice", "cluster", "region"):
        if not values[column]:
            raise _bad(at, column, "is empty", "fill it")
    listed = Listed(values["cluster"], values["region"], _insured(values["insured"], at), at[1])
    for quarter in _quarters(header[3], values[header[3]], at):
        key = (values["practice"], quarter)
        if key in rows:
            raise _bad(at, header[3], f"stands twice for this practice (first on line {rows[key].line})", "keep one")
        rows[key] = listed


def _insured(text: str, at: tuple[str, int]) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _bad(at, "insured", f"'{text[:20]}' is no number of persons", "write a whole number without separators")
    return int(text)


def _quarters(column: str, text: str, at: tuple[str, int]) -> tuple[str, ...]:
    pattern, example = _WHEN[column]
    if not pattern.fullmatch(text):
        raise _bad(at, column, f"'{text[:20]}' is no {column}", f"write it as {example}")
    return (text,) if column == "quarter" else tuple(f"{text}-Q{n}" for n in range(1, 5))


def _bad(at: tuple[str, int], column: str, what: str, remedy: str) -> BadTable:
    return BadTable(f"{at[0]}:{at[1]}: {column}: {what}; {remedy}")
