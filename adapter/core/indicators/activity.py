"""What a pack did in a period: decisions by month, amounts, what is missing most, what it tallied. For every pack."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from adapter.core.decisions import Decision, Line
from adapter.core.findings import State
from adapter.core.indicators.definitions import Counted
from adapter.core.indicators.periods import ReportPeriod
from adapter.core.occasions import Outcome, Tally

NO_DAY = "no day"
_PERSONS = ("persons", "inclusion")
_OPEN = (State.UNMET, State.ASK, State.MISSING)


@dataclass
class Activity:
    """Grows decision by decision; sums are Decimal, so that money stays exact."""

    period: ReportPeriod
    decisions: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    lines: Counter[tuple[str, Outcome, str]] = field(default_factory=Counter)
    amounts: dict[tuple[str, Outcome, str], Decimal] = field(default_factory=dict)
    lacking: Counter[tuple[str, State]] = field(default_factory=Counter)
    tallies: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    persons: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    _so_far: dict[str, set[str]] = field(default_factory=dict)
    _count_so_far: dict[str, Decimal] = field(default_factory=dict)

    def add(self, decision: Decision) -> None:
        """Count a decision of the period; one without a day belongs to every period."""
        day = decision.occasion.day
        if day is not None and not self.period.holds(day):
            return
        self.decisions[(f"{day:%Y-%m}" if day else NO_DAY, decision.outcome)] += 1
        self.lacking.update((f.criterion, f.state) for f in decision.findings(*_OPEN))
        for line in decision.lines:
            self._add_line(decision, line)

    def add_tallies(self, counted: Iterable[Counted]) -> None:
        """Count tallies: those of the period by their strata, and all up to its end for the targets."""
        for one in counted:
            tally = one.tally
            if tally.day <= self.period.last:
                self._so_far.setdefault(tally.name, set()).add(one.person)
                self._count_so_far[tally.name] = self._count_so_far.get(tally.name, Decimal(0)) + tally.value
            if self.period.holds(tally.day):
                for key in _keys(tally):
                    self.tallies[key] = self.tallies.get(key, Decimal(0)) + tally.value
                    self.persons.setdefault(key, set()).add(one.person)

    def targets(self, named: Mapping[str, object]) -> tuple[tuple[str, Decimal, Decimal], ...]:
        """(name, count up to the period's end, target) for each number `target_<tally>` or `<tally>_target`.

        `persons` and `inclusion` count persons: those included where the pack tallies that, else all that it tallies.
        """
        wanted = {_aim(name): Decimal(str(number)) for name, number in named.items() if _is_target(name, number)}
        return tuple((name, self._reached(name.replace("_", "-")), wanted[name]) for name in sorted(wanted))

    def _reached(self, name: str) -> Decimal:
        if name not in _PERSONS or name in self._so_far:
            return self._count_so_far.get(name, Decimal(0))
        included = self._so_far.get("included")
        return Decimal(len(included if included is not None else set().union(*self._so_far.values())))

    def _add_line(self, decision: Decision, line: Line) -> None:
        code = decision.pack.charges[line.charge.code].code
        amount = line.tariff.amount if line.tariff else None
        key = (code, line.outcome, amount.unit if amount else "")
        self.lines[key] += 1
        if amount:
            self.amounts[key] = self.amounts.get(key, Decimal(0)) + amount.value * line.charge.quantity


def _keys(tally: Tally) -> Iterable[tuple[str, str, str]]:
    yield tally.name, "", ""
    for stratum, value in tally.strata.items():
        yield tally.name, stratum, value


def _is_target(name: str, number: object) -> bool:
    return isinstance(number, int | Decimal) and (name.startswith("target_") or name.endswith("_target"))


def _aim(name: str) -> str:
    return name.removeprefix("target_").removesuffix("_target")


def year_of(day: date) -> ReportPeriod:
    """The calendar year of a day: the period of a report that is given none."""
    return ReportPeriod(date(day.year, 1, 1), date(day.year, 12, 31))
