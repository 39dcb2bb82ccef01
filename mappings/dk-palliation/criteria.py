"""What the record must say of a terminal person, and whether the agreement was used for them.

Whether a terminal declaration is a condition was not found (DK-19): any statement of the terminal phase counts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from adapter.core.findings import Finding, ask, criterion, met, missing, unmet
from adapter.core.looks import Look

from .fact_types import InsuredGroup, Listing, RecordedService, Service, Terminal
from .practices import listed_with, numbers_of
from .services import is_billed, kind_of

_SAID = frozenset({"final", "amended", "corrected", "current", "active", "recurrence", "relapse", None})
_DONE = frozenset({"completed"})


@dataclass(frozen=True)
class Phase:
    """The terminal phase of the person: what says so, what denies it, and since when."""

    look: Look

    @cached_property
    def statements(self) -> tuple[Terminal, ...]:
        """What says that the person is in the terminal phase; what lies in the future has not been said yet."""
        said = (f for f in self.look.of(Terminal) if f.status in _SAID and not _denies(f))
        return tuple(f for f in said if f.at is None or f.at.first <= self.look.today)

    @cached_property
    def denials(self) -> tuple[Terminal, ...]:
        """What says that they are not."""
        return tuple(f for f in self.look.of(Terminal) if _denies(f))

    @cached_property
    def day(self) -> date | None:
        """The first day on which it is surely said."""
        return min((f.at.day for f in self.statements if f.at and f.at.day), default=None)

    @property
    def day_text(self) -> str:
        """The day as people read it."""
        return str(self.day or "?")

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Billed services since that day, current or former."""
        found = (s for s in self.look.of(Service) if is_billed(s) and kind_of(s) != "example")
        return tuple(s for s in found if self.day and s.at and s.at.last >= self.day)


def _denies(fact: Terminal) -> bool:
    return fact.flag is False or fact.verification == "refuted"


@criterion("terminal", "DK-03", "DK-16")
def terminal(phase: Phase) -> Finding:
    """The record says that the person is in the terminal phase, and since when."""
    if phase.denials:
        both = (*phase.statements, *phase.denials)
        return ask([f.evidence.reference for f in both], *both)
    if phase.day is None:
        return missing("Observation.effective | DocumentReference.date | Condition.onset", *phase.statements)
    return met(*phase.statements, day=phase.day_text)


@criterion("practice", "DK-02", "DK-03")
def practice(phase: Phase) -> Finding:
    """The person is listed with one practice with a Ydernummer (practice number), in the region."""
    listings, region = phase.look.of(Listing), str(phase.look.settings["region"])
    regions = sorted({r for f in listings for r in f.regions})
    numbers = numbers_of(listed_with(phase.look))
    if regions and region not in regions:
        return unmet(*listings, region=", ".join(regions), own=region)
    if not numbers:
        return missing("Patient.generalPractitioner (Ydernummer)", *listings)
    if len(numbers) > 1:
        return ask(numbers, *listings)
    return met(*listings, practice=numbers[0])


@criterion("group-1", "DK-03")
def group_1(phase: Phase) -> Finding:
    """The person is insured in group 1 (gruppe 1-sikret) on the day."""
    day = phase.day or phase.look.today
    held = [g for g in phase.look.of(InsuredGroup) if g.status == "active"]
    valid = [g for g in held if g.period is None or g.period.may_cover(day)]
    groups = {name for g in valid for name in g.groups}
    if len(groups) > 1:
        return ask(sorted(groups), *valid)
    if not groups:
        return missing("Coverage.type", *phase.statements, day=str(day))
    return met(*valid) if groups == {"group-1"} else unmet(*valid)


@criterion("service", "DK-06", "DK-11", "DK-13")
def service(phase: Phase) -> Finding:
    """At least one service of the agreement was billed since the person is in the terminal phase."""
    if phase.services:
        return met(*phase.services, reason="billed", day=phase.day_text)
    if phase.day is None:
        return missing("Observation.effective", *phase.statements, reason="no-day")
    recorded = _recorded_since(phase, phase.day)
    if recorded:
        return missing("ChargeItem", *recorded, reason="unbilled", day=phase.day_text)
    if not phase.look.settings["service_codes_known"]:
        return ask(["codes.yaml: current-service"], *phase.statements, reason="codes", day=phase.day_text)
    until = remind_on(phase)
    if until and phase.look.today < until:
        return met(*phase.statements, reason="waiting", until=str(until))
    return missing("ChargeItem", *phase.statements, reason="none", day=phase.day_text)


def remind_on(phase: Phase) -> date | None:
    """From which day on the practice is told."""
    return phase.day + timedelta(days=int(phase.look.settings["remind_after_days"])) if phase.day else None


def _recorded_since(phase: Phase, day: date) -> list[RecordedService]:
    done = [r for r in phase.look.of(RecordedService) if r.status in _DONE]
    return [r for r in done if r.at and r.at.last >= day]
