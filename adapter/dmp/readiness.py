"""Whether a document may leave, line by line, before any network call: what is met, what blocks, what only hides.

The findings on the person are the pack's (`fr-dmp`), in its words; the gaps of the document and the faults of its CDA
stand beside them under their codes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from adapter.core.desired.frame import coding
from adapter.core.findings import Finding, State
from adapter.core.handing import REASONS, Handing, HandOver
from adapter.core.packs import Pack
from adapter.dmp.faults import Fault, Severity

ANNOUNCED = "announced"
"""The criterion that blocks nothing: without it the document leaves invisible to the person."""
NEEDED = frozenset({"identity", "dmp-open", "non-opposition"})
"""The criteria without which nothing leaves: where no pack judges them, the list being empty allows nothing."""

Judged = tuple[Pack, Finding]


class Verdict(StrEnum):
    """What a line says: `blocks` is proven, `waits` is not known yet or for a person, `warns` stops nothing."""

    MET = "met"
    WARNS = "warns"
    WAITS = "waits"
    BLOCKS = "blocks"


_OF_STATE = {
    State.MET: Verdict.MET,
    State.UNMET: Verdict.BLOCKS,
    State.MISSING: Verdict.WAITS,
    State.ASK: Verdict.WAITS,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report; `words` are for people and name nobody. `is_mended`: a person can put it right."""

    name: str
    verdict: Verdict
    words: str
    is_mended: bool = False


@dataclass(frozen=True, slots=True)
class Readiness:
    """The whole report of one document."""

    lines: tuple[Line, ...]

    @property
    def is_ready(self) -> bool:
        """Whether the document may be handed over."""
        met = {line.name for line in self.lines if line.verdict is Verdict.MET}
        return met >= NEEDED and all(line.verdict in (Verdict.MET, Verdict.WARNS) for line in self.lines)

    def blocking(self) -> tuple[Line, ...]:
        """What is proven to forbid it."""
        return tuple(line for line in self.lines if line.verdict is Verdict.BLOCKS)

    def to_mend(self) -> tuple[Line, ...]:
        """What waits for a person; nothing where it is forbidden anyway."""
        return () if self.blocking() else tuple(line for line in self.lines if line.is_mended)


def readiness_of(judged: Iterable[Judged], faults: Iterable[Fault], language: str | None = None) -> Readiness:
    """The report, in the pack's own language unless another is asked for."""
    on_person = [_line_of(pack, finding, language or pack.language) for pack, finding in judged]
    return Readiness((*on_person, *(_line(fault) for fault in faults)))


def is_announced(judged: Iterable[Judged]) -> bool:
    """Whether the person may read the text: only where the record says that it was announced."""
    return any(f.criterion == ANNOUNCED and f.state is State.MET for _, f in judged)


def before_handing(readiness: Readiness, base: str) -> HandOver:
    """What a Communication may say while nothing was handed over: not done, and why, or that it waits."""
    blocking = readiness.blocking()
    if blocking:
        return HandOver(Handing.NOT_DONE, reason=_reason(blocking[0], base))
    return HandOver(mend=tuple(f"{line.words} [{line.name}]" for line in readiness.to_mend()))


def _reason(line: Line, base: str) -> Mapping[str, Any]:
    return {**coding(f"{base}/CodeSystem/{REASONS}", line.name), "text": line.words}


def _line_of(pack: Pack, finding: Finding, language: str) -> Line:
    verdict = _OF_STATE[finding.state]
    if finding.criterion == ANNOUNCED and verdict is not Verdict.MET:
        verdict = Verdict.WARNS
    return Line(finding.criterion, verdict, pack.texts.finding(language, finding), finding.state is State.ASK)


def _line(fault: Fault) -> Line:
    """A fault is proven, but whoever mends the record or the settings mends it: the document waits."""
    verdict = Verdict.WARNS if fault.severity is Severity.WARNING else Verdict.WAITS
    return Line(fault.code, verdict, f"{fault.place}: {fault.message}", verdict is Verdict.WAITS)
