"""Who stands in a document, as resources contained in its description.

Contained, because PDSm wants authors and the patient so, and because no server is known to have them under an id of
ours; every one carries its national identifier.
"""

from collections.abc import Iterator
from typing import Any

from adapter.dmp.documents import Document, Organization, Patient, Professional
from adapter.dmp.fhir.elements import codeable, identifier, without_nothing

PATIENT, AUTHOR, AUTHENTICATOR, CUSTODIAN = "patient", "author", "authenticator", "custodian"
_FR_CORE = "https://hl7.fr/ig/fhir/core"
_COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
_ABROAD = "99"
"""How INSEE codes of countries begin: they are no communes."""


def contained(document: Document) -> list[dict[str, Any]]:
    """The patient, the author, who answers for the document (if somebody else), and the custodian."""
    found = [patient(document.patient), *_professional(document.author, AUTHOR)]
    if authenticator_id(document) != AUTHOR:
        found += _professional(document.legal_authenticator, AUTHENTICATOR)
    return [*found, _organization(document.custodian, CUSTODIAN)]


def author_only(document: Document) -> list[dict[str, Any]]:
    """The patient and the author, who is the one that submits."""
    return [patient(document.patient), *_professional(document.author, AUTHOR)]


def authenticator_id(document: Document) -> str:
    """The contained resource that answers for the document: the author where both are one."""
    return AUTHOR if document.legal_authenticator == document.author else AUTHENTICATOR


def inside(name: str) -> dict[str, str]:
    """A reference to a contained resource."""
    return {"reference": f"#{name}"}


def subject(given: Patient) -> dict[str, Any]:
    """The patient, contained and by the INS: a server finds its own Patient by the identifier."""
    return {**inside(PATIENT), "type": "Patient", "identifier": identifier(given.ins)}


def patient(given: Patient) -> dict[str, Any]:
    """A Patient with the qualified identity (FR Core INS) and the local identifiers."""
    return without_nothing(
        {
            "resourceType": "Patient",
            "id": PATIENT,
            "extension": [_reliability(), *_birth_place(given.birth_place)],
            "identifier": [
                {"use": "official", **identifier(given.ins)},
                *({"use": "usual", **identifier(i)} for i in given.local),
            ],
            "name": list(_names(given)),
            "gender": given.gender,
            "birthDate": given.birth_date,
        }
    )


def _names(given: Patient) -> Iterator[dict[str, Any]]:
    listed = {"url": f"{_FR_CORE}/StructureDefinition/fr-core-patient-birth-list-given-name"}
    first = given.first_given or given.birth_given
    yield {
        "extension": [{**listed, "valueString": given.birth_given}],
        "use": "official",
        "family": given.birth_name,
        "given": [first],
    }
    if given.used_name or given.used_given:
        yield {"use": "usual", "family": given.used_name or given.birth_name, "given": [given.used_given or first]}


def _reliability() -> dict[str, Any]:
    """Only a qualified identity comes this far."""
    status = {"system": f"{_FR_CORE}/CodeSystem/fr-core-cs-v2-0445", "code": "VALI"}
    return {
        "url": f"{_FR_CORE}/StructureDefinition/fr-core-identity-reliability",
        "extension": [{"url": "identityStatus", "valueCoding": status}],
    }


def _birth_place(code: str | None) -> Iterator[dict[str, Any]]:
    if code and not code.startswith(_ABROAD):
        insee = {
            "url": f"{_FR_CORE}/StructureDefinition/fr-core-address-insee-code",
            "valueCoding": {"system": _COMMUNES, "code": code},
        }
        address = {"extension": [insee]}
        yield {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", "valueAddress": address}


def _professional(given: Professional, name: str) -> Iterator[dict[str, Any]]:
    """A PractitionerRole under this id, with its Practitioner and Organization beside it."""
    role: dict[str, Any] = {
        "resourceType": "PractitionerRole",
        "id": name,
        "practitioner": inside(f"{name}-person"),
        "code": [codeable(given.profession)],
    }
    person = {"family": given.family, "given": _one(given.given), "prefix": _one(given.prefix)}
    yield {
        "resourceType": "Practitioner",
        "id": f"{name}-person",
        "identifier": [identifier(given.identifier)],
        "name": [without_nothing(person)],
    }
    if given.organization:
        role["organization"] = inside(f"{name}-organization")
        yield _organization(given.organization, f"{name}-organization")
    yield role


def _organization(given: Organization, name: str) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "id": name,
        "identifier": [identifier(given.identifier)],
        "name": given.name,
    }


def _one(text: str | None) -> list[str]:
    return [text] if text else []
