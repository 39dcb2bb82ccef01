"""An R5 resource is told from an R4 one, and an R4 one is left as it is."""

from pathlib import Path
from typing import Any

import pytest

from adapter.fhir.elements import UnknownType
from adapter.fhir.json_text import loads
from adapter.fhir.r5 import is_r5, to_r4
from tests.fhir.r5_samples import PATIENT, PERIOD, to

EXAMPLES = sorted((Path(__file__).parent / "data").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_r4_resources_are_no_r5_and_come_back_as_they_were(path: Path) -> None:
    resource = loads(path.read_bytes())
    assert not is_r5(resource)
    result = to_r4(resource)
    assert result.resource == resource
    assert result.dropped == []


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Encounter", {"class": [{"text": "x"}]}),
        ("Encounter", {"actualPeriod": PERIOD}),
        ("Encounter", {"_plannedStartDate": {"id": "x"}}),
        ("Encounter", {"status": "discharged"}),
        ("Encounter", {"participant": [{"actor": PATIENT}]}),
        ("CarePlan", {"addresses": [to("Condition/1")]}),
        ("CarePlan", {"intent": "directive"}),
        ("DocumentReference", {"context": [{"reference": "Encounter/1"}]}),
        ("DocumentReference", {"attester": [{}]}),
        ("Observation", {"triggeredBy": [{}]}),
        ("Condition", {"evidence": [to("Observation/1")]}),
        ("Procedure", {"category": [{}]}),
        ("ServiceRequest", {"code": {"concept": {"text": "x"}}}),
        ("MedicationAdministration", {"medication": {"concept": {"text": "x"}}}),
        ("Consent", {"decision": "deny"}),
        ("Coverage", {"kind": "insurance"}),
    ],
)
def test_signs_of_r5(name: str, part: dict[str, Any]) -> None:
    assert is_r5({"resourceType": name, **part})


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Encounter", {"class": {"code": "HH"}, "status": "finished", "period": PERIOD}),
        ("CarePlan", {"addresses": [{"reference": "Condition/1"}], "activity": [{"reference": PATIENT}]}),
        ("DocumentReference", {"context": {"encounter": [PATIENT]}}),
        ("DocumentReference", {"status": "current"}),
        ("Observation", {"status": "final", "valueQuantity": {"value": 1}}),
        ("Condition", {"evidence": [{"code": [{"text": "x"}]}]}),
        ("Patient", {"name": [{"text": "x"}]}),
        ("SubscriptionStatus", {"status": "active"}),
        ("Procedure", {"complication": [{"text": "x"}], "category": {"text": "x"}}),
        ("Consent", {"provision": {"type": "permit"}, "status": "active"}),
    ],
)
def test_no_signs_of_r5(name: str, part: dict[str, Any]) -> None:
    assert not is_r5({"resourceType": name, **part})


@pytest.mark.parametrize("resource", [{}, {"resourceType": 5}, {"resourceType": "SubscriptionStatus"}])
def test_a_resource_that_r4_does_not_have_is_refused(resource: dict[str, Any]) -> None:
    assert not is_r5(resource)
    with pytest.raises(UnknownType):
        to_r4(resource)


def test_a_bundle_is_taken_apart_by_the_caller() -> None:
    with pytest.raises(ValueError, match="one by one"):
        to_r4({"resourceType": "Bundle", "type": "collection"})


def test_endless_nesting_is_refused() -> None:
    extension: dict[str, Any] = {"url": "u"}
    extension["extension"] = [extension]
    with pytest.raises(ValueError, match="too deep"):
        to_r4({"resourceType": "Encounter", "status": "completed", "extension": [extension]})
