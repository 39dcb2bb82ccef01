"""Where the person died, and whether that was soon enough after leaving the home where care was given.

The seed's clock starts when the person leaves the home; the notice's when terminal care was last given. The
seed decides, the notice's is shown as advice.
"""

from datetime import timedelta

from adapter.core.findings import Finding, ask, criterion, met, missing, unmet
from adapter.core.times import When

from .fact_types import FacilityCare, HospitalStay, LeftHome
from .visits import DONE
from .windows import LastDays, bounds, clock, done_records, elapsed


@criterion("place-of-death", "JP-M-09", "JP-M-10", "JP-M-11", "JP-M-15", "JP-L-06")
def place_of_death(days: LastDays) -> Finding:
    """At home, in the facility where the person was visited, or elsewhere within the hours of the law."""
    records = done_records(days)
    places = {p for r in records for p in r.place}
    if len(places) > 1:
        return ask(sorted(places), *records, reason="several")
    died = days.died
    if not places or died is None:
        return missing("Observation.value", *records, reason="nothing")
    if places == {"died-home"}:
        return met(*records, reason="home")
    if places == {"died-facility"} and _was_visited_there(days):
        return met(*records, *days.made, reason="facility")
    return _within_hours(days, died)


def _was_visited_there(days: LastDays) -> bool:
    return any("facility" in v.places for v in days.made)


def _within_hours(days: LastDays, died: When) -> Finding:
    """The clock: from leaving home where that is recorded, else from what surely lies before or after it."""
    limit = timedelta(hours=days.look.number("hours_after_leaving_home"))
    left = [f for f in days.look.of(LeftHome) if f.status in DONE and f.at]
    if left:
        return _from_leaving(days, left, died, limit)
    late, still = _stays(days, died, limit), _still_at_home(days, died, limit)
    evidence = (*done_records(days), *late, *(days.last if still else ()))
    if late and still:
        return ask([f.evidence.reference for f in evidence], *evidence, reason="contradiction")
    if late:
        return unmet(*evidence, reason="late-stay", limit=clock(limit))
    if still:
        return met(*evidence, reason="still-home", limit=clock(limit))
    return missing("Observation (left-home)", *evidence, reason="left-home", limit=clock(limit))


def _from_leaving(days: LastDays, left: list[LeftHome], died: When, limit: timedelta) -> Finding:
    zone = days.look.zone
    before = [f for f in left if f.at and bounds(f.at, zone)[0] <= bounds(died, zone)[1]]
    if not before:
        return ask([f.at.text for f in left if f.at] + [died.text], *left, *days.causes, reason="contradiction")
    last = max(before, key=lambda f: (f.at.last, bounds(f.at, zone)[1]) if f.at else ())
    shortest, longest = elapsed(last.at or died, died, zone)
    if longest <= limit:
        return met(last, *days.causes, reason="within", hours=clock(longest), limit=clock(limit))
    if shortest > limit:
        return unmet(last, *days.causes, reason="late", hours=clock(shortest), limit=clock(limit))
    return missing("Observation.effective", last, *days.causes, reason="times", limit=clock(limit))


def _stays(days: LastDays, died: When, limit: timedelta) -> list[HospitalStay]:
    """Stays that surely began longer before the death than the limit, and lasted until it."""
    found = []
    for stay in days.look.of(HospitalStay):
        start, end = (stay.period.start, stay.period.end) if stay.period else (None, None)
        if stay.status in ("cancelled", "planned") or start is None or (end and end.last < died.first):
            continue
        if elapsed(start, died, days.look.zone)[0] > limit:
            found.append(stay)
    return found


def _still_at_home(days: LastDays, died: When, limit: timedelta) -> bool:
    """Whether the last visit surely ended within the limit: whoever was visited at home had not left it yet."""
    at_home = [v.end for v in days.last if v.end and "discharge-guidance" not in v.kinds]
    return any(elapsed(end, died, days.look.zone)[1] <= limit for end in at_home)


@criterion("care-type", "JP-M-11", "JP-M-12")
def care_type(days: LastDays) -> Finding:
    """Type 1 or 2 of 訪問看護ターミナルケア療養費: type 2 where a facility bills end-of-life care of its own."""
    records = done_records(days)
    places = {p for r in records for p in r.place}
    billed = [f for f in days.look.of(FacilityCare) if f.status in DONE and f.bills is not None]
    answers = {f.bills for f in billed}
    if places == {"died-home"}:
        return met(*records, reason="one")
    if len(places) != 1:
        return missing("Observation.value", *records, reason="place")
    if len(answers) > 1:
        return ask([f"{f.evidence.reference}: {f.bills}" for f in billed], *billed, reason="contradiction")
    if places == {"died-facility"}:
        return _of_the_facility(billed, answers)
    if True in answers:
        return ask(sorted(places), *records, *billed, reason="elsewhere")
    return met(*records, *billed, reason="one")


def _of_the_facility(billed: list[FacilityCare], answers: set[bool | None]) -> Finding:
    if not billed:
        return missing("Observation (facility-mitori)", reason="facility")
    return met(*billed, reason="two" if True in answers else "one")
