"""The report on a made region equals plain sums made here by another way, to the digit.

Nothing of the code under test is used for the expectation: quarters are read off the month, rates are ratios of
integers, and rounding is done by Decimal's own ROUND_HALF_UP on an exact quotient of 60 digits.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache

import pytest

from adapter.core.indicators import Base, Computed, Counts, Indicator, compute, read_insured, read_period, shown
from tests.report.made_region import CLUSTERS, PRACTICES, QUARTERS, REGION, YEARS, made_region

PER_1000 = Indicator("a", {}, Counts("service", {"kind": "current"}), None, 1000, ("quarter", "code"))
FORMER = Indicator("b", {}, Counts("service", {"kind": "former"}), None, 1000, ("quarter",))
SHARE = Indicator("c", {}, Counts("terminal-served"), Counts("terminal"), 100, ("quarter",))

Span = tuple[date, date]
PERIODS = [str(year) for year in YEARS] + ["2023-Q2", "2021-01-01/2025-12-31"]


@dataclass(frozen=True)
class Expected:
    """Count, base, pooled rate and mean of practices, by (level, name)."""

    count: int
    base: Fraction
    rate: str | None
    mean: str | None


def two_decimals(numerator: int, denominator: int) -> str:
    with localcontext() as context:
        context.prec = 60
        return str((Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def span_of(text: str) -> Span:
    if "/" in text:
        first, last = text.split("/")
        return date.fromisoformat(first), date.fromisoformat(last)
    if "Q" in text:
        return date(2023, 4, 1), date(2023, 6, 30)
    return date(int(text), 1, 1), date(int(text), 12, 31)


def quarter_named(day: date) -> str:
    return f"{day.year}-Q{ {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3}.get(day.month, 4) }"


Counted = Mapping[str, int]
Bases = Mapping[str, Fraction]


def expected(scale: int, counts: Counted, bases: Bases) -> dict[tuple[str, str], Expected]:
    """Every practice, cluster and the region, from the counts and bases of practices."""
    clusters = made_region().clusters
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for practice in clusters:
        groups[("practice", practice)] = [practice]
        groups[("cluster", clusters[practice])].append(practice)
        groups[("region", REGION)].append(practice)
    return {place: _one(scale, place[0], members, counts, bases) for place, members in groups.items()}


def _one(scale: int, level: str, members: list[str], counts: Counted, bases: Bases) -> Expected:
    count, base = sum(counts[m] for m in members), sum((bases[m] for m in members), Fraction(0))
    rate = two_decimals(scale * count * base.denominator, base.numerator) if base else None
    rates = [Fraction(scale * counts[m]) / bases[m] for m in members if bases[m]]
    total = sum(rates, Fraction(0))
    mean = two_decimals(total.numerator, total.denominator * len(rates)) if rates and level != "practice" else None
    return Expected(count, base, rate, mean)


def found(computed: Computed, by: str = "", stratum: str = "") -> dict[tuple[str, str], Expected]:
    def text(value: Fraction | None) -> str | None:
        return None if value is None else str(shown(value))

    return {
        (place.level, place.name): Expected(int(f.count), f.base, text(f.rate), text(f.mean))
        for (place, breakdown, s), f in computed.figures.items()
        if (breakdown, s) == (by, stratum)
    }


def services(span: Span, kind: str, holds: Callable[[date, str], bool] = lambda _day, _code: True) -> dict[str, int]:
    counts = dict.fromkeys(made_region().clusters, 0)
    for practice, day, of_kind, code, times in made_region().services:
        if span[0] <= day <= span[1] and of_kind == kind and holds(day, code):
            counts[practice] += times
    return counts


def insured(span: Span, last_only: bool = False) -> dict[str, Fraction]:
    wanted = [q for q in QUARTERS if quarter_named(span[0]) <= q <= quarter_named(span[1])]
    wanted = wanted[-1:] if last_only else wanted
    numbers = made_region().insured
    return {p: Fraction(sum(numbers[p, q] for q in wanted), len(wanted)) for p in made_region().clusters}


def persons(span: Span, served: bool, quarter: str | None = None) -> dict[str, int]:
    counts = dict.fromkeys(made_region().clusters, 0)
    for practice, day, is_served in made_region().terminal:
        if span[0] <= day <= span[1] and (is_served or not served) and quarter in (None, quarter_named(day)):
            counts[practice] += 1
    return counts


@cache
def computed(indicator: str, period: str, base: Base = Base.MEAN) -> Computed:
    table = read_insured(made_region().csv, "insured.csv")
    chosen = {"a": PER_1000, "b": FORMER, "c": SHARE}[indicator]
    return compute(chosen, made_region().counted(), read_period(period), table, base)


def test_the_region_is_as_large_as_it_says() -> None:
    region = made_region()
    assert (len(region.clusters), len(set(region.clusters.values())), len(YEARS)) == (PRACTICES, CLUSTERS, 5)
    assert len(computed("a", "2025").places) == PRACTICES + CLUSTERS + 1


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize(("indicator", "kind"), [("a", "current"), ("b", "former")])
def test_services_per_1000_at_every_level(indicator: str, kind: str, period: str) -> None:
    span = span_of(period)
    assert found(computed(indicator, period)) == expected(1000, services(span, kind), insured(span))


def test_the_last_quarters_insured_persons_as_the_base() -> None:
    span = span_of("2025")
    by_last = found(computed("a", "2025", Base.LAST))
    assert by_last == expected(1000, services(span, "current"), insured(span, last_only=True))
    assert by_last != found(computed("a", "2025"))


@pytest.mark.parametrize("period", ["2022", "2021-01-01/2025-12-31"])
def test_by_quarter(period: str) -> None:
    span = span_of(period)
    quarters = [q for q in QUARTERS if quarter_named(span[0]) <= q <= quarter_named(span[1])]
    assert list(computed("a", period).strata("quarter")) == quarters
    for quarter in quarters:
        counts = services(span, "current", lambda day, _code, q=quarter: quarter_named(day) == q)  # type: ignore[misc]
        bases = {p: Fraction(made_region().insured[p, quarter]) for p in made_region().clusters}
        assert found(computed("a", period), "quarter", quarter) == expected(1000, counts, bases)


def test_by_code_and_the_codes_add_up() -> None:
    span, total = span_of("2024"), 0
    for code in computed("a", "2024").strata("code"):
        counts = services(span, "current", lambda _day, c, wanted=code: c == wanted)  # type: ignore[misc]
        assert found(computed("a", "2024"), "code", code) == expected(1000, counts, insured(span))
        total += sum(counts.values())
    assert total == found(computed("a", "2024"))["region", REGION].count


@pytest.mark.parametrize("period", PERIODS)
def test_the_share_of_terminal_persons_with_a_service(period: str) -> None:
    span = span_of(period)
    bases = {p: Fraction(n) for p, n in persons(span, served=False).items()}
    assert found(computed("c", period)) == expected(100, persons(span, served=True), bases)


def test_the_share_by_quarter() -> None:
    span = span_of("2023")
    for quarter in computed("c", "2023").strata("quarter"):
        bases = {p: Fraction(n) for p, n in persons(span, False, quarter).items()}
        wanted = expected(100, persons(span, True, quarter), bases)
        assert found(computed("c", "2023"), "quarter", quarter) == wanted


def test_pooled_and_mean_of_practices_are_not_the_same() -> None:
    region = found(computed("a", "2025"))["region", REGION]
    assert region.rate != region.mean
