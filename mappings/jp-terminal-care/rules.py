"""Terminal care by visiting nursing (訪問看護): the death, the visit days before it, and the care after it.

One occasion a death, in the insurance of the last visit; under medical insurance also one a visit day. The
ordinary visit fee of long-term care is not charged here: its amount depends on minutes of the care plan.
"""

from collections.abc import Callable, Iterable, Sequence

from adapter.core.facts import Fact, Link
from adapter.core.findings import Finding, State, evidence_of
from adapter.core.looks import Look
from adapter.core.occasions import Charge, Occasion, Outcome

from . import criteria, fees, ltc, places
from .after_death import post_mortem_care
from .fact_types import DeathRecord, Visit
from .insurances import payer_on
from .visits import is_basic, is_nursing
from .windows import LastDays, last_days

COMMON = (
    criteria.death,
    criteria.one_station,
    criteria.window,
    criteria.last_visit,
    criteria.insurance,
    criteria.plan,
    criteria.explanation,
    criteria.consent,
    criteria.death_record,
    places.place_of_death,
)
LTC_ONLY = (ltc.system_24h, ltc.notified, ltc.care_level)
TERMINAL_CODES = ("terminal-care-1", "terminal-care-2", "ltc-terminal-care")


def occasions(look: Look) -> Iterable[Occasion]:
    """The occasions of a death; a death that was taken back leaves none, so that what was written is withdrawn."""
    days = last_days(look)
    if days is None:
        yield from _retracted(look)
        return
    if days.visits:
        yield _terminal_care(days)
    else:
        yield from _without_visits(days)
    yield from _visit_days(days)
    yield from post_mortem_care(days)


def _terminal_care(days: LastDays) -> Occasion:
    findings = tuple(judge(days) for judge in _deciding(days))
    return Occasion(
        kind="terminal-care",
        key=days.key,
        day=days.day,
        causes=evidence_of((*days.causes, *days.last)),
        findings=findings,
        advice=tuple(judge(days) for judge in _advice(days)),
        charges=tuple(_terminal_charges(days, findings)),
        performers=days.performers,
        context=_context(days.last),
        values={"day": days.key[0] or "?"},
        look_again_at=days.day if days.day and days.day > days.look.today else None,
    )


def _deciding(days: LastDays) -> Sequence[Callable[[LastDays], Finding]]:
    """Without a day of death nothing else can be judged; the rest depends on the insurance."""
    if days.day is None:
        return COMMON[:1]
    if days.side == "medical":
        return (*COMMON, places.care_type)
    return (*COMMON, *LTC_ONLY) if days.side == "ltc" else COMMON


def _advice(days: LastDays) -> Sequence[Callable[[LastDays], Finding]]:
    if days.day is None:
        return ()
    return (criteria.notice_clock, ltc.record_contents) if days.side == "ltc" else (criteria.notice_clock,)


def _terminal_charges(days: LastDays, findings: Iterable[Finding]) -> Iterable[Charge]:
    """Medical: on the day of the last visit. Long-term care: in the month of death."""
    if days.side == "ltc" and days.day:
        payer = payer_on(days.look, "ltc", days.day)
        yield Charge(code="ltc-terminal-care", on=days.day, occurrence=f"{days.day:%Y-%m}", payer=payer)
    kind = next((f for f in findings if f.criterion == "care-type" and f.state is State.MET), None)
    if kind and days.last_day:
        code, payer = (
            f"terminal-care-{'2' if kind.reason == 'two' else '1'}",
            payer_on(days.look, "medical", days.last_day),
        )
        yield Charge(code=code, on=days.last_day, occurrence=str(days.last_day), payer=payer)


def _context(reports: Sequence[Visit]) -> Link | None:
    if not reports:
        return None
    key = reports[0].evidence.key
    return Link(key, {"reference": key.text, "type": "Encounter"})


def _retracted(look: Look) -> Iterable[Occasion]:
    """A death that only a nursing record entered in error had stated."""
    records = look.voided(DeathRecord)
    visits = tuple(v for v in look.of(Visit) if is_nursing(v) is not False)
    if records and visits:
        yield _void(LastDays(look, (), records, visits), Outcome.ENTERED_IN_ERROR, records)


def _without_visits(days: LastDays) -> Iterable[Occasion]:
    """A death whose visits were all cancelled or entered in error; with no visit at all there is no occasion."""
    voided = tuple(v for v in days.look.voided(Visit) if is_nursing(v) is not False)
    cancelled = tuple(v for v in days.look.of(Visit) if is_nursing(v) is not False and v.status == "cancelled")
    gone = voided or cancelled
    if gone:
        outcome = Outcome.ENTERED_IN_ERROR if voided else Outcome.CANCELLED
        yield _void(LastDays(days.look, days.deaths, days.records, gone), outcome, gone)


def _void(days: LastDays, outcome: Outcome, causes: Iterable[Fact]) -> Occasion:
    return Occasion(
        kind="terminal-care",
        key=days.key,
        day=days.day,
        causes=evidence_of(causes),
        charges=tuple(Charge(code=code, on=None) for code in TERMINAL_CODES),
        void=outcome,
        values={"day": days.key[0] or "?"},
    )


def _visit_days(days: LastDays) -> Iterable[Occasion]:
    """Each day of the window with visits that are not surely long-term care."""
    known = sorted({v.day for v in days.in_window if v.day and is_basic(v)})
    for day in (fees.VisitDay(days.look, d, days.visits) for d in known):
        if day.reports:
            yield _visit_day(days, day)
        if day.count[1] >= days.look.number("multiple_few"):
            yield _multiple_visits(days, day)
        if day.urgent:
            yield _urgent_visit(days, day)


def _visit_day(days: LastDays, day: fees.VisitDay) -> Occasion:
    kind = fees.staff(day)
    week = fees.week_day(day) if fees.depends_on_week(kind) else None
    code = fees.basic_code(kind, week)
    findings = (fees.visited(day), fees.day_insurance(day), kind, *([week] if week else []))
    return _of_a_day("visit-day", days, day, findings, code)


def _multiple_visits(days: LastDays, day: fees.VisitDay) -> Occasion:
    count, tier = fees.visit_count(day), fees.building(day)
    findings = (count, fees.multiple_eligible(day), tier)
    return _of_a_day("multiple-visits", days, day, findings, fees.multiple_code(day, count, tier))


def _urgent_visit(days: LastDays, day: fees.VisitDay) -> Occasion:
    findings = (fees.urgent_instruction(day), fees.written_contact(day))
    return _of_a_day("urgent-visit", days, day, findings, fees.urgent_code(day), (fees.urgent_reason(day),))


def _of_a_day(
    kind: str,
    days: LastDays,
    day: fees.VisitDay,
    findings: tuple[Finding, ...],
    code: str | None,
    advice: tuple[Finding, ...] = (),
) -> Occasion:
    """An occasion of one visit day; its line is charged on that day."""
    payer = payer_on(days.look, "medical", day.day)
    charge = Charge(code=code, on=day.day, occurrence=str(day.day), payer=payer) if code else None
    return Occasion(
        kind=kind,
        key=(str(day.day), days.station),
        day=day.day,
        causes=evidence_of(day.reports),
        findings=findings,
        advice=advice,
        charges=(charge,) if charge else (),
        performers=days.performers,
        context=_context(day.reports),
        values={"day": str(day.day)},
        look_again_at=day.day if day.day > days.look.today else None,
    )
