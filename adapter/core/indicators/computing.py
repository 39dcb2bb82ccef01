"""Computes an indicator: exact fractions, pooled and as the mean of the practices' own rates, at every level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from adapter.core.indicators.definitions import Counted, Counts, Indicator
from adapter.core.indicators.figures import ALL, CLUSTER, PRACTICE, REGION, Cell, Figure, Place
from adapter.core.indicators.insured import Base, InsuredTable
from adapter.core.indicators.periods import ReportPeriod, quarter_of

QUARTER = "quarter"
WHOLE = ("", "")

Numbers = Mapping[tuple[str, str, str], Decimal]
"""What was counted, by practice, breakdown and stratum."""


@dataclass(frozen=True)
class Computed:
    """An indicator's figures in a period.

    `above` gives the larger places of each practice; `left_out` what was counted and is in no figure, by practice
    (empty: of no practice). Counts below `hidden_below` are told to nobody.
    """

    indicator: Indicator
    period: ReportPeriod
    figures: Mapping[Cell, Figure]
    above: Mapping[str, tuple[Place, ...]]
    left_out: Mapping[str, Decimal] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    hidden_below: int | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing is dropped in silence."""
        return (*(self._left_out(practice) for practice in sorted(self.left_out)), *self.doubts)

    def _left_out(self, practice: str) -> str:
        count = self.left_out[practice]
        told = "fewer than are shown" if self.hidden_below and count < self.hidden_below else f"{count} counted"
        who = f"practice {practice}, of which no insured persons are known" if practice else "no practice"
        return f"left out of {self.indicator.id}: {told} of {who}"

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place, from practices up."""
        return tuple(sorted({cell[0] for cell in self.figures}, key=lambda place: place.order))

    def whole(self, place: Place) -> Figure | None:
        """The figure of a place for the whole period."""
        return self.figures.get((place, *WHOLE))

    def strata(self, by: str) -> tuple[str, ...]:
        """The strata of a breakdown, in order."""
        return tuple(sorted({stratum for _, breakdown, stratum in self.figures if breakdown == by}))

    def practices_of(self, place: Place) -> tuple[str, ...]:
        """The practices of a larger place, in order; the practice itself for a practice."""
        if place.level == PRACTICE:
            return (place.name,)
        return tuple(sorted(name for name, above in self.above.items() if place in above))


def compute(
    indicator: Indicator,
    counted: Iterable[Counted],
    period: ReportPeriod,
    table: InsuredTable | None = None,
    base: Base = Base.MEAN,
) -> Computed:
    """The figures of one indicator. Without a table there are practices and their total, and no rate per insured."""
    return _Computing(indicator, list(counted), period, table, base).result()


@dataclass
class _Computing:
    indicator: Indicator
    counted: Sequence[Counted]
    period: ReportPeriod
    table: InsuredTable | None
    base: Base
    doubts: list[str] = field(default_factory=list)

    def result(self) -> Computed:
        counts = self._numbers(self.indicator.count)
        bases = self._numbers(self.indicator.base) if self.indicator.base else {}
        practices = self._practices({practice for practice, *_ in (*counts, *bases)})
        above = {practice: self._above(practice) for practice in practices}
        told = bases if self.indicator.base else counts
        left_out = {p: n for (p, by, _), n in told.items() if not by and p not in above}
        figures: dict[Cell, Figure] = {}
        for by, stratum in [WHOLE, *self._strata(counts)]:
            own = {p: self._own(p, by, stratum, counts, bases) for p in practices}
            figures |= self._places(own, above, by, stratum)
        self._doubt(practices, left_out)
        return Computed(self.indicator, self.period, figures, above, left_out, tuple(self.doubts))

    def _numbers(self, counts: Counts) -> dict[tuple[str, str, str], Decimal]:
        numbers: dict[tuple[str, str, str], Decimal] = {}
        for one in self.counted:
            if counts.holds(one.tally) and self.period.holds(one.tally.day):
                practice = one.tally.strata.get(PRACTICE, "")
                for by, stratum in [WHOLE, *((by, _stratum(one, by)) for by in self.indicator.by)]:
                    key = (practice, by, stratum)
                    numbers[key] = numbers.get(key, Decimal(0)) + one.tally.value
        return numbers

    def _practices(self, counted: set[str]) -> list[str]:
        """Those of the table; without a table, those that anything was counted of."""
        if self.table is None:
            return sorted(counted - {""})
        quarters = self.period.quarters
        known = [p for p in self.table.practices if self.table.of(p, quarters)]
        if self.indicator.base is not None:
            return known
        return [p for p in known if self.table.insured(p, quarters, self.base)]

    def _above(self, practice: str) -> tuple[Place, ...]:
        if self.table is None:
            return (Place(ALL, ""),)
        rows = self.table.of(practice, self.period.quarters)
        if len({(row.cluster, row.region) for row in rows}) > 1:
            self.doubts.append(f"practice {practice} changed its cluster in the period; the last one is taken")
        return Place(CLUSTER, rows[-1].cluster), Place(REGION, rows[-1].region)

    def _strata(self, counts: Numbers) -> list[tuple[str, str]]:
        """Every quarter of the period, and the strata of the other breakdowns that anything was counted in."""
        found = {(by, stratum) for _, by, stratum in counts if by and by != QUARTER}
        quarters = {(QUARTER, quarter) for quarter in self.period.quarters} if QUARTER in self.indicator.by else set()
        return sorted(found | quarters)

    def _own(self, practice: str, by: str, stratum: str, counts: Numbers, bases: Numbers) -> Figure | None:
        """A practice's figure; None where its base is not known in the stratum."""
        count = counts.get((practice, by, stratum), Decimal(0))
        if self.indicator.base is None:
            quarters = (stratum,) if by == QUARTER else self.period.quarters
            known = self.table.insured(practice, quarters, self.base) if self.table else None
            return _figure(self.indicator.scale, count, known) if known else None
        within = (by, stratum) if by == QUARTER else WHOLE
        return _figure(self.indicator.scale, count, Fraction(bases.get((practice, *within), Decimal(0))))

    def _places(
        self, own: Mapping[str, Figure | None], above: Mapping[str, tuple[Place, ...]], by: str, stratum: str
    ) -> dict[Cell, Figure]:
        figures: dict[Cell, Figure] = {}
        members: dict[Place, list[Figure]] = {}
        for practice, figure in own.items():
            if figure is not None:
                figures[(Place(PRACTICE, practice), by, stratum)] = figure
                for place in above[practice]:
                    members.setdefault(place, []).append(figure)
        return figures | {(p, by, stratum): _together(self.indicator.scale, found) for p, found in members.items()}

    def _doubt(self, practices: Sequence[str], left_out: Mapping[str, Decimal]) -> None:
        """What the table does not say of the period."""
        if self.table is None or self.indicator.base is not None:
            return
        wanted = len(self.period.quarters)
        if not practices:
            self.doubts.append("no insured persons are known in the period")
        for practice in self.table.practices:
            known = len(self.table.of(practice, self.period.quarters))
            if known and practice not in practices and practice not in left_out:
                self.doubts.append(f"left out: practice {practice}, which has no insured person")
            elif 0 < known < wanted:
                self.doubts.append(f"practice {practice}: insured persons known in {known} of {wanted} quarters")


def _stratum(counted: Counted, by: str) -> str:
    return quarter_of(counted.tally.day) if by == QUARTER else counted.tally.strata.get(by, "")


def _figure(scale: int, count: Decimal, base: Fraction) -> Figure:
    return Figure(count, base, scale * Fraction(count) / base if base else None)


def _together(scale: int, members: Sequence[Figure]) -> Figure:
    """A larger place: pooled, and the mean of the rates of those practices that have one."""
    pooled = _figure(scale, sum((m.count for m in members), Decimal(0)), sum((m.base for m in members), Fraction(0)))
    rates = [m.rate for m in members if m.rate is not None]
    return replace(pooled, mean=Fraction(sum(rates, Fraction(0)), len(rates)) if rates else None)
