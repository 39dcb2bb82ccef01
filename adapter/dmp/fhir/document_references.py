"""The description (« fiche ») of a document: a DocumentReference of PDSm, comprehensive or with the content in it."""

from base64 import b64encode
from hashlib import sha1
from typing import Any

from adapter.dmp.documents import Concept, Document
from adapter.dmp.fhir.actors import AUTHOR, CUSTODIAN, PATIENT, authenticator_id, contained, inside, subject
from adapter.dmp.fhir.elements import (
    URI,
    codeable,
    coding,
    entry_uuid,
    identifier,
    unique_id,
    without_nothing,
)
from adapter.dmp.fhir.formats import format_code

PROFILES = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition"
CDA_TYPE = "application/xml"
_ENCOUNTER_ID = "urn:ihe:iti:xds:2015:encounterId"


def document_reference(
    document: Document, cda: bytes, document_class: Concept, url: str, replaces: str | None = None
) -> dict[str, Any]:
    """A pdsm-comprehensive-document-reference whose content is at `url` (a Binary).

    `replaces` is where the target keeps the version before (`DocumentReference/id`).
    """
    profile = f"{PROFILES}/pdsm-comprehensive-document-reference"
    return _described(document, cda, document_class, profile, {"url": url}, replaces)


def iti105(document: Document, cda: bytes, document_class: Concept, replaces: str | None = None) -> dict[str, Any]:
    """A pdsm-simplified-publish: the CDA stands in `attachment.data`, and an `url` is forbidden."""
    content = {"data": b64encode(cda).decode("ascii")}
    return _described(document, cda, document_class, f"{PROFILES}/pdsm-simplified-publish", content, replaces)


def fingerprint(cda: bytes) -> str:
    """The hash that FHIR R4 and XDS ask for: SHA-1, base64."""
    return b64encode(sha1(cda, usedforsecurity=False).digest()).decode("ascii")


def _described(
    document: Document, cda: bytes, document_class: Concept, profile: str, where: dict[str, str], replaces: str | None
) -> dict[str, Any]:
    return without_nothing(
        {
            "resourceType": "DocumentReference",
            "meta": {"profile": [profile]},
            "contained": contained(document),
            "masterIdentifier": unique_id(document.unique_oid),
            "identifier": [entry_uuid(document.unique_id)],
            "status": "current",
            "type": codeable(document.type),
            "category": [codeable(document_class)],
            "subject": subject(document.patient),
            "date": document.created,
            "author": [inside(AUTHOR)],
            "authenticator": inside(authenticator_id(document)),
            "custodian": inside(CUSTODIAN),
            "relatesTo": [{"code": "replaces", "target": {"reference": replaces}}] if replaces else None,
            "securityLabel": [codeable(label) for label in document.confidentiality],
            "content": [{"attachment": _attachment(document, cda, where), "format": coding(format_code(document))}],
            "context": _context(document),
        }
    )


def _attachment(document: Document, cda: bytes, where: dict[str, str]) -> dict[str, Any]:
    return {
        "contentType": CDA_TYPE,
        "language": document.language,
        **where,
        "size": len(cda),
        "hash": fingerprint(cda),
        "title": document.title,
        "creation": document.created,
    }


def _context(document: Document) -> dict[str, Any]:
    act, stay = document.act, document.stay
    return without_nothing(
        {
            "event": [codeable(act.code)] if act.code else None,
            "period": without_nothing({"start": act.start, "end": act.end}),
            "facilityType": codeable(stay.facility_type),
            "practiceSetting": codeable(document.practice_setting),
            "sourcePatientInfo": inside(PATIENT),
            "related": [{"identifier": {**identifier(stay.identifier), "type": _encounter_type()}}],
        }
    )


def _encounter_type() -> dict[str, Any]:
    """How a stay is told in `referenceIdList` (IHE MHD, mapping of DocumentEntry)."""
    return {"coding": [{"system": URI, "code": _ENCOUNTER_ID}]}
