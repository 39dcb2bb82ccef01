"""The runner of worked cases: what it builds of a case, and that it tells every difference."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapter.mappings import Site
from adapter.mappings.cases import Case, load_cases, merged, resources_of, run_case

TINY = Path(__file__).parent / "tiny"


@pytest.fixture
def case() -> Case:
    return load_cases(TINY)[0]


def expecting(case: Case, **changed: Any) -> Case:
    return replace(case, expect=({**case.expect[0], **changed},))


def test_a_case_that_is_decided_as_expected_has_no_difference(case: Case) -> None:
    assert run_case(TINY, case) == []


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"occasion": "visit"}, "occasion is call, not visit"),
        ({"day": "2020-06-02"}, "day is 2020-06-01, not 2020-06-02"),
        ({"day": None}, "day is 2020-06-01, not None"),
        ({"decision": "refused"}, "the decision is billable, not refused; every finding is met"),
        ({"findings": {"answered": "missing"}}, "answered is met, not missing"),
        ({"findings": {"answred": "met"}}, "answred is no finding, not met"),
        ({"advice": {"answered": "met"}}, "answered is no finding, not met"),
        ({"charges": []}, "a charge would be created"),
        ({"charges": [{"code": "TALK"}]}, "charges is ['CALL'], not ['TALK']; TALK code is None, not TALK"),
        ({"charges": [{"code": "CALL", "amount": "2"}]}, "CALL amount is 1, not 2"),
        ({"charges": [{"code": "CALL", "unit": "JPY"}]}, "CALL unit is EUR, not JPY"),
        ({"charges": [{"code": "CALL", "status": "planned"}]}, "CALL status is billable, not planned"),
        ({"charges": [{"code": "CALL", "payer": "insurance"}]}, "CALL payer is None, not insurance"),
        ({"charges": [{"code": "CALL", "occurrence": "2020"}]}, "CALL occurrence is None, not 2020"),
        ({"messages": ["missing"]}, "messages is [], not ['missing']"),
        ({"cites": ["patient"]}, "does not cite patient"),
    ],
)
def test_every_difference_is_told(case: Case, changed: dict[str, Any], difference: str) -> None:
    told = [f"call 2020-06-01 (billable): {part}" for part in difference.split("; ")]
    if changed.get("decision"):
        told = [f"call 2020-06-01 (billable): {difference}"]
    assert run_case(TINY, expecting(case, **changed)) == told


def test_an_occasion_too_many_is_told(case: Case) -> None:
    assert run_case(TINY, replace(case, expect=())) == [
        "0 occasions are expected, 1 were found: call 2020-06-01 (billable)"
    ]


def test_an_occasion_that_is_not_found_is_told(case: Case) -> None:
    assert run_case(TINY, replace(case, resources={"patient": case.resources["patient"]})) == [
        "1 occasions are expected, 0 were found: none"
    ]


def test_the_next_look_is_told_where_a_case_asks(case: Case) -> None:
    asked = replace(case, checks_look=True, look_again_at="2020-06-02")
    assert run_case(TINY, asked) == ["the next look is None, not 2020-06-02"]
    assert run_case(TINY, replace(asked, look_again_at=None)) == []


def test_expectations_stand_in_any_order_and_a_vague_one_takes_no_others_place(case: Case) -> None:
    later = merged(case.resources["call"], {"id": "d", "period": {"start": "2020-06-02"}})
    vague: dict[str, Any] = {"occasion": "call", "decision": "billable", "basis": ["LAW"]}
    expected = (vague, {**vague, "day": "2020-06-01"})
    both = replace(case, resources={**case.resources, "later": later}, expect=expected)
    assert run_case(TINY, both) == []
    assert run_case(TINY, replace(both, expect=expected[::-1])) == []


def test_a_correction_of_an_earlier_charge_is_no_new_charge() -> None:
    fr_vsp = TINY.parents[2] / "mappings" / "fr-vsp"
    cancelled = next(c for c in load_cases(fr_vsp) if c.name.startswith("a cancelled visit"))
    assert run_case(fr_vsp, expecting(cancelled, charges=[])) == []


def test_resources_come_from_one_unnamed_source_unless_the_case_names_another(case: Case) -> None:
    elsewhere = replace(case, sources={"call": "https://had.example.org/fhir"})
    assert [r.key.text for r in resources_of(elsewhere)] == ["Patient/p", "https://had.example.org/fhir/Encounter/c"]


def test_equal_resources_have_equal_digests_and_others_do_not(case: Case) -> None:
    turned = {name: dict(reversed(r.items())) for name, r in case.resources.items()}
    changed = {**case.resources, "call": {**case.resources["call"], "status": "planned"}}
    digests = [r.digest for r in resources_of(case)]
    assert [r.digest for r in resources_of(replace(case, resources=turned))] == digests
    assert resources_of(replace(case, resources=changed))[1].digest != digests[1]


def test_the_base_of_the_site_stands_where_a_case_says_base(case: Case) -> None:
    own = replace(case, resources={"p": {"resourceType": "Patient", "id": "p", "link": [{"x": "{base}/y"}]}})
    assert resources_of(own, "https://adapter.example.org")[0].content["link"] == [
        {"x": "https://adapter.example.org/y"}
    ]


def test_a_case_is_judged_with_the_sites_base(case: Case) -> None:
    assert run_case(TINY, case, Site(base="https://adapter.example.fr")) == []


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_changes_are_merged_as_the_examples_of_rfc_7396(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result
