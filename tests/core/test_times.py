"""Days are counted in the scheme's zone, and a coarse date stays as vague as it is."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.times import BadTime, Period, When, instant_text, read_instant, read_period, read_when

ZONES = st.sampled_from(["Europe/Paris", "Asia/Tokyo", "Europe/Copenhagen", "Pacific/Auckland", "America/Cayenne"])
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=OFFSETS)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
PARIS = "Europe/Paris"


@given(INSTANTS, ZONES)
def test_an_instant_falls_on_its_day_in_the_zone_whatever_its_offset(at: datetime, zone: str) -> None:
    when = read_when(at.isoformat(), zone)
    assert when.day == at.astimezone(ZoneInfo(zone)).date()
    assert when.at == at


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20T23:30:00Z", date(2026, 11, 21)),
        ("2026-11-20T22:30:00Z", date(2026, 11, 20)),
        ("2026-07-20T22:30:00Z", date(2026, 7, 21)),
        ("2026-11-01T00:30:00+02:00", date(2026, 10, 31)),
        ("2026-12-31T23:30:00.123Z", date(2027, 1, 1)),
    ],
)
def test_midnight_is_that_of_the_zone(text: str, day: date) -> None:
    assert read_when(text, PARIS).day == day


@given(DAYS)
def test_a_full_date_is_one_day(day: date) -> None:
    assert read_when(str(day), PARIS) == When(str(day), day, day)


@given(DAYS)
def test_a_month_may_be_any_of_its_days_and_no_other(day: date) -> None:
    when = read_when(f"{day:%Y-%m}", PARIS)
    assert when.first <= day <= when.last
    assert when.first.day == 1
    assert (when.last + timedelta(days=1)).day == 1
    assert when.first.month == when.last.month
    assert when.day is None


@given(DAYS)
def test_a_year_may_be_any_of_its_days(day: date) -> None:
    when = read_when(f"{day.year:04}", PARIS)
    assert (when.first, when.last) == (date(day.year, 1, 1), date(day.year, 12, 31))


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_an_end_of_time_is_read_although_no_zone_can_hold_it(text: str) -> None:
    assert str(read_when(text, "Asia/Tokyo" if text > "9" else "America/Cayenne").day) == text[:10]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-02-30",
        "26-01-01",
        "2026-1-1",
        "20.11.2026",
        "0000",
        "2026-11-20T16:00:00",
        "2026-11-20Tlate",
    ],
)
def test_what_is_no_fhir_time_is_refused(text: str) -> None:
    with pytest.raises(BadTime):
        read_when(text, PARIS)


@given(INSTANTS, OFFSETS)
def test_equal_instants_have_equal_texts(at: datetime, offset: timezone) -> None:
    assert instant_text(at.astimezone(offset)) == instant_text(at)
    assert read_instant(instant_text(at)) == at


def test_an_instant_in_utc_ends_in_z() -> None:
    assert instant_text(datetime(2026, 11, 20, 15, tzinfo=UTC)) == "2026-11-20T15:00:00Z"


whens = st.one_of(
    DAYS.map(lambda day: read_when(str(day), PARIS)), DAYS.map(lambda day: read_when(f"{day:%Y-%m}", PARIS))
)
periods = st.builds(Period, st.none() | whens, st.none() | whens)


@given(periods, DAYS)
def test_what_surely_lies_inside_may_lie_inside(period: Period, day: date) -> None:
    assert not period.covers(day) or period.may_cover(day)


@given(DAYS, st.integers(0, 400), DAYS)
def test_a_period_of_full_days_is_sure_of_every_day(start: date, length: int, day: date) -> None:
    end = start + timedelta(days=length)
    period = read_period({"start": str(start), "end": str(end)}, PARIS)
    assert period.covers(day) == period.may_cover(day) == (start <= day <= end)


def test_a_period_in_months_is_unsure_of_its_first_and_last_month() -> None:
    period = read_period({"start": "2026-01", "end": "2026-03"}, PARIS)
    days = [date(2025, 12, 31), date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 1)]
    assert [(period.covers(d), period.may_cover(d)) for d in days] == [
        (False, False),
        (False, True),
        (True, True),
        (False, True),
        (False, False),
    ]


def test_a_period_without_an_end_goes_on() -> None:
    assert read_period({"start": "2026-01-01"}, PARIS).covers(date(2199, 1, 1))
