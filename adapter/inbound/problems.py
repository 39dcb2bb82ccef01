"""One clear line for each thing that could not be read: file, place, what, remedy, and a stable code.

A problem never quotes what may be about a person; the place is enough to find it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from unicodedata import category

SHOWN = 100
"""So many lines of one code in one file; the rest are counted."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something left out of a run, and what to do about it. Codes are documented in docs/errors.md."""

    file: str
    place: str
    code: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.place}" if self.place else self.file
        return printable(f"{place}: {self.what}; {self.remedy} [{self.code}]")


def lines_of(problems: Iterable[Problem]) -> Iterator[str]:
    """The lines to show, by file and place (entry[2] before entry[10])."""
    for (file, code), group in groupby(sorted(problems, key=_in_order), key=lambda p: (p.file, p.code)):
        of_a_kind = list(group)
        yield from map(str, of_a_kind[:SHOWN])
        if len(of_a_kind) > SHOWN:
            yield printable(f"{file}: and {len(of_a_kind) - SHOWN} more of the same; see the lines above [{code}]")


def printable(text: str) -> str:
    """One line that no file name and no value can break or use to steer a terminal."""
    return "".join(c.encode("unicode_escape").decode() if category(c) in _UNSEEN else c for c in text)


def _in_order(problem: Problem) -> tuple[str, str, list[tuple[int, str]], str]:
    steps = re.split(r"(\d+)", problem.place)
    numbered = [(int(s), "") if s.isdecimal() else (-1, s) for s in steps]
    return problem.file, problem.code, numbered, problem.what
