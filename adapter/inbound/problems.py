"""One clear line for each thing that could not be read: file, place, what, remedy, and a stable code.

A problem never quotes what may be about a person; the place is enough to find it.
"""

from dataclasses import dataclass


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
        return f"{place}: {self.what}; {self.remedy} [{self.code}]"
