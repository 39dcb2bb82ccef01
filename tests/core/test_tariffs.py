"""An amount holds from its first day to the day before the next one, and nothing is known outside."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.tariffs import Amount, BadTariff, TariffValue, checked

DAY = timedelta(days=1)


def value(amount: int, known_from: date, to: date | None, known: bool = True) -> TariffValue:
    starts = known_from if known else None
    return TariffValue(Amount(Decimal(amount), "EUR", True), known_from, to, ("LAW",), date(2026, 11, 21), starts)


edges = st.lists(st.dates(date(2000, 1, 1), date(2100, 1, 1)), min_size=2, max_size=6, unique=True).map(sorted)


@given(edges)
def test_each_value_holds_on_its_first_day_and_not_on_its_last(days: list[date]) -> None:
    tariff = checked("VSP", [value(i, start, end) for i, (start, end) in enumerate(pairwise(days))])
    for i, (start, end) in enumerate(pairwise(days)):
        first, last = tariff.on(start), tariff.on(end - DAY)
        assert first is last is tariff.values[i]
    assert tariff.on(days[0] - DAY) is None
    assert tariff.on(days[-1]) is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_value_without_an_end_holds_for_ever(start: date) -> None:
    tariff = checked("VSP", [value(60, start, None)])
    assert tariff.on(date.max) is tariff.on(start) is tariff.values[0]


def test_a_tariff_without_values_knows_no_amount() -> None:
    assert checked("VSP", []).on(date(2026, 11, 21)) is None


@pytest.mark.parametrize(
    ("intervals", "fault"),
    [
        ([("2020-01-01", "2020-01-01")], "the interval from 2020-01-01 to 2020-01-01 is empty"),
        ([("2020-01-02", "2020-01-01")], "the interval from 2020-01-02 to 2020-01-01 is empty"),
        ([("2020-01-01", None), ("2021-01-01", None)], "the value from 2021-01-01 overlaps the one from 2020-01-01"),
        (
            [("2020-01-01", "2021-01-02"), ("2021-01-01", None)],
            "the value from 2021-01-01 overlaps the one from 2020-01-01",
        ),
        (
            [("2021-01-01", "2022-01-01"), ("2020-01-01", "2021-01-01")],
            "the value from 2020-01-01 overlaps the one from 2021-01-01",
        ),
        ([("2020-01-01", "2020-12-31"), ("2021-01-01", None)], "nothing holds between 2020-12-31 and 2021-01-01"),
    ],
)
def test_intervals_that_do_not_fit_are_refused(intervals: list[tuple[str, str | None]], fault: str) -> None:
    values = [value(1, date.fromisoformat(a), date.fromisoformat(b) if b else None) for a, b in intervals]
    with pytest.raises(BadTariff, match=f"^{fault}$"):
        checked("VSP", values)


def test_a_gap_is_no_fault_where_the_later_start_is_not_known() -> None:
    early = value(1, date(2020, 1, 1), date(2020, 12, 31))
    late = value(2, date(2021, 1, 1), None, known=False)
    assert checked("VSP", [early, late]).on(date(2020, 12, 31)) is None


def test_an_amount_keeps_its_text() -> None:
    assert str(Amount(Decimal("60.10"), "EUR", True)) == "60.10 EUR"
