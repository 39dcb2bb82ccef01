"""Reports on files: gathers the tallies and decisions of everybody in a replay, and computes the pack's indicators."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapter.core.decisions import look_at
from adapter.core.indicators import (
    Activity,
    Base,
    Comparison,
    Computed,
    Counted,
    GoalRow,
    Indicator,
    InsuredTable,
    ReportPeriod,
    compare,
    compute,
    goal_rows,
    hide_small,
    indicators_of,
)
from adapter.core.indicators.activity import year_of
from adapter.core.indicators.follow_up import check_apart
from adapter.core.packs import Pack
from adapter.core.times import zone_named
from adapter.replay.running import Replay


@dataclass(frozen=True)
class Wanted:
    """What a report is asked for. Without a period: the calendar year of as-of, in the scheme's zone."""

    pack: Pack
    period: ReportPeriod | None = None
    compare_with: ReportPeriod | None = None
    table: InsuredTable | None = None
    base: Base = Base.MEAN

    @property
    def threshold(self) -> int | None:
        """Counts below it are hidden; None hides nothing."""
        found = self.pack.settings.get("suppress_below")
        return int(found) if found is not None else None


@dataclass(frozen=True)
class Report:
    """A pack's report on a period; `choices` say what no source settles, `notes` what was left out."""

    pack: Pack
    as_of: datetime
    period: ReportPeriod
    computed: tuple[Computed, ...]
    comparisons: tuple[tuple[Indicator, tuple[Comparison, ...]], ...]
    compared_with: ReportPeriod | None
    goals: tuple[GoalRow, ...]
    activity: Activity
    threshold: int | None
    choices: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


def report_on(replay: Replay, wanted: Wanted) -> Report:
    """The report on what the replay has read; raises BadPeriod where two periods may not be compared, and Blocked."""
    pack, as_of = wanted.pack, replay.as_of
    period = wanted.period or year_of(as_of.astimezone(zone_named(pack.zone)).date())
    check_follow_up(pack, period, wanted.compare_with)
    activity, counted = Activity(period), list[Counted]()
    for judged in replay.persons():
        for decision in judged.decisions:
            activity.add(decision)
        own = pack.tallies(look_at(pack, judged.record, as_of))
        counted.extend(Counted(judged.record.person.pseudonym, tally) for tally in own)
    activity.add_tallies(counted)
    indicators, notes = _usable(pack, wanted.table)
    computed = [_computed(i, counted, period, wanted) for i in indicators]
    return Report(
        pack=pack,
        as_of=as_of,
        period=period,
        computed=tuple(computed),
        comparisons=tuple(_compared(c, counted, wanted) for c in computed) if wanted.compare_with else (),
        compared_with=wanted.compare_with,
        goals=goal_rows(pack.settings.get("goals", ()), computed, counted, wanted.threshold),
        activity=activity,
        threshold=wanted.threshold,
        choices=_choices(wanted),
        notes=(*notes, *dict.fromkeys(note for c in computed for note in c.notes)),
    )


def check_follow_up(pack: Pack, period: ReportPeriod | None, other: ReportPeriod | None) -> None:
    """Raises BadPeriod where the pack wants more time between two periods."""
    rule = pack.settings.get("follow_up")
    if period and other and rule:
        basis = pack.bases.get(rule["basis"])
        check_apart(period, other, rule["months"], f"{basis.id}: {basis.text}" if basis else rule["basis"])


def _usable(pack: Pack, table: InsuredTable | None) -> tuple[list[Indicator], list[str]]:
    indicators = indicators_of(pack.settings)
    lacking = [i for i in indicators if i.base is None and table is None]
    notes = [f"left out: {i.id} needs a table of insured persons (--insured)" for i in lacking]
    return [i for i in indicators if i not in lacking], notes


def _computed(indicator: Indicator, counted: Sequence[Counted], period: ReportPeriod, wanted: Wanted) -> Computed:
    return hide_small(compute(indicator, counted, period, wanted.table, wanted.base), wanted.threshold)


def _compared(
    computed: Computed, counted: Sequence[Counted], wanted: Wanted
) -> tuple[Indicator, tuple[Comparison, ...]]:
    other = _computed(computed.indicator, counted, wanted.compare_with or computed.period, wanted)
    earlier, later = sorted((computed, other), key=lambda one: one.period.first)
    return computed.indicator, compare(earlier, later)


def _choices(wanted: Wanted) -> tuple[str, ...]:
    """What no source settles, and how this report settles it."""
    hidden = f"counts below {wanted.threshold} are hidden, and what would give them away"
    small = "not suppressed (setting suppress_below is empty)" if wanted.threshold is None else hidden
    bases = {
        Base.MEAN: "the mean of the quarters that are known (--denominator mean)",
        Base.LAST: "the last quarter that is known (--denominator last)",
    }
    of_indicators = (
        f"insured persons of a period: {bases[wanted.base]}",
        "rates are per period; rate: pooled over practices; mean: the mean of the practices' own rates",
        "two decimals, halves up, rounded once from exact fractions",
    )
    return (*(of_indicators if indicators_of(wanted.pack.settings) else ()), f"small numbers: {small}")
