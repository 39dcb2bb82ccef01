"""What the tests of R5 share: short ways to write resources, and one way to map and judge them."""

import copy
from typing import Any

import fhir.resources

from adapter.fhir.checks import validate
from adapter.fhir.r5 import is_r5, to_r4

ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PATIENT = {"reference": "Patient/1"}
PERIOD = {"start": "2026-03-01T08:00:00+01:00", "end": "2026-03-01T09:10:00+01:00"}


def concept(code: str, **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": "http://example.org/codes", "code": code}], **more}


def to(reference: str) -> dict[str, Any]:
    return {"reference": {"reference": reference}}


def mapped(r5: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Validate in R5, map, validate in R4, and check that the input is as it was."""
    fhir.resources.get_fhir_model_class(r5["resourceType"]).model_validate(copy.deepcopy(r5))
    assert is_r5(r5)
    before = copy.deepcopy(r5)
    result = to_r4(r5)
    assert r5 == before
    assert validate(result.resource) == []
    assert not is_r5(result.resource)
    return result.resource, result.dropped
