"""Advice: whether a professional judged the situation complex, and what in the record might make them think of it.

The law leaves the judgement to professionals (CSP L.6327-1) and the sheet's list is open, so nothing is computed:
the signals are shown, and decide nothing.
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date

from adapter.core.findings import Finding, ask, criterion, met, missing, unmet
from adapter.core.times import When

from .dossiers import Dossier
from .fact_types import Isolation, Judgement, Problem, Stay
from .parts import active_problems

_STANDING = frozenset({"final", "amended", "corrected", "active", "recurrence", "relapse"})
_PROFESSIONALS = frozenset({"Practitioner", "PractitionerRole"})
_NO_STAY = frozenset({"planned", "cancelled"})


@criterion("complex", "CO-03", "CO-04", "CO-05")
def complex_situation(dossier: Dossier) -> Finding:
    """A professional recorded that the situation is complex (or is not), and why."""
    newest = _newest_judgements(dossier)
    yes, no = [j for j in newest if not _denies(j)], [j for j in newest if _denies(j)]
    if yes and no:
        return ask([j.evidence.reference for j in newest], *newest, reason="contradiction")
    if not newest:
        signals = (several_conditions(dossier), repeated_stays(dossier), isolation(dossier))
        seen = any(s.state == "met" for s in signals)
        return missing("Observation | Condition | Flag", reason="signals" if seen else "nothing")
    judged = [j for j in newest if any(a.type in _PROFESSIONALS for a in j.judges)]
    if not judged:
        return missing("Observation.performer", *newest, reason="nobody")
    if no:
        return unmet(*judged, reason="denied")
    reasons = sorted({r for j in judged for r in j.reasons})
    if not reasons:
        return missing("Observation.note", *judged, reason="reasons")
    return met(*judged, list=", ".join(reasons))


def _newest_judgements(dossier: Dossier) -> list[Judgement]:
    """What stands today: of dated statements the last ones."""
    today = dossier.look.today
    found = [j for j in dossier.look.of(Judgement) if j.verification in (None, "confirmed", "refuted")]
    standing = [j for j in found if j.status in _STANDING or j.verification == "refuted"]
    said = [j for j in standing if j.at is None or j.at.first <= today]
    last = max((j.at.first for j in said if j.at), default=None)
    return [j for j in said if j.at is None or last is None or j.at.last >= last]


def _denies(judgement: Judgement) -> bool:
    return judgement.answer is False or judgement.verification == "refuted"


@criterion("several-conditions", "CO-03")
def several_conditions(dossier: Dossier) -> Finding:
    """A signal: the person has several conditions."""
    found = active_problems(dossier.look.of(Problem))
    count, least = len(_distinct(found)), dossier.look.number("several_conditions")
    if count >= least:
        return met(*found, count=str(count))
    return missing("Condition", *found, count=str(count), least=str(least))


def _distinct(found: Iterable[Problem]) -> list[frozenset[str]]:
    """What tells conditions apart: two reports that share a code (or, uncoded, their text) are one condition."""
    groups: list[frozenset[str]] = []
    for problem in found:
        names = frozenset(problem.codes or (problem.text or problem.evidence.key.text,))
        same = [g for g in groups if g & names]
        groups = [g for g in groups if g not in same]
        groups.append(names.union(*same))
    return groups


@criterion("repeated-stays", "CO-03")
def repeated_stays(dossier: Dossier) -> Finding:
    """A signal: stays in hospital repeat. No source gives a period: the site's counts, else the whole record."""
    months = dossier.look.settings["repeated_stays_months"]
    stays = _stays(dossier, months)
    count, least = len({_start(s) for s in stays}), dossier.look.number("repeated_stays")
    values = {"count": str(count), "months": str(months)}
    reason = "months" if months else "ever"
    if count >= least:
        return met(*stays, reason=reason, **values)
    return missing("Encounter", *stays, reason=reason, least=str(least), **values)


def _stays(dossier: Dossier, months: int | None) -> Sequence[Stay]:
    today = dossier.look.today
    found = [s for s in dossier.look.of(Stay) if s.status not in _NO_STAY and not s.part_of]
    begun = [s for s in found if (start := _begin(s)) is None or start.first <= today]
    if months is None:
        return begun
    since = _months_before(today, months)
    return [s for s in begun if (start := _begin(s)) and start.first >= since]


def _begin(stay: Stay) -> When | None:
    return stay.period.start if stay.period else None


def _start(stay: Stay) -> str:
    """Two reports of one day are one stay."""
    start = _begin(stay)
    return str(start.day or start.text) if start else stay.evidence.key.text


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@criterion("isolation", "CO-03")
def isolation(dossier: Dossier) -> Finding:
    """A signal: the last Observation of social isolation does not deny it."""
    today = dossier.look.today
    done = [i for i in dossier.look.of(Isolation) if i.status in _STANDING]
    said = [i for i in done if i.at is None or i.at.first <= today]
    last = max((i.at.first for i in said if i.at), default=None)
    newest = [i for i in said if i.at is None or last is None or i.at.last >= last]
    seen = [i for i in newest if i.answer is not False]
    if seen:
        return met(*seen)
    return missing("Observation", *newest, reason="denied" if newest else "nothing")
