"""Made-up input of any size: bundles that matter to nobody, and persons whose resources are spread over files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_TEXT = "<div xmlns='http://www.w3.org/1999/xhtml'>" + "Nothing that any pack reads. " * 12 + "</div>"


def irrelevant_bundle(number: int, size: int = 120) -> bytes:
    """A Bundle as hospitals export them: one Patient, and Observations, Encounters and orders that no pack reads."""
    base = f"https://hospital.example.org/fhir/{number}"
    resources: list[dict[str, Any]] = [{"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}]
    for i in range(size):
        resources.append(_noise(i))
    entries = [{"fullUrl": f"{base}/{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def _noise(i: int) -> dict[str, Any]:
    subject = {"reference": "Patient/p"}
    text = {"status": "generated", "div": _TEXT}
    if i % 4 == 0:
        kind = {"system": _ACT, "code": "AMB"}
        period = {"start": "2026-01-01T10:00:00+01:00", "end": "2026-01-01T11:00:00+01:00"}
        return {"resourceType": "Encounter", "id": f"e{i}", "text": text, "status": "finished", "class": kind,
                "subject": subject, "period": period}  # fmt: skip
    if i % 4 == 1:
        return {"resourceType": "MedicationRequest", "id": f"m{i}", "text": text, "status": "active", "intent": "order",
                "subject": subject, "medicationCodeableConcept": {"text": "x"}}  # fmt: skip
    code = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    return {"resourceType": "Observation", "id": f"o{i}", "text": text, "status": "final", "code": code,
            "subject": subject, "valueQuantity": {"value": 60.1, "unit": "/min"}}  # fmt: skip


def ins(number: int) -> str:
    """A made-up matricule INS with its check digits."""
    digits = f"2790351{number:06d}"
    return f"{digits}{97 - int(digits) % 97:02d}"


def person(number: int, visits: int = 1) -> Iterator[dict[str, Any]]:
    """The resources of one person in palliative care with some visits and their documents, as servers store them."""
    types = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
    identifier = {
        "use": "official",
        "type": {"coding": [{"system": types, "code": "INS-NIR-TEST"}]},
        "system": "urn:oid:1.2.250.1.213.1.4.10",
        "value": ins(number),
    }
    subject, doctor = {"reference": f"Patient/p{number}"}, {"reference": "Practitioner/d"}
    yield _stored("Patient", f"p{number}", identifier=[identifier], generalPractitioner=[doctor],
                  name=[{"use": "official", "family": "Bench", "given": ["Person"]}], gender="female",
                  birthDate="1950-01-01", address=[{"city": "Lyon", "postalCode": "69000"}])  # fmt: skip
    yield _stored("Condition", f"c{number}", subject=subject, onsetDateTime="2026-01-01",
                  clinicalStatus={"coding": [{"system": _CLINICAL, "code": "active"}]},
                  code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "Z51.5"}]})  # fmt: skip
    for i in range(visits):
        day = f"2026-{i // 28 + 1:02d}-{i % 28 + 1:02d}"
        yield _visit(f"e{number}-{i}", day, subject, doctor)
        yield _report(f"r{number}-{i}", f"e{number}-{i}", day, subject, doctor)


def _stored(kind: str, own_id: str, **members: Any) -> dict[str, Any]:
    meta = {"versionId": "1", "lastUpdated": "2026-10-01T18:00:00+01:00"}
    text = {"status": "generated", "div": _TEXT}
    number = {"use": "usual", "system": "urn:oid:1.2.250.1.999.1", "value": own_id}
    identifiers = [*members.pop("identifier", []), number]
    return {"resourceType": kind, "id": own_id, "meta": meta, "text": text, "identifier": identifiers, **members}


def _visit(own_id: str, day: str, subject: dict[str, str], doctor: dict[str, str]) -> dict[str, Any]:
    period = {"start": f"{day}T10:00:00+01:00", "end": f"{day}T11:00:00+01:00"}
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PPRF"}]}
    kind = {"coding": [{"system": "https://hospital.example.org/visit", "code": "VIS"}], "text": "Visite"}
    return _stored("Encounter", own_id, status="finished", subject=subject, period=period, type=[kind],
                   participant=[{"type": [role], "period": period, "individual": doctor}],
                   **{"class": {"system": _ACT, "code": "HH"}})  # fmt: skip


def _report(own_id: str, visit: str, day: str, subject: dict[str, str], doctor: dict[str, str]) -> dict[str, Any]:
    attachment = {
        "contentType": "text/plain",
        "title": "CR",
        "data": "Tm90aGluZw==",
        "creation": f"{day}T17:00:00+01:00",
    }
    kind = {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}
    return _stored("DocumentReference", own_id, status="current", subject=subject, type=kind, author=[doctor],
                   date=f"{day}T17:00:00+01:00", content=[{"attachment": attachment}],
                   context={"encounter": [{"reference": f"Encounter/{visit}"}]})  # fmt: skip


def doctor() -> dict[str, Any]:
    """The attending doctor of everybody."""
    rpps = {"system": "https://rpps.esante.gouv.fr", "value": "10001234567"}
    return {"resourceType": "Practitioner", "id": "d", "identifier": [rpps]}


def write_spread(folder: Path, persons: int) -> None:
    """A bulk export: every person's resources spread over one NDJSON file a type."""
    files = {t: (folder / f"{t}.ndjson").open("w") for t in ("Patient", "Condition", "Encounter", "DocumentReference")}
    (folder / "Practitioner.ndjson").write_text(json.dumps(doctor()) + "\n")
    for number in range(persons):
        for resource in person(number):
            files[resource["resourceType"]].write(json.dumps(resource) + "\n")
    for file in files.values():
        file.close()
