"""What is not FHIR R4 is named with its place, and nothing about a person is repeated."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir.checks import Fault, check, validate
from adapter.fhir.json_text import loads

EXAMPLES = sorted((Path(__file__).parent / "data").glob("*.json"))
CHARGE: dict[str, Any] = {
    "resourceType": "ChargeItem",
    "status": "billable",
    "code": {"coding": [{"system": "http://example.org", "code": "VSP"}]},
    "subject": {"reference": "Patient/1"},
    "priceOverride": {"value": Decimal("60.10"), "currency": "EUR"},
}
PATIENT: dict[str, Any] = {"resourceType": "Patient"}


def paths(faults: list[Fault]) -> list[str]:
    return [fault.path for fault in faults]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_official_examples_have_no_fault(path: Path) -> None:
    assert validate(loads(path.read_bytes())) == []


NONE = "the resourceType is none of FHIR R4"


def test_a_charge_with_decimals_has_no_fault() -> None:
    assert validate(CHARGE) == []


def test_a_code_outside_a_required_binding() -> None:
    assert check({**CHARGE, "status": "billabel"}) == [
        Fault(
            "status",
            "the code is not allowed here (did you mean billable?)",
            "use one of aborted, billable, billed, entered-in-error, not-billable, planned, unknown",
        )
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"subject": {"reference": "Location/1"}}, "subject.reference"),
        ({"subject": {"reference": "https://fhir.example.org/r4/Location/1"}}, "subject.reference"),
        ({"subject": {"reference": "Location/1/_history/2"}}, "subject.reference"),
        ({"subject": {"type": "Location", "display": "x"}}, "subject.type"),
        ({"subject": {"type": "http://hl7.org/fhir/StructureDefinition/Location"}}, "subject.type"),
        ({"subject": {"reference": "Patients/1"}}, "subject.reference"),
        (
            {"performer": [{"actor": {"reference": "Patient/1"}}, {"actor": {"reference": "Claim/1"}}]},
            "performer[1].actor.reference",
        ),
        ({"subject": {"reference": "#l"}, "contained": [{"resourceType": "Location", "id": "l"}]}, "subject.reference"),
        ({"subject": {"reference": "Patient/1", "identifier": {"use": "home"}}}, "subject.identifier.use"),
        ({"contained": [{"resourceType": "Patient", "gender": "m"}]}, "contained[0].gender"),
        ({"extension": [{"url": "u", "valueQuantity": {"comparator": "~"}}]}, "extension[0].valueQuantity.comparator"),
    ],
)
def test_codes_and_targets_anywhere(change: dict[str, Any], path: str) -> None:
    assert paths(check({**CHARGE, **change})) == [path]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Group/1"},
        {"reference": "urn:uuid:8f3f0f0e-0000-4000-8000-000000000001"},
        {"reference": "#unknown"},
        {"reference": "http://example.org/not/fhir"},
        {"identifier": {"value": "1"}},
        {"type": "Patient"},
    ],
)
def test_references_that_may_be_right_are_left_alone(subject: dict[str, Any]) -> None:
    assert check({**CHARGE, "subject": subject}) == []


def test_a_reference_from_a_contained_resource_to_its_sibling() -> None:
    contained = [
        {"resourceType": "Location", "id": "l"},
        {"resourceType": "Encounter", "status": "finished", "class": {}, "subject": {"reference": "#l"}},
    ]
    assert paths(check({**CHARGE, "contained": contained})) == ["contained[1].subject.reference"]


def test_codes_in_a_list() -> None:
    timing = {"repeat": {"dayOfWeek": ["mon", "monday"]}}
    assert paths(check({**CHARGE, "occurrenceTiming": timing})) == ["occurrenceTiming.repeat.dayOfWeek[1]"]


@pytest.mark.parametrize(
    ("resource", "path", "what"),
    [
        ({}, "resourceType", "the resourceType is missing"),
        ({"resourceType": "Chargeitem"}, "resourceType", f"{NONE} (did you mean ChargeItem?)"),
        ({"resourceType": "Resource"}, "resourceType", f"{NONE} (did you mean Measure?)"),
        ({"resourceType": ["Patient"]}, "resourceType", NONE),
        ([], "", "a resource must be an object"),
    ],
)
def test_what_is_no_resource(resource: Any, path: str, what: str) -> None:
    assert [(fault.path, fault.what) for fault in validate(resource)] == [(path, what)]


def test_an_entry_of_a_bundle() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {**CHARGE, "status": "x"}}]}
    assert paths(validate(bundle)) == ["entry[0].resource.status"]


@pytest.mark.parametrize(
    ("resource", "path", "part"),
    [
        ({**PATIENT, "nom": "Canary"}, "nom", "no such element"),
        ({**PATIENT, "name": [{"nom": "Canary"}]}, "name[0].nom", "no such element"),
        ({**PATIENT, "name": "Canary"}, "name", "valid list"),
        ({**PATIENT, "birthDate": "Canary"}, "birthDate", "does not match"),
        ({**PATIENT, "identifier": [{"value": 4711}]}, "identifier[0].value", "valid string"),
        ({**PATIENT, "photo": [{"data": "Canary!"}]}, "photo[0].data", "ase64"),
        ({**PATIENT, "deceasedBoolean": True, "deceasedDateTime": "2020"}, "", "got multiple"),
        ({k: v for k, v in CHARGE.items() if k != "status"}, "status", "required"),
        ({**PATIENT, "contained": ["Canary"]}, "contained[0]", ""),
        ({**PATIENT, "telecom": [{"rank": 0}]}, "telecom[0].rank", "greater than or equal"),
    ],
)
def test_faults_of_structure_come_from_the_models(resource: dict[str, Any], path: str, part: str) -> None:
    faults = validate(resource)
    assert path in paths(faults)
    assert any(part in fault.what for fault in faults if fault.path == path)
    assert all(fault.remedy for fault in faults)
    assert "Canary" not in str(faults)
    assert "4711" not in str(faults)
    assert all(len(fault.what) <= 160 for fault in faults)


def test_a_shape_that_breaks_the_models_is_a_fault_too() -> None:
    faults = validate({**PATIENT, "contained": [{"resourceType": "Wrong"}]})
    assert paths(faults) == ["", "contained[0].resourceType"]


@pytest.mark.parametrize("value", ["Jean Canary", "Canary" * 20, "a b", "é"])
def test_what_does_not_look_like_a_code_is_not_repeated(value: str) -> None:
    for wrong in ({**PATIENT, "gender": value}, {"resourceType": value}):
        faults = check(wrong)
        assert len(faults) == 1
        assert value not in str(faults)


def test_a_long_list_of_codes_is_cut_at_a_whole_one() -> None:
    fault = check({"resourceType": "Consent", "provision": {"action": [], "actor": [], "data": [], "type": "maybe"}})[0]
    assert fault.remedy == "use one of deny, permit"
    types = {"resourceType": "GraphDefinition", "start": "Nothing", "status": "active", "name": "x"}
    long = check(types)[0]
    assert long.remedy.endswith(", ...")
    assert len(long.remedy) < 190
