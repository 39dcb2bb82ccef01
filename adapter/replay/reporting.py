"""Reports: gathers the tallies and decisions of everybody who is judged, and computes the pack's indicators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

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
    People,
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
from adapter.replay.running import Judged


class Source(Protocol):
    """Whoever supplies judged persons: files, or the service's database."""

    @property
    def as_of(self) -> datetime:
        """The instant of the look."""

    def persons(self) -> Iterator[Judged]:
        """Everybody whom something calls for."""


@dataclass(frozen=True)
class Wanted:
    """What a report is asked for. Without a period: the calendar year of as-of (in UTC, as days of as-of are)."""

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


def report_on(source: Source, wanted: Wanted) -> Report:
    """The report on a source's persons; raises BadPeriod where two periods may not be compared, and Blocked."""
    pack, as_of = wanted.pack, source.as_of
    period = wanted.period or year_of(as_of.astimezone(UTC).date())
    check_follow_up(pack, period, wanted.compare_with)
    activity, counted = Activity(period), list[Counted]()
    for judged in source.persons():
        for decision in judged.decisions:
            activity.add(decision)
        own = pack.tallies(look_at(pack, judged.record, as_of))
        counted.extend(Counted(judged.record.person.pseudonym, tally) for tally in own)
    activity.add_tallies(counted)
    indicators, notes = _usable(pack, wanted.table)
    computed = [_computed(i, counted, period, wanted) for i in indicators]
    others = [_computed(i, counted, wanted.compare_with, wanted) for i in indicators] if wanted.compare_with else []
    return Report(
        pack=pack,
        as_of=as_of,
        period=period,
        computed=tuple(computed),
        comparisons=tuple(_compared(c, other) for c, other in zip(computed, others, strict=False)),
        compared_with=wanted.compare_with,
        goals=goal_rows(
            pack.settings.get("goals", ()),
            indicators_of(pack.settings),
            computed,
            People(counted, period, wanted.threshold),
        ),
        activity=activity,
        threshold=wanted.threshold,
        choices=_choices(wanted),
        notes=(*notes, *_notes(computed, others, as_of)),
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


def _compared(computed: Computed, other: Computed) -> tuple[Indicator, tuple[Comparison, ...]]:
    earlier, later = sorted((computed, other), key=lambda one: one.period.first)
    return computed.indicator, compare(earlier, later)


def _notes(computed: Sequence[Computed], others: Sequence[Computed], as_of: datetime) -> list[str]:
    """What was left out, once, and whether a period goes on after as-of."""
    notes = [note for c in computed for note in c.notes]
    notes += [f"{c.period.text}: {note}" for c in others for note in c.notes]
    periods = [c.period for c in (*computed, *others)]
    notes += [f"{p.text} goes on after as-of: what is still to come is not in it" for p in periods if _open(p, as_of)]
    return list(dict.fromkeys(notes))


def _open(period: ReportPeriod, as_of: datetime) -> bool:
    return period.last > as_of.astimezone(UTC).date()


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
