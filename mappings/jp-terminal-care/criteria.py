"""What terminal care (ターミナルケア) must be to be charged, whichever insurance pays.

The seed decides; where a notice reads it differently the other reading is shown, and where the sources leave
something open a person is asked.
"""

from datetime import date

from adapter.core.actors import any_same
from adapter.core.facts import Fact
from adapter.core.findings import Finding, ask, criterion, met, missing, unmet
from adapter.core.times import When

from .fact_types import Agreement, Death, Explanation, ListedState, TerminalPlan, Visit
from .insurances import instructions_on, states_on
from .visits import Counts, counting
from .windows import LastDays, clock, done_records, elapsed

_ONE_DAY_STATES = frozenset({"terminal-cancer", "listed-disease", "one-day-state"})
_NO_PLAN = frozenset({"draft", "revoked", "on-hold", "unknown"})


@criterion("death", "JP-M-01", "JP-M-08")
def death(days: LastDays) -> Finding:
    """The person died, on one known day that has come."""
    alive = [d for d in days.look.of(Death) if d.flag is False and not d.at]
    if alive or _differ(days):
        texts = sorted({w.text for w in days.whens}) + ["deceasedBoolean: false"] * bool(alive)
        return ask(texts, *days.causes, *alive, reason="contradiction")
    if days.day is None:
        return missing("Patient.deceasedDateTime", *days.causes, reason="no-day")
    if days.day > days.look.today:
        return missing("Patient.deceasedDateTime", *days.causes, reason="ahead", day=str(days.day))
    return met(*days.causes, day=str(days.day))


def _differ(days: LastDays) -> bool:
    return any(not w.first <= days.day <= w.last for w in days.whens) if days.day else False


@criterion("one-station", "JP-M-14", "JP-L-08")
def one_station(days: LastDays) -> Finding:
    """One station made the visits: only one station may charge terminal care for a person."""
    stations = [a for v in days.in_window for a in v.stations]
    if not stations:
        return missing("Encounter.serviceProvider", *days.in_window, reason="no-station")
    names = sorted({a.national or str(a.reference.get("reference", "?")) for a in stations})
    same = [any_same([stations[0]], [other]) for other in stations[1:]]
    if False in same:
        return ask(names, *days.in_window, reason="several")
    return ask(names, *days.in_window, reason="unclear") if None in same else met(*days.in_window)


@criterion("window", "JP-M-01", "JP-M-02", "JP-M-03", "JP-M-16", "JP-L-01", "JP-L-09")
def window(days: LastDays) -> Finding:
    """Visits on enough days of the window, both insurances counted together."""
    least = days.look.number("least_visit_days")
    sure, hanging = _days(days, Counts.YES), _days(days, Counts.YES, Counts.PERHAPS)
    values = {"first": str(days.first), "last": str(days.day), "days": str(len(sure)), "least": str(least)}
    if len(sure) >= least:
        return met(*days.made, **values)
    if len(hanging) >= least:
        readings = [f"退院支援指導加算: {len(hanging)}", f"訪問看護基本療養費: {len(sure)}"]
        return ask(readings, *days.made, reason="discharge-guidance", **values)
    more = _more(days, hanging)
    if len(hanging) + more >= least:
        return missing("Encounter.status | Encounter.period", *days.in_window, reason="open", **values)
    return _one_day(days, len(hanging), more, values) or unmet(*days.made, reason="days", **values)


def _days(days: LastDays, *wanted: Counts) -> set[date]:
    return {v.day for v in days.made if v.day and counting(days.look, v) in wanted}


def _more(days: LastDays, known: set[date]) -> int:
    """How many more days the doubtful visits may make; a period of several days may hold several visits."""
    dated = {v.day for v in days.doubtful if v.day} - known
    undated = [v for v in days.doubtful if v.day is None]
    return len(dated) + sum(days.look.number("least_visit_days") if v.is_long else 1 for v in undated)


def _one_day(days: LastDays, certain: int, more: int, values: dict[str, str]) -> Finding | None:
    """One day may be enough for some states, unless the last visit is surely medical; the reading is not confirmed."""
    enough = days.look.number("least_visit_days_listed")
    seen = _states(days)
    if days.side == "medical" or certain + more < enough or not seen:
        return None
    values = {**values, "days": str(certain)}
    if certain < enough:
        return missing("Encounter.status | Encounter.period", *days.in_window, reason="open", **values)
    states = sorted({k for s in seen if isinstance(s, ListedState) for k in s.kinds & _ONE_DAY_STATES})
    readings = [f"{enough}: {', '.join(states) or 'special-instruction'}", f"{values['least']}: JP-M-16"]
    return ask(readings, *days.made, *seen, reason="one-day", **values)


def _states(days: LastDays) -> list[Fact]:
    """What makes one day enough, on the days of the visits (or, with none made yet, on the day of death)."""
    when = sorted({v.day for v in days.made if v.day} or {d for d in (days.day,) if d})
    return [f for d in when for f in (*states_on(days.look, d, _ONE_DAY_STATES), *instructions_on(days.look, d)[0])]


@criterion("last-visit", "JP-M-13", "JP-R-01")
def last_visit(days: LastDays) -> Finding:
    """The last visit is known: its insurance and its day decide what is charged, where and when."""
    last = days.last_day
    if last is None:
        return missing("Encounter", *days.in_window, reason="nothing")
    later = [v for v in days.doubtful if _may_follow(v, last, days)]
    if later:
        return missing("Encounter.status | Encounter.period", *later, reason="open", day=str(last))
    return met(*days.last, day=str(last))


def _may_follow(visit: Visit, last: date, days: LastDays) -> bool:
    start = visit.start
    return start is None or days.day is None or min(max(start.last, _end(visit)), days.day) > last


def _end(visit: Visit) -> date:
    return visit.end.last if visit.day is None and visit.end else date.min


@criterion("insurance", "JP-R-01", "JP-R-02", "JP-R-03", "JP-R-04", "JP-R-05", "JP-M-16")
def insurance(days: LastDays) -> Finding:
    """The insurance of the last visit, in which terminal care is charged."""
    return days.insured or missing("Encounter", reason="no-visit")


@criterion("plan", "JP-M-04", "JP-L-04")
def plan(days: LastDays) -> Finding:
    """Terminal care was planned with the main doctor (主治医) and the plan was in force in the window."""
    plans = [
        p for p in days.look.of(TerminalPlan) if p.status not in _NO_PLAN and p.intent not in ("proposal", "option")
    ]
    if not plans:
        return missing("CarePlan", reason="nothing")
    undated = [p for p in plans if p.since is None]
    current = [p for p in plans if p not in undated and _in_window(p, days)]
    if not current:
        reason = "dates" if undated else "not-then"
        return missing("CarePlan.period", *(undated or plans), reason=reason)
    made = [p for p in current if _with_doctor(p, days)]
    return met(*made) if made else missing("CarePlan.contributor", *current, reason="no-doctor")


def _in_window(plan: TerminalPlan, days: LastDays) -> bool:
    if days.day is None or days.first is None or plan.since is None or plan.since.first > days.day:
        return False
    return plan.until is None or plan.until.last >= days.first


def _with_doctor(plan: TerminalPlan, days: LastDays) -> bool:
    """A doctor by code, or the doctor whom the Patient names."""
    own = [a for d in days.look.of(Death) for a in d.doctors]
    return bool(plan.doctors) or any_same(plan.people, own) is True


@criterion("explanation", "JP-M-05", "JP-L-04")
def explanation(days: LastDays) -> Finding:
    """The support system was explained: whom to call, under which number, what to do in an emergency."""
    told_then = [e for e in days.look.of(Explanation) if _before_death(e.at, days)]
    given = [e for e in told_then if e.status in ("completed", "active")]
    if given:
        return met(*given)
    if told_then:
        return missing("Communication.status", *told_then, reason="draft")
    late = days.look.of(Explanation)
    return missing("Communication | Consent", *late, reason="date" if late else "nothing")


@criterion("consent", "JP-M-06", "JP-L-04")
def consent(days: LastDays) -> Finding:
    """The person and the family agreed. On the medical side a notice asks for the explanation only: shown."""
    given = [a for a in days.look.of(Agreement) if _before_death(a.at, days)]
    if any(a.status == "active" for a in given):
        return met(*(a for a in given if a.status == "active"))
    if any(a.status == "rejected" for a in given):
        return unmet(*given, reason="rejected")
    if given:
        return missing("Consent.status", *given, reason="draft")
    if days.look.of(Agreement):
        return missing("Consent.dateTime", *days.look.of(Agreement), reason="date")
    explained = days.side == "medical" and explanation(days).state == "met"
    return missing("Consent", reason="explained-only" if explained else "nothing")


def _before_death(at: When | None, days: LastDays) -> bool:
    """Whether it was surely not after the death; the day itself is early enough where no time contradicts."""
    died = days.died
    if at is None or died is None or at.last > died.last:
        return False
    return at.at <= died.at if at.at and died.at else True


@criterion("death-record", "JP-M-08", "JP-M-15")
def death_record(days: LastDays) -> Finding:
    """The nursing record (訪問看護記録書) holds the place and the time of death."""
    done = done_records(days)
    if not done:
        return missing("Observation", *days.records, reason="draft" if days.records else "nothing")
    if not any(r.place for r in done):
        return missing("Observation.value", *done, reason="place")
    if not any(r.at and r.at.at for r in done):
        return missing("Observation.effective", *done, reason="time")
    return met(*done, time=next(r.at.text for r in done if r.at and r.at.at))


@criterion("notice-clock", "JP-M-09")
def notice_clock(days: LastDays) -> Finding:
    """Advice: how long before the death terminal care was last given, which is the notice's clock."""
    ends = [v.end for v in days.last if v.end]
    if not ends or days.died is None:
        return missing("Encounter.period", reason="nothing")
    shortest, longest = elapsed(max(ends, key=lambda w: (w.last, w.text)), days.died, days.look.zone)
    hours = clock(shortest) if shortest == longest else f"{clock(shortest)}–{clock(longest)}"
    return met(*days.last, hours=hours)
