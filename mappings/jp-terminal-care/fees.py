"""The fees of a visit day under medical insurance, and what each asks for.

訪問看護基本療養費(Ⅰ) once a day, 難病等複数回訪問加算 for several visits, 緊急訪問看護加算 for an urgent one (the
seed writes 緊急時訪問看護加算, which is the name of a monthly addition of long-term care).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from adapter.core.findings import Finding, State, ask, criterion, met, missing, unmet
from adapter.core.looks import Look

from .fact_types import BuildingPersons, UrgentInstruction, Visit, WrittenContact
from .insurances import first_of, instructions_on, insurance_of, is_ltc, is_medical, states_on
from .visits import DONE, is_basic, is_made, is_nursing, told, visits_of_a_day

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STAFF = frozenset({"nurse", "assistant-nurse", "specialist-nurse", "therapist"})
_BY_WEEK = frozenset({"nurse", "assistant-nurse"})
_LISTED = frozenset({"terminal-cancer", "listed-disease"})


@dataclass(frozen=True)
class VisitDay:
    """One day with visits of the basic fee; `visits` are all of the person's, for counting the week."""

    look: Look
    day: date
    visits: tuple[Visit, ...]

    @cached_property
    def reports(self) -> tuple[Visit, ...]:
        """The day's reports that are not surely long-term care."""
        nursing = (v for v in self.visits if v.day == self.day and is_nursing(v) is True and is_basic(v))
        return tuple(v for v in nursing if not is_ltc(self.insurance(v)))

    @cached_property
    def made(self) -> tuple[Visit, ...]:
        """The day's visits that took place and are surely medical."""
        return tuple(v for v in self.reports if is_made(v) and is_medical(self.insurance(v)))

    @cached_property
    def count(self) -> tuple[int, int]:
        """The least and the greatest number of visits made."""
        return visits_of_a_day(self.made)

    @property
    def urgent(self) -> tuple[Visit, ...]:
        """The urgent ones among the visits made."""
        return tuple(v for v in self.made if v.urgent)

    def insurance(self, report: Visit) -> Finding:
        """The insurance that one report of the day belongs to."""
        return insurance_of(self.look, (report,), self.day)


@criterion("visited", "JP-AMT-06")
def visited(day: VisitDay) -> Finding:
    """A visit of that day was made."""
    made = [v for v in day.reports if is_made(v)]
    return met(*made, day=str(day.day)) if made else missing("Encounter.status", *day.reports, day=str(day.day))


@criterion("day-insurance", "JP-R-02", "JP-R-03", "JP-R-04")
def day_insurance(day: VisitDay) -> Finding:
    """The day's visit is one of medical insurance."""
    found = first_of(day.insurance(v) for v in day.reports)
    return found or missing("Coverage", *day.reports, reason="nothing", day=str(day.day))


@criterion("staff", "JP-AMT-06")
def staff(day: VisitDay) -> Finding:
    """Who made the visit: the basic fee differs, and is charged once a day."""
    made = [v for v in day.reports if is_made(v)]
    kinds = {name for v in made for name in v.staff & _STAFF}
    if len(kinds) > 1:
        return ask(sorted(kinds), *made, reason="several")
    if not kinds or any(not v.staff & _STAFF for v in made):
        return missing("Practitioner.qualification", *made, reason="unknown")
    return met(*made, reason=kinds.pop())


@criterion("week-day", "JP-AMT-06")
def week_day(day: VisitDay) -> Finding:
    """Whether the day is among the first visit days of its week; on which day a week starts was not found."""
    early = day.look.number("week_early_days")
    week = [day.day - timedelta(days=back) for back in range(len(WEEK))]
    least, most = _visit_days(day, week)
    values = {"day": str(day.day), "early": str(early)}
    if most <= early:
        return met(*day.made, reason="early", **values)
    starts = day.look.settings["week_starts"]
    if not starts:
        readings = [f"{d}: {WEEK[d.weekday()]}" for d in sorted(week)]
        return ask(readings, *day.made, reason="week-start", **values)
    back = (day.day.weekday() - WEEK.index(starts)) % len(WEEK)
    least, most = _visit_days(day, week[: back + 1])
    if least <= early < most:
        return missing("Encounter.status", *day.made, reason="open", **values)
    return met(*day.made, reason="late" if least > early else "early", **values)


def _visit_days(day: VisitDay, among: Iterable[date]) -> tuple[int, int]:
    """On how many of the days the basic fee was surely, and at most, charged."""
    days = [VisitDay(day.look, d, day.visits) for d in among]
    return sum(bool(d.made) for d in days), sum(bool(d.reports) for d in days)


@criterion("visit-count", "JP-A-01", "ONE-VISIT")
def visit_count(day: VisitDay) -> Finding:
    """Two visits that day, or three and more."""
    many = day.look.number("multiple_many")
    least, most = day.count
    if min(least, many) != min(most, many):
        return ask([told(v) for v in day.made], *day.made, reason="reports", least=str(least), most=str(most))
    return met(*day.made, reason="many" if least >= many else "few", count=str(least))


@criterion("multiple-eligible", "JP-A-01")
def multiple_eligible(day: VisitDay) -> Finding:
    """Only for diseases of 別表第七, or under a special instruction."""
    listed = states_on(day.look, day.day, _LISTED)
    if listed:
        return met(*listed, reason="listed")
    instructed, perhaps = instructions_on(day.look, day.day)
    if instructed:
        return met(*instructed, reason="instruction")
    return missing("Condition | ServiceRequest", *perhaps, reason="nothing", day=str(day.day))


@criterion("building", "JP-AMT-07", "JP-AMT-08")
def building(day: VisitDay) -> Finding:
    """How many persons are visited in the building, by which the amount falls in tiers."""
    said = [b for b in day.look.of(BuildingPersons) if b.status in DONE and b.at and b.at.last <= day.day]
    last = max((b.at.last for b in said if b.at), default=None)
    now = [b for b in said if b.at and b.at.last == last and b.persons and b.persons > 0]
    tiers = {_tier(day.look, b.persons or 0) for b in now}
    if len(tiers) > 1:
        return ask([f"{b.evidence.reference}: {b.persons}" for b in now], *now, reason="contradiction")
    if not tiers:
        return missing("Observation (building-persons)", *now, reason="unknown")
    return met(*now, reason=f"tier-{tiers.pop()}", persons=str(now[0].persons))


def _tier(look: Look, persons: int) -> int:
    return 1 + sum(persons >= look.number(f"building_tier_{n}_from") for n in (2, 3, 4, 5))


@criterion("urgent-instruction", "JP-A-03")
def urgent_instruction(day: VisitDay) -> Finding:
    """The main doctor, of a clinic or a 在宅療養支援病院 (hospital supporting home care), told the nurse to go."""
    orders = [o for o in day.look.of(UrgentInstruction) if o.status in ("active", "completed") and o.at]
    then = [o for o in orders if o.at and o.at.day == day.day]
    kinds = {k for o in then for k in o.institution}
    if kinds == {"other-hospital"}:
        return unmet(*then, reason="institution")
    if not then:
        return missing("ServiceRequest", *day.urgent, reason="nothing", day=str(day.day))
    return met(*then) if kinds else missing("ServiceRequest.requester", *then, reason="institution", day=str(day.day))


@criterion("written-contact", "JP-A-03")
def written_contact(day: VisitDay) -> Finding:
    """The person was given the contact details in writing before."""
    given = [w for w in day.look.of(WrittenContact) if w.status == "completed" and w.at and w.at.first <= day.day]
    return met(*given) if given else missing("Communication", reason="nothing")


@criterion("urgent-reason", "JP-A-03")
def urgent_reason(day: VisitDay) -> Finding:
    """Advice: the claim asks for the reason, the record for date and time."""
    timed = [v for v in day.urgent if v.reason and v.start and v.start.at]
    return met(*timed) if timed else missing("Encounter.reasonCode", *day.urgent, reason="nothing")


def basic_code(kind: Finding, week: Finding | None) -> str | None:
    """The charge of the basic fee, once staff and day of the week are known."""
    if kind.state is not State.MET:
        return None
    if kind.reason not in _BY_WEEK:
        return f"basic-{kind.reason}"
    return f"basic-{kind.reason}-{week.reason}" if week and week.state is State.MET else None


def depends_on_week(kind: Finding) -> bool:
    """Whether the fee of that staff falls on other amounts later in the week."""
    return kind.state is State.MET and kind.reason in _BY_WEEK


def multiple_code(day: VisitDay, count: Finding, tier: Finding) -> str | None:
    """The charge of several visits, once their number and the tier are known."""
    if State.MET is not count.state or State.MET is not tier.state:
        return None
    many = count.reason == "many"
    name = f"multiple-{3 if many else 2}-{tier.reason}"
    if not many or tier.reason == "tier-1":
        return name
    return f"{name}-{'early' if day.day.day <= day.look.number('multiple_last_early_day') else 'late'}"


def urgent_code(day: VisitDay) -> str:
    """The charge of an urgent visit: it falls in the second half of the month."""
    return "urgent-early" if day.day.day <= day.look.number("urgent_last_early_day") else "urgent-late"
