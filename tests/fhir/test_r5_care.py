"""R5 plans, orders, administrations and messages are read as valid R4 ones, and what is lost is said."""

from typing import Any

import pytest

from tests.fhir.r5_samples import ABSENT, PATIENT, PERIOD, concept, mapped, to


def test_care_plan() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "directive",
            "subject": PATIENT,
            "custodian": {"reference": "Practitioner/1"},
            "addresses": [to("Condition/1"), {"concept": concept("x")}],
            "activity": [
                {"plannedActivityReference": {"reference": "ServiceRequest/1"}, "progress": [{"text": "ok"}]},
                {"performedActivity": [{"concept": concept("done")}, to("Procedure/1")]},
                {"plannedActivityReference": {"reference": "RequestOrchestration/1"}},
            ],
        }
    )
    assert resource == {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "subject": PATIENT,
        "author": {"reference": "Practitioner/1"},
        "addresses": [{"reference": "Condition/1"}],
        "activity": [
            {"reference": {"reference": "ServiceRequest/1"}, "progress": [{"text": "ok"}]},
            {"outcomeCodeableConcept": [concept("done")], "outcomeReference": [{"reference": "Procedure/1"}]},
        ],
    }
    assert dropped == [
        "intent: directive read as plan",
        "addresses[1].concept",
        "activity[2].reference",
        "activity[2]",
    ]


def test_condition() -> None:
    by = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
    resource, dropped = mapped(
        {
            "resourceType": "Condition",
            "clinicalStatus": concept("active"),
            "code": concept("C34"),
            "subject": PATIENT,
            "evidence": [{"concept": concept("cough")}, to("Observation/1")],
            "participant": [
                {"function": {"coding": [{"system": by, "code": "informant"}]}, "actor": PATIENT},
                {"function": {"coding": [{"system": by, "code": "author"}]}, "actor": {"reference": "Practitioner/1"}},
                {"function": {"coding": [{"system": by, "code": "enterer"}]}, "actor": {"reference": "Practitioner/2"}},
                {"actor": {"reference": "Device/1"}},
            ],
        }
    )
    assert resource["evidence"] == [{"code": [concept("cough")]}, {"detail": [{"reference": "Observation/1"}]}]
    assert resource["asserter"] == PATIENT
    assert resource["recorder"] == {"reference": "Practitioner/1"}
    assert "participant" not in resource
    assert dropped == ["participant[2]", "participant[3]"]


def test_communication() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "Communication",
            "status": "completed",
            "reason": [{"concept": concept("r")}, to("Condition/1")],
            "recipient": [{"reference": "Practitioner/1"}, {"reference": "Location/1"}],
            "payload": [
                {"contentCodeableConcept": concept("c", text="Said so")},
                {"contentCodeableConcept": {"coding": [{"code": "c", "display": "Shown"}]}},
                {"contentCodeableConcept": concept("code-only")},
                {"contentCodeableConcept": {"id": "nothing"}},
                {"contentReference": {"reference": "DocumentReference/1"}},
            ],
        }
    )
    assert resource["payload"] == [
        {"contentString": "Said so"},
        {"contentString": "Shown"},
        {"contentString": "code-only"},
        {"contentReference": {"reference": "DocumentReference/1"}},
    ]
    assert resource["reasonCode"] == [concept("r")]
    assert resource["reasonReference"] == [{"reference": "Condition/1"}]
    assert resource["recipient"] == [{"reference": "Practitioner/1"}]
    assert dropped == ["recipient[1]", "payload[3].contentCodeableConcept", "payload[3]"]


def test_procedure() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "Procedure",
            "status": "completed",
            "category": [concept("a"), concept("b")],
            "code": concept("p"),
            "subject": PATIENT,
            "occurrencePeriod": PERIOD,
            "recorded": "2026-03-01",
            "reportedReference": {"reference": "Practitioner/1"},
            "performer": [{"actor": {"reference": "Practitioner/1"}, "period": PERIOD}],
            "reason": [{"concept": concept("r")}, to("Condition/1")],
            "complication": [{"concept": concept("bleeding")}, to("Condition/2")],
            "used": [{"concept": concept("pump")}, to("Device/1")],
        }
    )
    assert resource == {
        "resourceType": "Procedure",
        "status": "completed",
        "category": concept("a"),
        "code": concept("p"),
        "subject": PATIENT,
        "performedPeriod": PERIOD,
        "asserter": {"reference": "Practitioner/1"},
        "performer": [{"actor": {"reference": "Practitioner/1"}}],
        "reasonCode": [concept("r")],
        "reasonReference": [{"reference": "Condition/1"}],
        "complication": [concept("bleeding")],
        "complicationDetail": [{"reference": "Condition/2"}],
        "usedCode": [concept("pump")],
        "usedReference": [{"reference": "Device/1"}],
    }
    assert dropped == ["category[1]", "recorded", "performer[0].period"]


def test_service_request() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "code": {"concept": concept("visit")},
            "subject": PATIENT,
            "reason": [{"concept": concept("r")}, to("Condition/1")],
            "location": [{"concept": concept("home")}, to("Location/1")],
            "orderDetail": [{"parameter": [{"code": concept("n"), "valueString": "x"}]}],
            "patientInstruction": [
                {"instructionReference": {"reference": "DocumentReference/1"}},
                {"instructionMarkdown": "Rest"},
            ],
        }
    )
    assert resource == {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": concept("visit"),
        "subject": PATIENT,
        "reasonCode": [concept("r")],
        "reasonReference": [{"reference": "Condition/1"}],
        "locationCode": [concept("home")],
        "locationReference": [{"reference": "Location/1"}],
        "patientInstruction": "Rest",
    }
    assert dropped == ["orderDetail[0].parameter", "orderDetail[0]", "patientInstruction[0]"]


@pytest.mark.parametrize(
    ("medication", "expected", "lost"),
    [
        ({"concept": concept("m")}, {"medicationCodeableConcept": concept("m")}, []),
        (to("Medication/1"), {"medicationReference": {"reference": "Medication/1"}}, []),
        (
            {"concept": concept("m"), **to("Medication/1")},
            {"medicationCodeableConcept": concept("m")},
            ["medication.reference"],
        ),
    ],
)
def test_medication_administration(medication: dict[str, Any], expected: dict[str, Any], lost: list[str]) -> None:
    resource, dropped = mapped(
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "category": [concept("home")],
            "medication": medication,
            "subject": PATIENT,
            "encounter": {"reference": "Encounter/1"},
            "occurenceDateTime": "2026-03-01",
            "performer": [{"actor": to("Practitioner/1")}, {"actor": {"concept": concept("nurse")}}],
            "reason": [{"concept": concept("r")}],
            "device": [to("Device/1")],
        }
    )
    assert resource == {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "category": concept("home"),
        **expected,
        "subject": PATIENT,
        "context": {"reference": "Encounter/1"},
        "effectiveDateTime": "2026-03-01",
        "performer": [{"actor": {"reference": "Practitioner/1"}}],
        "reasonCode": [concept("r")],
        "device": [{"reference": "Device/1"}],
    }
    assert dropped == [*lost, "performer[1].actor.concept", "performer[1]"]


def test_an_administration_known_by_its_timing_alone() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "medication": {"concept": concept("m")},
            "subject": PATIENT,
            "occurenceTiming": {"event": ["2026-03-01"]},
        }
    )
    assert resource["effectivePeriod"] == ABSENT
    assert dropped == ["occurenceTiming"]


def test_care_team_and_charge_item() -> None:
    team, lost = mapped(
        {
            "resourceType": "CareTeam",
            "reason": [to("Condition/1")],
            "participant": [{"role": concept("nurse"), "coveragePeriod": PERIOD}],
        }
    )
    assert team["reasonReference"] == [{"reference": "Condition/1"}]
    assert team["participant"] == [{"role": [concept("nurse")], "period": PERIOD}]
    assert lost == []
    charge, lost = mapped(
        {
            "resourceType": "ChargeItem",
            "status": "billable",
            "code": concept("c"),
            "subject": PATIENT,
            "encounter": {"reference": "Encounter/1"},
            "overrideReason": {"text": "late"},
            "service": [to("Procedure/1")],
            "product": [to("Device/1"), {"concept": concept("x")}],
        }
    )
    assert charge["context"] == {"reference": "Encounter/1"}
    assert charge["overrideReason"] == "late"
    assert charge["service"] == [{"reference": "Procedure/1"}]
    assert charge["productReference"] == {"reference": "Device/1"}
    assert lost == ["product[1]"]


def test_observation() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": concept("o"),
            "triggeredBy": [{"observation": {"reference": "Observation/1"}, "type": "reflex"}],
            "component": [
                {"code": concept("a"), "valueQuantity": {"value": 5, "comparator": "ad"}},
                {"code": concept("b"), "valueQuantity": {"value": 5, "comparator": "<"}},
            ],
        }
    )
    assert resource["component"] == [
        {"code": concept("a")},
        {"code": concept("b"), "valueQuantity": {"value": 5, "comparator": "<"}},
    ]
    assert dropped == [
        "triggeredBy",
        "component[0].valueQuantity.comparator",
        "component[0].valueQuantity",
    ]
