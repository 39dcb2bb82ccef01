"""One palliative visit (pack fr-vsp) in variants, and what its decision wants; each test has a person of its own."""

import copy
from datetime import UTC, datetime
from functools import cache
from typing import Any

from adapter.core.assembling import assemble
from adapter.core.decisions import judge
from adapter.core.desired import Desired, desired_of
from adapter.core.packs import Pack
from adapter.core.references import Key
from adapter.core.resources import Resource
from adapter.mappings import PACKS_FOLDER, load_pack

SOURCE = "https://had.example.org/fhir"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
NIR = "279035121518989"

_RESOURCES: dict[str, dict[str, Any]] = {
    "Patient": {
        "identifier": [
            {
                "use": "official",
                "type": {
                    "coding": [
                        {
                            "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203",
                            "code": "INS-NIR-TEST",
                        }
                    ]
                },
                "system": "urn:oid:1.2.250.1.213.1.4.10",
                "value": NIR,
            }
        ],
        "birthDate": "1979-03-05",
        "gender": "female",
        "generalPractitioner": [{"reference": "Practitioner/d1"}],
    },
    "Practitioner": {"identifier": [{"system": "https://rpps.esante.gouv.fr", "value": "10001234567"}]},
    "Encounter": {
        "meta": {"versionId": "3", "lastUpdated": "2026-11-20T18:00:00+01:00"},
        "status": "finished",
        "class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "HH"},
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2026-11-20T16:00:00+01:00", "end": "2026-11-20T17:00:00+01:00"},
        "participant": [{"individual": {"reference": "Practitioner/d1"}}],
    },
    "Condition": {
        "clinicalStatus": {"coding": [{"system": f"{TERMINOLOGY}/condition-clinical", "code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "Z51.5"}]},
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2026-10-01",
    },
    "DocumentReference": {
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "subject": {"reference": "Patient/p1"},
        "date": "2026-11-20T18:00:00+01:00",
        "content": [{"attachment": {"contentType": "text/plain", "data": "RG91bGV1cg=="}}],
        "context": {"encounter": [{"reference": "Encounter/e1"}]},
    },
}
_IDS = {"Patient": "p1", "Practitioner": "d1", "Encounter": "e1", "Condition": "c1", "DocumentReference": "doc1"}

BILLABLE: dict[str, dict[str, Any] | None] = {}
LONGER: dict[str, dict[str, Any] | None] = {
    "Encounter": {"period": {"start": "2026-11-20T16:00:00+01:00", "end": "2026-11-20T18:30:00+01:00"}}
}
INCOMPLETE: dict[str, dict[str, Any] | None] = {"DocumentReference": None}
UNDECIDED: dict[str, dict[str, Any] | None] = {"Patient": {"generalPractitioner": [{"reference": "Practitioner/d2"}]}}
REFUSED: dict[str, dict[str, Any] | None] = {
    "Condition": {
        "verificationStatus": {"coding": [{"system": f"{TERMINOLOGY}/condition-ver-status", "code": "refuted"}]}
    }
}
ENTERED_IN_ERROR: dict[str, dict[str, Any] | None] = {"Encounter": {"status": "entered-in-error"}}


@cache
def pack() -> Pack:
    """The pack as it is shipped."""
    return load_pack(PACKS_FOLDER / "fr-vsp")


def wanted(person: str, variant: dict[str, dict[str, Any] | None], day: int = 21) -> tuple[Desired, ...]:
    """What the visit's decision wants; `person` keys the pseudonym, `variant` changes or removes resources."""
    contents = []
    for number, (kind, content) in enumerate(copy.deepcopy(_RESOURCES).items()):
        change = variant.get(kind, {})
        if change is not None:
            resource = {"resourceType": kind, "id": _IDS[kind], **content, **change}
            contents.append(Resource(Key(SOURCE, kind, _IDS[kind]), resource, str(number)))
    record = assemble(contents, {}, person.encode())
    (decision,) = judge(pack(), record, datetime(2026, 11, day, tzinfo=UTC)).decisions
    return desired_of(decision)


def one(group: tuple[Desired, ...], kind: str) -> Desired:
    """The one resource of a type."""
    (found,) = [d for d in group if d.type == kind]
    return found
