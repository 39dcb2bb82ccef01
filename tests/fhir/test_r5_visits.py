"""R5 visits, episodes, people and places, valid in R5's own models, are read as valid R4 ones; what is lost is said."""

from typing import Any

import pytest

from tests.fhir.r5_samples import ABSENT, ACT, PATIENT, PERIOD, concept, mapped, to

ENCOUNTER: dict[str, Any] = {
    "resourceType": "Encounter",
    "id": "v1",
    "meta": {"versionId": "3"},
    "status": "completed",
    "class": [{"coding": [{"system": ACT, "code": "HH"}, {"code": "local"}]}, {"coding": [{"code": "other"}]}],
    "serviceType": [{"concept": concept("palliative")}, to("HealthcareService/1")],
    "subject": PATIENT,
    "basedOn": [{"reference": "ServiceRequest/1"}, {"reference": "CarePlan/1"}],
    "careTeam": [{"reference": "CareTeam/1"}],
    "participant": [
        {"type": [concept("PPRF")], "actor": {"reference": "Practitioner/1"}},
        {"actor": {"reference": "Patient/1"}},
    ],
    "actualPeriod": PERIOD,
    "plannedStartDate": "2026-03-01",
    "reason": [
        {"use": [concept("CC")], "value": [{"concept": concept("pain")}, to("Condition/1")]},
        {"value": [{"concept": concept("visit")}]},
    ],
    "diagnosis": [
        {
            "condition": [to("Condition/2"), {"concept": concept("x")}, to("Condition/3")],
            "use": [concept("AD"), concept("DD")],
        }
    ],
    "dietPreference": [concept("vegan")],
    "admission": {"admitSource": concept("gp"), "reAdmission": concept("R")},
    "location": [{"location": {"reference": "Location/1"}, "form": concept("ho")}],
}


def test_encounter() -> None:
    resource, dropped = mapped(ENCOUNTER)
    assert resource == {
        "resourceType": "Encounter",
        "id": "v1",
        "meta": {"versionId": "3"},
        "status": "finished",
        "class": {"system": ACT, "code": "HH"},
        "serviceType": concept("palliative"),
        "subject": PATIENT,
        "basedOn": [{"reference": "ServiceRequest/1"}],
        "participant": [{"type": [concept("PPRF")], "individual": {"reference": "Practitioner/1"}}],
        "period": PERIOD,
        "reasonCode": [concept("pain"), concept("visit")],
        "reasonReference": [{"reference": "Condition/1"}],
        "diagnosis": [
            {"condition": {"reference": "Condition/2"}, "use": concept("AD")},
            {"condition": {"reference": "Condition/3"}, "use": concept("AD")},
        ],
        "hospitalization": {
            "admitSource": concept("gp"),
            "reAdmission": concept("R"),
            "dietPreference": [concept("vegan")],
        },
        "location": [{"location": {"reference": "Location/1"}, "physicalType": concept("ho")}],
    }
    assert dropped == [
        "class[0].coding[1]",
        "class[1].coding[0]",
        "reason[0].use",
        "diagnosis[0].condition[1].concept",
        "serviceType[1].reference",
        "basedOn[1]",
        "careTeam",
        "participant[1].individual",
        "participant[1]",
        "plannedStartDate",
        "diagnosis[0].use[1]",
        "diagnosis[1].use[1]",
    ]


@pytest.mark.parametrize(
    ("r5", "r4", "said"),
    [
        ("completed", "finished", []),
        ("on-hold", "onleave", []),
        ("discharged", "finished", ["status: discharged read as finished"]),
        ("discontinued", "unknown", ["status: discontinued read as unknown"]),
        ("cancelled", "cancelled", []),
        ("in-progress", "in-progress", []),
        ("planned", "planned", []),
        ("entered-in-error", "entered-in-error", []),
        ("unknown", "unknown", []),
    ],
)
def test_encounter_status(r5: str, r4: str, said: list[str]) -> None:
    visit = {"resourceType": "Encounter", "status": r5, "class": [{"coding": [{"code": "HH"}]}]}
    resource, dropped = mapped(visit)
    assert resource == {"resourceType": "Encounter", "status": r4, "class": {"code": "HH"}}
    assert dropped == said


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ([{"text": "at home"}], {"display": "at home"}),
        ([{"text": "none"}, {"coding": [{"code": "HH"}]}], {"code": "HH"}),
        (None, ABSENT),
    ],
)
def test_encounter_class(classes: Any, expected: dict[str, Any]) -> None:
    visit = {"resourceType": "Encounter", "status": "completed"} | ({"class": classes} if classes else {})
    assert mapped(visit)[0]["class"] == expected


def test_episode_of_care() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "EpisodeOfCare",
            "status": "active",
            "patient": PATIENT,
            "careTeam": [{"reference": "CareTeam/1"}],
            "reason": [{"value": [to("Condition/1")]}],
            "diagnosis": [{"condition": [to("Condition/1"), to("Condition/2")], "use": concept("AD")}],
        }
    )
    assert resource["team"] == [{"reference": "CareTeam/1"}]
    assert resource["diagnosis"] == [
        {"condition": {"reference": "Condition/1"}, "role": concept("AD")},
        {"condition": {"reference": "Condition/2"}, "role": concept("AD")},
    ]
    assert dropped == ["reason"]


def test_organization() -> None:
    phone, mail = {"system": "phone", "value": "1"}, {"system": "email", "value": "a@example.org"}
    resource, dropped = mapped(
        {
            "resourceType": "Organization",
            "name": "Hospital",
            "description": "x",
            "contact": [
                {"telecom": [phone], "address": {"city": "Lille"}},
                {
                    "purpose": concept("BILL"),
                    "name": [{"text": "A"}, {"text": "B"}],
                    "telecom": [mail],
                    "period": PERIOD,
                },
            ],
            "qualification": [{"code": concept("q")}],
        }
    )
    assert resource == {
        "resourceType": "Organization",
        "name": "Hospital",
        "telecom": [phone],
        "address": [{"city": "Lille"}],
        "contact": [{"purpose": concept("BILL"), "name": {"text": "A"}, "telecom": [mail]}],
    }
    assert dropped == ["description", "qualification", "contact[0].name[1]", "contact[0].period"]


def test_practitioner_and_role_and_place() -> None:
    phone = {"system": "phone", "value": "1"}
    times = [{"daysOfWeek": ["mon"], "allDay": True}]
    person, lost = mapped(
        {
            "resourceType": "Practitioner",
            "qualification": [{"code": concept("md")}],
            "communication": [{"language": concept("fr"), "preferred": True}],
            "deceasedBoolean": False,
        }
    )
    assert person["communication"] == [concept("fr")]
    assert person["qualification"] == [{"code": concept("md")}]
    assert lost == ["communication[0].preferred", "deceasedBoolean"]
    role, lost = mapped(
        {
            "resourceType": "PractitionerRole",
            "contact": [{"telecom": [phone]}, {"purpose": concept("BILL"), "telecom": [phone]}],
            "availability": [
                {"availableTime": times},
                {"availableTime": times, "notAvailableTime": [{"description": "x"}]},
            ],
        }
    )
    assert role == {"resourceType": "PractitionerRole", "telecom": [phone, phone], "availableTime": times * 2}
    assert lost == ["availability", "contact"]
    place, lost = mapped({"resourceType": "Location", "form": concept("ho"), "contact": [{"telecom": [phone]}]})
    assert place == {"resourceType": "Location", "physicalType": concept("ho"), "telecom": [phone]}
    assert lost == []


def test_contained_resources_and_extensions_are_mapped_too() -> None:
    inner = {"resourceType": "Encounter", "id": "e", "status": "on-hold", "actualPeriod": PERIOD}
    resource, dropped = mapped(
        {
            **ENCOUNTER,
            "contained": [
                inner,
                {
                    "resourceType": "Transport",
                    "id": "t",
                    "status": "completed",
                    "intent": "order",
                    "currentLocation": {"reference": "Location/1"},
                    "requestedLocation": {"reference": "Location/2"},
                },
            ],
            "extension": [{"url": "urn:a", "valueInteger64": 5}, {"url": "urn:b", "valueString": "kept"}],
            "_status": {"extension": [{"url": "urn:c", "valueInteger64": 5}]},
        }
    )
    assert resource["contained"] == [
        {"resourceType": "Encounter", "id": "e", "status": "onleave", "period": PERIOD, "class": ABSENT}
    ]
    assert resource["extension"] == [{"url": "urn:b", "valueString": "kept"}]
    assert "_status" not in resource
    assert {"contained[1]", "extension[0].valueInteger64", "extension[0]", "_status.extension[0]"} <= set(dropped)


def test_nulls_in_a_list_keep_their_places() -> None:
    name = {"given": [None, "B"], "_given": [{"extension": [{"url": "urn:x", "valueCode": "masked"}]}, None]}
    person = {"resourceType": "Practitioner", "deceasedBoolean": True, "name": [name]}
    assert mapped(person)[0]["name"] == [name]
