"""Indicators in the small: periods, tables, rounding, small numbers, goals, follow-up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.identity import short
from adapter.core.indicators import (
    Base,
    Computed,
    Counted,
    Counts,
    Indicator,
    People,
    Place,
    compare,
    compute,
    goal_rows,
    hide_small,
    read_insured,
    read_period,
    shown,
)
from adapter.core.indicators.activity import Activity
from adapter.core.indicators.computing import WHOLE
from adapter.core.indicators.follow_up import check_apart
from adapter.core.indicators.goals import BadGoal
from adapter.core.indicators.insured import BadTable
from adapter.core.indicators.periods import BadPeriod, months_later
from adapter.core.occasions import Tally

PER_1000 = Indicator("per-1000", {"en": "Services"}, Counts("service"), None, 1000, ("quarter", "code"))
SHARE = Indicator("share", {"en": "Share"}, Counts("served"), Counts("terminal"), 100, ("quarter",))
CSV = "practice,cluster,region,year,insured\n"
BY_QUARTER = "practice,cluster,region,quarter,insured\n"
YEAR = read_period("2025")


def counted(practice: str, times: int = 1, day: str = "2025-02-01", name: str = "service", **strata: str) -> Counted:
    tally = Tally(name=name, day=date.fromisoformat(day), strata={"practice": practice, **strata}, value=Decimal(times))
    return Counted(strata.get("person", f"{practice}{day}"), tally)


def table(*rows: str) -> str:
    return CSV + "".join(f"{row}\n" for row in rows)


def computed(rows: list[Counted], *insured: str, indicator: Indicator = PER_1000) -> Computed:
    return compute(indicator, rows, YEAR, read_insured(table(*insured), "t.csv"))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2024-Q1", "2024-01-01", "2024-03-31"),
        ("2025-Q4", "2025-10-01", "2025-12-31"),
        ("2024-02-29/2024-02-29", "2024-02-29", "2024-02-29"),
    ],
)
def test_periods(text: str, first: str, last: str) -> None:
    period = read_period(text)
    assert (str(period.first), str(period.last)) == (first, last)


BAD_PERIODS = ["25", "2025-Q5", "2025-01-01", "2025-02-30/2025-03-01", "2025-03-01/2025-01-01", "0000", ""]


@pytest.mark.parametrize("text", BAD_PERIODS)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadPeriod):
        read_period(text)


def test_the_quarters_of_a_period_cross_years() -> None:
    assert read_period("2024-12-31/2025-04-01").quarters == ("2024-Q4", "2025-Q1", "2025-Q2")


@pytest.mark.parametrize(
    ("value", "text"), [("4865/1000", "4.87"), ("1/3", "0.33"), ("1/200", "0.01"), ("0", "0.00"), ("-1/200", "-0.01")]
)
def test_halves_go_up(value: str, text: str) -> None:
    assert str(shown(Fraction(value))) == text


@given(st.fractions(min_value=0, max_value=10_000))
def test_what_is_shown_is_as_near_as_two_decimals_can_be(value: Fraction) -> None:
    assert abs(Fraction(shown(value) or 0) - value) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "t.csv:1: (header): is ''; write practice,cluster,region,quarter,insured"),
        ("practice;cluster;insured\n", "t.csv:1: (header): is 'practice,cluster,insured'; write practice,"),
        (CSV, "t.csv:1: (file): holds no row; add a row"),
        (CSV + "1,A,R,2025\n", "t.csv:2: (row): has 4 cells; give 5: practice,cluster,region,year,insured"),
        (CSV + "1,A,R,2025,7\n,A,R,2025,7\n", "t.csv:3: practice: is empty; fill it"),
        (CSV + "1,A,R,2025,1.850\n", "t.csv:2: insured: '1.850' is no number of persons; write a whole number"),
        (CSV + "1,A,R,2025,-7\n", "t.csv:2: insured: '-7' is no number of persons"),
        (CSV + "1,A,R,2025-Q1,7\n", "t.csv:2: year: '2025-Q1' is no year; write it as 2025"),
        (BY_QUARTER + "1,A,R,2025,7\n", "t.csv:2: quarter: '2025' is no quarter; write it as 2025-Q1"),
        (CSV + "1,A,R,2025,7\n\n1,B,R,2025,8\n", "t.csv:4: year: stands twice for this practice (first on line 2)"),
        (CSV + '1,"A,R,2025,7\n', "t.csv:2: (csv): unexpected end of data; close the quotes"),
    ],
)
def test_a_wrong_table_names_line_column_and_remedy(text: str, told: str) -> None:
    with pytest.raises(BadTable) as refused:
        read_insured(text, "t.csv")
    assert str(refused.value).startswith(told)


def test_a_table_from_a_spreadsheet_is_read() -> None:
    text = "\ufeffPractice;Cluster;Region;Quarter;Insured\r\n012345;Nord;DK-85;2025-Q1;1850\r\n"
    read = read_insured(text, "t.csv")
    assert read.practices == ("012345",)
    assert read.insured("012345", ["2025-Q1", "2025-Q2"], Base.MEAN) == 1850


def test_each_practice_stands_beside_its_cluster_and_region() -> None:
    found = computed([counted("1", 3), counted("2", 1)], "1,A,R,2025,1000", "2,A,R,2025,3000", "3,B,R,2025,1000")
    assert found.above["1"] == (Place("cluster", "A"), Place("region", "R"))
    figures = {p.name: (f.rate, f.mean) for p in found.places if (f := found.whole(p))}
    assert figures["1"] == (Fraction(3), None)
    assert figures["A"] == (Fraction(1), Fraction(5, 3))
    assert figures["R"] == (Fraction(4, 5), Fraction(10, 9))


def test_what_is_in_no_figure_is_said() -> None:
    rows = [counted(""), counted("9", 2), counted("1", 5), counted("2")]
    found = computed(rows, "1,A,R,2025,0", "2,A,R,2025,100", "3,A,R,2025,0")
    assert [p.name for p in found.places] == ["2", "A", "R"]
    assert found.notes == (
        "left out of per-1000: 1 counted of no practice",
        "left out of per-1000: 5 counted of practice 1, of which no insured persons are known",
        "left out of per-1000: 2 counted of practice 9, of which no insured persons are known",
        "left out: practice 3, which has no insured person",
    )
    assert computed([], "1,A,R,2020,5").notes == ("no insured persons are known in the period",)


def test_quarters_without_insured_persons_are_no_zero() -> None:
    text = "practice,cluster,region,quarter,insured\n1,A,R,2025-Q1,100\n1,B,R,2025-Q2,300\n"
    found = compute(PER_1000, [counted("1", 4)], YEAR, read_insured(text, "t.csv"))
    practice = Place("practice", "1")
    assert found.figures[practice, *WHOLE].base == 200
    assert (practice, "quarter", "2025-Q3") not in found.figures
    assert found.figures[practice, "quarter", "2025-Q2"].rate == 0
    assert found.notes == (
        "practice 1 changed its cluster in the period; the last one is taken",
        "practice 1: insured persons known in 2 of 4 quarters",
    )


def test_without_a_table_there_are_practices_and_their_total() -> None:
    rows = [counted("1", name="terminal"), counted("1", name="served"), counted("2", name="terminal")]
    found = compute(SHARE, rows, YEAR)
    figures = {p.name: (str(shown(f.rate)), shown(f.mean)) for p in found.places if (f := found.whole(p))}
    assert figures == {"1": ("100.00", None), "2": ("0.00", None), "": ("50.00", Decimal("50.00"))}


def test_nothing_is_hidden_without_a_threshold() -> None:
    found = computed([counted("1")], "1,A,R,2025,1000")
    assert hide_small(found, None) is found


def hidden(found: Computed) -> set[str]:
    return {p.name for p in found.places if (f := found.whole(p)) and f.hidden}


def test_a_small_number_is_hidden_with_as_many_more_as_needed() -> None:
    rows = [counted("1", 2), counted("2", 9), counted("3", 7), counted("4", 20), counted("5", 30)]
    insured = ["1,A,R,2025,1000", "2,A,R,2025,1000", "3,A,R,2025,1000", "4,B,R,2025,1000", "5,B,R,2025,1000"]
    found = hide_small(computed(rows, *insured), 5)
    assert hidden(found) == {"1", "3"}
    cluster, region = (found.figures[place, *WHOLE] for place in (Place("cluster", "A"), Place("region", "R")))
    assert cluster.rate == 6
    assert (cluster.mean, region.mean) == (None, None)


def test_a_cluster_of_one_small_practice_goes_with_it_and_so_does_another_cluster() -> None:
    rows = [counted("1", 2), counted("2", 9), counted("3", 9), counted("4", 50), counted("5", 50)]
    insured = ["1,A,R,2025,1000", "2,B,R,2025,1000", "3,B,R,2025,1000", "4,C,R,2025,1000", "5,C,R,2025,1000"]
    assert hidden(hide_small(computed(rows, *insured), 5)) == {"1", "A", "B"}


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(0, 12)), min_size=1, max_size=30),
    st.integers(2, 8),
)
def test_no_sum_that_is_shown_has_exactly_one_hidden_part(rows: list[tuple[int, int, int]], threshold: int) -> None:
    tallies = [counted(str(p), n, f"2025-{q * 3:02d}-01", code=str(n % 2)) for p, q, n in rows]
    found = hide_small(computed(tallies, *(f"{p},{'ABC'[p % 3]},R,2025,1000" for p in range(1, 10))), threshold)
    assert all(f.hidden or not 0 < f.count < threshold for f in found.figures.values())
    for (place, by, stratum), figure in found.figures.items():
        below = {"cluster": "practice", "region": "cluster"}.get(place.level)
        inside = [p for p in found.places if p.level == below and (below == "cluster" or _in(found, p, place))]
        parts = [(p, by, stratum) for p in inside]
        _not_one_hidden(found, figure.hidden, parts)
        if (by, stratum) == WHOLE:
            for breakdown in ("quarter", "code"):
                _not_one_hidden(found, figure.hidden, [(place, breakdown, s) for s in found.strata(breakdown)])


def _in(found: Computed, practice: Place, cluster: Place) -> bool:
    return cluster in found.above[practice.name]


def _not_one_hidden(found: Computed, is_hidden: bool, cells: list[tuple[Place, str, str]]) -> None:
    if not is_hidden:
        assert sum(found.figures[c].hidden for c in cells if c in found.figures) != 1


def test_of_a_share_the_few_without_a_service_are_hidden_too() -> None:
    rows = [counted("1", 10, name="terminal"), counted("1", 9, name="served"), counted("2", 20, name="terminal")]
    rows += [counted("2", 10, name="served")]
    found = hide_small(computed(rows, "1,A,R,2025,9", "2,A,R,2025,9", indicator=SHARE), 5)
    assert hidden(found) == {"1", "2"}


def test_what_is_left_out_is_not_told_where_it_is_small() -> None:
    found = hide_small(computed([counted("9", 2), counted("1", 9)], "1,A,R,2025,100"), 5)
    assert found.notes[0] == (
        "left out of per-1000: fewer than are shown of practice 9, of which no insured persons are known"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("2025", "2024"), ("2024", "2025"), ("2025-Q1", "2024-Q1"), ("2024-02-29/2024-03-01", "2025-02-28/2025-03-01")],
)
def test_a_year_apart_may_be_compared(one: str, other: str) -> None:
    check_apart(read_period(one), read_period(other), 12, "DK-13")


def test_less_than_a_year_is_refused_with_the_reason() -> None:
    with pytest.raises(BadPeriod) as refused:
        check_apart(read_period("2025"), read_period("2024-01-02/2024-12-31"), 12, "DK-13")
    assert "less than 12 months" in str(refused.value)
    assert "(DK-13)" in str(refused.value)
    assert "begins on 2025-01-02 or later" in str(refused.value)


@pytest.mark.parametrize(
    ("day", "months", "later"), [("2024-02-29", 12, "2025-02-28"), ("2025-11-30", 3, "2026-02-28")]
)
def test_months_later(day: str, months: int, later: str) -> None:
    assert str(months_later(date.fromisoformat(day), months)) == later


def test_two_periods_side_by_side() -> None:
    earlier = computed([counted("1", 2)], "1,A,R,2025,1000")
    later = computed([counted("1", 5)], "1,A,R,2025,1000", "2,A,R,2025,1000")
    changes = {c.place.name: c.change for c in compare(earlier, later)}
    assert changes == {"1": Decimal("3.00"), "2": None, "A": Decimal("0.50"), "R": Decimal("0.50")}
    assert {c.change for c in compare(earlier, hide_small(later, 9))} == {None}


def goals(*given: dict[str, str], people: People | None = None) -> list[tuple[str, Decimal | None, bool | None]]:
    tallies = [counted("1", 3, provider="0ABCD", person="a" * 32), counted("2", 1, person="b" * 32)]
    of = computed(tallies, "1,A,R,2025,1000", "2,A,R,2025,1000")
    rows = goal_rows(given, [PER_1000], [of], people or People(tallies, YEAR))
    return [(row.level, row.figure, row.reached) for row in rows]


def test_goals_at_four_levels_stand_beside_their_figures() -> None:
    wanted = [
        {"level": "klynge", "who": "A", "measure": "per-1000", "target": "2"},
        {"level": "klinik", "who": "1", "measure": "per-1000", "target": "4.5"},
        {"level": "behandler", "who": "0ABCD", "measure": "per-1000", "target": "3"},
        {"level": "patient", "who": short("b" * 32), "measure": "per-1000", "target": "2"},
        {"level": "klynge", "who": "B", "measure": "per-1000", "target": "2"},
        {"level": "klynge", "who": "A", "measure": "per-1000", "target": "2", "from": "2026-01-01"},
        {"level": "klynge", "who": "A", "measure": "per-1000", "target": "2", "to": "2025-01-01"},
    ]
    assert goals(*wanted) == [
        ("klynge", Decimal("2.00"), True),
        ("klinik", Decimal("3.00"), False),
        ("behandler", Decimal(3), True),
        ("patient", Decimal(1), False),
        ("klynge", None, None),
    ]


def test_a_goal_of_something_unknown_is_refused() -> None:
    with pytest.raises(BadGoal, match="'x' is no indicator of this pack; known: per-1000"):
        goals({"level": "klynge", "who": "A", "measure": "x", "target": "2"})


def test_a_persons_own_goal_stands_beside_their_count() -> None:
    goal = counted("1", 1, "2024-11-01", "goal", target="3", due="2025-06-30", status="active", person="a" * 32)
    over = counted("1", 1, "2024-11-01", "goal", target="3", due="2024-12-31", status="active", person="a" * 32)
    service = counted("1", 3, person="a" * 32)
    people = People([goal, over, service], YEAR)
    assert goals(people=people) == [("patient", Decimal(3), True)]
    assert goals(people=replace(people, threshold=5)) == [("patient", None, None)]


def test_targets_count_up_to_the_end_of_the_period() -> None:
    activity = Activity(YEAR)
    days = {"a": "2023-05-01", "b": "2025-05-01"}
    rows = [counted("", name="included", day=day, person=who) for who, day in days.items()]
    activity.add_tallies([*rows, counted("", name="included", day="2026-05-01"), counted("", 4, name="in-sequence")])
    named = {"inclusion_target": 375, "target_in_sequence": Decimal(9), "other": 3, "target_name": "x"}
    assert activity.targets(named) == (("in_sequence", Decimal(4), Decimal(9)), ("inclusion", Decimal(2), Decimal(375)))
    assert activity.tallies["included", "", ""] == 1
