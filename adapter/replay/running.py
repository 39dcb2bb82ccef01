"""One replay: read everything, then judge person after person in an order that no input order changes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapter.core.decisions import Decision, judge
from adapter.core.errors import Blocked
from adapter.core.packs import Pack
from adapter.core.records import Record
from adapter.inbound.documents import DEFAULT_LIMIT
from adapter.inbound.files import InputFile, find_files
from adapter.inbound.intake import Intake
from adapter.inbound.problems import Problem
from adapter.inbound.relevance import Relevance
from adapter.replay.loading import PersonLoader
from adapter.store.persons import count_to_judge, group_persons, persons_to_judge
from adapter.store.spool import Spool


@dataclass(frozen=True)
class Options:
    """What a replay needs: packs, the key of pseudonyms, the limit of a document, and as-of where it is given."""

    packs: tuple[Pack, ...]
    secret: bytes
    limit: int = DEFAULT_LIMIT
    as_of: datetime | None = None


@dataclass(frozen=True)
class Judged:
    """A person with every decision of every pack."""

    record: Record
    decisions: tuple[Decision, ...]


class Replay:
    """Reads with `read`, then yields persons from `persons`; `problems` grows on the way.

    `progress` is called with a stage, how much is done and how much there is.
    """

    def __init__(self, options: Options, progress: Callable[[str, int, int], None] | None = None) -> None:
        self.options = options
        self.problems: set[Problem] = set()
        self._progress = progress or (lambda _stage, _done, _all: None)
        self._spool = Spool()
        self._intake = Intake(Relevance(options.packs), self._spool, options.limit)

    def __enter__(self) -> "Replay":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__()

    def read(self, paths: Iterable[Path]) -> None:
        """Read every file below the paths."""
        found = list(find_files(paths))
        files = [f for f in found if isinstance(f, InputFile)]
        self.problems.update(p for p in found if isinstance(p, Problem))
        for done, file in enumerate(files):
            self._progress("reading", done, len(files))
            self.problems.update(self._intake.read(file))
        self.problems.update(self._intake.finish())
        self._spool.resolve_subjects()
        group_persons(self._spool, self.options.secret)
        for path, place, kind in self._spool.without_person():
            self.problems.add(_without_person(path, place, kind))

    @property
    def as_of(self) -> datetime:
        """The instant of the look: the one given, or the latest in the input; raises Blocked where there is none."""
        at = self.options.as_of or self._intake.latest
        if at is None:
            raise Blocked("nothing in the input carries a time; give --as-of", code="no-as-of")
        return at

    @property
    def counts(self) -> tuple[int, int]:
        """(resources seen, resources kept)."""
        return self._intake.resources, self._intake.kept

    def persons(self) -> Iterator[Judged]:
        """Judge every person whom something calls for."""
        loader = PersonLoader(self._spool, self.options.secret, self.options.limit)
        total = count_to_judge(self._spool)
        for done, person in enumerate(persons_to_judge(self._spool)):
            self._progress("judging", done, total)
            record = loader.record(person)
            if record is not None:
                decisions = [d for pack in self.options.packs for d in judge(pack, record, self.as_of).decisions]
                yield Judged(record, tuple(decisions))
        self.problems.update(loader.problems)


def _without_person(path: str, place: str, kind: str) -> Problem:
    line, _, entry = place.partition("/")
    at = ", ".join(filter(None, (f"line {line}" if line != "0" else "", entry)))
    what = f"{kind} left out: its Patient is not in the input"
    return Problem(path, at, "no-patient", what, "add the Patient, or correct the reference")
