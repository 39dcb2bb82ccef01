"""Which visits are visiting nursing, which of them count, and which reports describe one visit."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum

from adapter.core.looks import Look

from .fact_types import Visit

DONE = frozenset({"completed", "final", "amended", "corrected", "current"})
_NOT_COMING = frozenset({"planned", "cancelled"})
_NURSING = frozenset({"visiting-nursing", "psychiatric-visit", "discharge-guidance", "comprehensive-visit"})
_NURSES = frozenset({"nurse", "assistant-nurse", "specialist-nurse", "therapist", "any-nurse"})
_OWN_FEE = frozenset({"psychiatric-visit", "discharge-guidance", "comprehensive-visit"})

Reports = Sequence[Visit]
"""All reports of one visit, or of one day's visits."""


class Counts(StrEnum):
    """Whether a visit counts towards the least number of days."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


def is_nursing(visit: Visit) -> bool | None:
    """Whether a nurse's visit: a code, the staff or the station says so; None where nothing tells."""
    if visit.kinds & _NURSING or visit.staff & _NURSES or "station" in visit.station_says:
        return True
    return False if "doctor-visit" in visit.kinds or "doctor" in visit.staff else None


def is_expected(visit: Visit) -> bool:
    """Planned and cancelled visits are no visits."""
    return visit.status not in _NOT_COMING


def is_made(visit: Visit) -> bool:
    """Surely a nurse's visit that took place on a known day."""
    return visit.status == "finished" and visit.day is not None and is_nursing(visit) is True


def is_basic(visit: Visit) -> bool:
    """A visit of the basic fee (訪問看護基本療養費): any kind that has no fee of its own."""
    return not visit.kinds & _OWN_FEE


def counting(look: Look, visit: Visit) -> Counts:
    """Whether the kind of visit counts; from which day on 退院支援指導加算 counts was not found."""
    if "discharge-guidance" in visit.kinds:
        return Counts.PERHAPS
    if "comprehensive-visit" in visit.kinds and visit.day and not _comprehensive_counts(look, visit.day):
        return Counts.NO
    return Counts.YES


def _comprehensive_counts(look: Look, day: date) -> bool:
    """Whether 包括型訪問看護療養費 counts on that day; the number is a month (YYYYMM), from its first day on."""
    return day.year * 100 + day.month >= look.number("comprehensive_counts_from")


def last_of(visits: Iterable[Visit]) -> list[Visit]:
    """The reports of the last visit: the latest one, and those of its day that nothing puts before it."""
    made = sorted(visits, key=lambda v: (v.day or date.min, _text_of_start(v), v.evidence.reference))
    if not made:
        return []
    last = made[-1]
    return [v for v in made if v.day == last.day and (not _is_timed(v) or not _is_timed(last) or meet(v, last))]


def _text_of_start(visit: Visit) -> str:
    at = visit.start.at if visit.start else None
    return str(at.timestamp()).zfill(24) if at else ""


def _is_timed(visit: Visit) -> bool:
    return visit.start is not None and visit.start.at is not None


def span(visit: Visit) -> tuple[datetime, datetime] | None:
    """Begin and end as instants; a visit without an end is a moment."""
    start, end = visit.start, visit.end
    if start is None or start.at is None:
        return None
    return start.at, end.at if end and end.at else start.at


def meet(one: Visit, other: Visit) -> bool:
    """Whether the times of two reports surely meet."""
    mine, yours = span(one), span(other)
    return bool(mine and yours and mine[0] <= yours[1] and yours[0] <= mine[1])


def told(visit: Visit) -> str:
    """A report as it is quoted to people."""
    ends = (visit.period.start, visit.period.end) if visit.period else (None, None)
    return f"{visit.evidence.reference}: " + " / ".join(e.text if e else "?" for e in ends)


def visits_of_a_day(reports: Iterable[Visit]) -> tuple[int, int]:
    """The least and the greatest number of visits that the reports of one day may describe.

    Within one source, times that do not overlap are surely two visits; two sources whose times meet report
    one. Everything else may be either.
    """
    known = sorted(reports, key=lambda v: (_text_of_start(v), v.evidence.reference))
    sources = {v.evidence.key.source for v in known}
    least = max((_apart([v for v in known if v.evidence.key.source == s]) for s in sorted(sources)), default=0)
    return max(least, 1 if known else 0), _clusters(known)


def _apart(reports: Iterable[Visit]) -> int:
    """How many of one source's reports follow one another without overlap."""
    spans = sorted((s for r in reports if (s := span(r))), key=lambda s: (s[1], s[0]))
    count, until = 0, None
    for begin, end in spans:
        if until is None or begin > until:
            count, until = count + 1, end
    return count


def _clusters(reports: Iterable[Visit]) -> int:
    """How many visits there are if only reports of different sources whose times meet are one."""
    clusters: list[list[Visit]] = []
    for report in reports:
        home = next((c for c in clusters if _reports_again(c, report)), None)
        if home is None:
            clusters.append([report])
        else:
            home.append(report)
    return len(clusters)


def _reports_again(cluster: list[Visit], report: Visit) -> bool:
    sources = {v.evidence.key.source for v in cluster}
    return report.evidence.key.source not in sources and any(meet(v, report) for v in cluster)
