"""What fr-vsp writes that its worked cases cannot say: whom the Account names as the payer."""

from dataclasses import replace
from typing import Any

import pytest

from adapter.core.desired import desired_of
from adapter.mappings import PACKS_FOLDER
from adapter.mappings.cases import Case, judge_case, merged
from tests.packs.worked import cases_of

FR_VSP = PACKS_FOLDER / "fr-vsp"


def case_named(start: str) -> Case:
    return next(case for case in cases_of(FR_VSP) if case.name.startswith(start))


def account_of(case: Case) -> dict[str, Any]:
    (decision,) = judge_case(FR_VSP, case).decisions
    (account,) = (d.resource for d in desired_of(decision) if d.type == "Account")
    return account


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, {"reference": "Coverage/amo", "type": "Coverage"}),
        ({"period": None}, {"reference": "Coverage/amo", "type": "Coverage"}),
        ({"period": {"start": "2020-01-01", "end": "2026-11-20"}}, {"reference": "Coverage/amo", "type": "Coverage"}),
        ({"period": {"start": "2020-01-01", "end": "2026-11-19"}}, {"display": "Assurance Maladie"}),
        ({"status": "cancelled"}, {"display": "Assurance Maladie"}),
        ({"type": None}, {"display": "Assurance Maladie"}),
    ],
)
def test_the_insurance_of_the_day_is_named_else_it_stays_a_name(changes: dict[str, Any], named: dict[str, str]) -> None:
    case = case_named("the public insurance")
    resources = {**case.resources, "insurance": merged(case.resources["insurance"], changes)}
    assert account_of(replace(case, resources=resources))["coverage"] == [{"coverage": named, "priority": 1}]


def test_an_ehpad_with_the_global_option_is_the_guarantor() -> None:
    account = account_of(case_named("an EHPAD with the global option"))
    assert "coverage" not in account
    assert account["guarantor"] == [
        {
            "party": {
                "reference": "Organization/ehpad",
                "type": "Organization",
                "identifier": {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1690000001"},
            }
        }
    ]
