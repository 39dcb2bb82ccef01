"""Goals beside the figures: of a cluster, a clinic, a provider or a person (KAP-S: klynge, klinik, behandler, patient).

A goal never changes a decision; it is shown beside what was reached.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from adapter.core.errors import Permanent
from adapter.core.identity import short
from adapter.core.indicators.computing import Computed
from adapter.core.indicators.definitions import Counted, Indicator
from adapter.core.indicators.figures import CLUSTER, PRACTICE, Place, shown
from adapter.core.indicators.periods import ReportPeriod

PERSONAL = "goal"
"""The tally by which a pack passes on a person's own Goal: strata `target`, `due`, `status`, `achievement`."""

_PLACES = {"klynge": CLUSTER, "klinik": PRACTICE}
_BEHANDLER, _PATIENT = "behandler", "patient"
_PROVIDER = "provider"


class BadGoal(Permanent):
    """A goal names a measure that is no indicator of the pack."""

    code = "bad-goal"


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One goal: `figure` is the rate at cluster and clinic, a count at provider and patient; None where not known."""

    level: str
    who: str
    measure: str
    target: Decimal | None
    figure: Decimal | None
    since: str = ""
    until: str = ""
    status: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the figure is at least the target; None where one of them is not known."""
        return None if self.target is None or self.figure is None else self.figure >= self.target


def goal_rows(
    goals: Iterable[Mapping[str, Any]],
    indicators: Sequence[Indicator],
    computed: Sequence[Computed],
    people: "People",
) -> tuple[GoalRow, ...]:
    """The site's goals that touch the period, then the persons' own; raises BadGoal."""
    by_id, figures = {i.id: i for i in indicators}, {c.indicator.id: c for c in computed}
    rows = []
    for goal in goals:
        indicator = by_id.get(goal["measure"])
        if indicator is None:
            known = ", ".join(by_id) or "none"
            raise BadGoal(f"goals: '{goal['measure']}' is no indicator of this pack; known: {known}")
        if _touches(goal, people.period):
            rows.append(_of_site(goal, indicator, figures.get(indicator.id), people))
    return (*rows, *(_personal(indicators[0], people) if indicators else ()))


@dataclass(frozen=True)
class People:
    """What was counted, person by person, in a period; counts below `threshold` are told to nobody."""

    counted: Sequence[Counted]
    period: ReportPeriod
    threshold: int | None = None

    def count(self, indicator: Indicator, level: str, who: str) -> Decimal | None:
        """What a provider or a person (by the short pseudonym) counts for; None where it is hidden."""
        held = (c for c in self.counted if indicator.count.holds(c.tally) and self.period.holds(c.tally.day))
        mine = (c for c in held if (c.tally.strata.get(_PROVIDER) if level == _BEHANDLER else short(c.person)) == who)
        count = sum((c.tally.value for c in mine), Decimal(0))
        return None if self.threshold is not None and 0 < count < self.threshold else count


def _touches(goal: Mapping[str, Any], period: ReportPeriod) -> bool:
    return str(goal.get("from", "")) <= str(period.last) and str(period.first) < str(goal.get("to", "9999"))


def _of_site(goal: Mapping[str, Any], indicator: Indicator, of: Computed | None, people: People) -> GoalRow:
    level, who = goal["level"], goal["who"]
    if level in _PLACES:
        found = of.whole(Place(_PLACES[level], who)) if of else None
        figure = shown(found.rate) if found and not found.hidden else None
    else:
        figure = people.count(indicator, level, who)
    target = Decimal(goal["target"])
    return GoalRow(level, who, goal["measure"], target, figure, str(goal.get("from", "")), str(goal.get("to", "")))


def _personal(indicator: Indicator, people: People) -> Iterable[GoalRow]:
    """Beside each goal: how often the first indicator's count holds for the person in the period."""
    goals = [c for c in people.counted if c.tally.name == PERSONAL and _is_open(c, people.period)]
    for goal in sorted(goals, key=lambda c: (c.person, c.tally.day, sorted(c.tally.strata.items()))):
        strata, who = goal.tally.strata, short(goal.person)
        yield GoalRow(
            level=_PATIENT,
            who=who,
            measure=indicator.id,
            target=Decimal(strata["target"]) if strata.get("target") else None,
            figure=people.count(indicator, _PATIENT, who),
            since=str(goal.tally.day),
            until=strata.get("due", ""),
            status=" ".join(filter(None, (strata.get("status"), strata.get("achievement")))),
        )


def _is_open(goal: Counted, period: ReportPeriod) -> bool:
    due = goal.tally.strata.get("due") or str(date.max)
    return goal.tally.day <= period.last and due >= str(period.first)
