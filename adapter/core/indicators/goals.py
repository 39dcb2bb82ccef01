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
from adapter.core.indicators.definitions import Counted
from adapter.core.indicators.figures import CLUSTER, PRACTICE, Place, shown
from adapter.core.indicators.periods import ReportPeriod

PERSONAL = "goal"
"""The tally by which a pack passes on a person's own Goal: strata `target`, `due`, `status`, `achievement`."""

_PLACES = {"klynge": CLUSTER, "klinik": PRACTICE}
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
    computed: Sequence[Computed],
    counted: Sequence[Counted],
    threshold: int | None = None,
) -> tuple[GoalRow, ...]:
    """The site's goals that touch the period, then the persons' own; raises BadGoal."""
    if not computed:
        return ()
    period, by_id = computed[0].period, {c.indicator.id: c for c in computed}
    rows = [_of_site(g, by_id, counted, threshold) for g in goals if _touches(g, period)]
    return (*rows, *_personal(computed[0], counted, threshold))


def _touches(goal: Mapping[str, Any], period: ReportPeriod) -> bool:
    return str(goal.get("from", "")) <= str(period.last) and str(period.first) < str(goal.get("to", "9999"))


def _of_site(
    goal: Mapping[str, Any], by_id: Mapping[str, Computed], counted: Sequence[Counted], threshold: int | None
) -> GoalRow:
    of = by_id.get(goal["measure"])
    if of is None:
        raise BadGoal(f"goals: '{goal['measure']}' is no indicator of this pack or report; known: {', '.join(by_id)}")
    level, who = goal["level"], goal["who"]
    if level in _PLACES:
        found = of.whole(Place(_PLACES[level], who))
        figure = shown(found.rate) if found and not found.hidden else None
    else:
        figure = _visible(_count(of, counted, level, who), threshold)
    target = Decimal(goal["target"])
    return GoalRow(level, who, goal["measure"], target, figure, str(goal.get("from", "")), str(goal.get("to", "")))


def _count(of: Computed, counted: Sequence[Counted], level: str, who: str) -> Decimal:
    held = (c for c in counted if of.indicator.count.holds(c.tally) and of.period.holds(c.tally.day))
    mine = (c for c in held if (c.tally.strata.get(_PROVIDER) if level == "behandler" else short(c.person)) == who)
    return sum((c.tally.value for c in mine), Decimal(0))


def _visible(count: Decimal, threshold: int | None) -> Decimal | None:
    return None if threshold is not None and 0 < count < threshold else count


def _personal(of: Computed, counted: Sequence[Counted], threshold: int | None) -> Iterable[GoalRow]:
    """Beside each goal: how often the first indicator's count holds for the person in the period."""
    goals = [c for c in counted if c.tally.name == PERSONAL and _is_open(c, of.period)]
    for goal in sorted(goals, key=lambda c: (c.person, c.tally.day, sorted(c.tally.strata.items()))):
        strata, who = goal.tally.strata, short(goal.person)
        yield GoalRow(
            level="patient",
            who=who,
            measure=of.indicator.id,
            target=Decimal(strata["target"]) if strata.get("target") else None,
            figure=_visible(_count(of, counted, "patient", who), threshold),
            since=str(goal.tally.day),
            until=strata.get("due", ""),
            status=" ".join(filter(None, (strata.get("status"), strata.get("achievement")))),
        )


def _is_open(goal: Counted, period: ReportPeriod) -> bool:
    due = goal.tally.strata.get("due") or str(date.max)
    return goal.tally.day <= period.last and due >= str(period.first)
