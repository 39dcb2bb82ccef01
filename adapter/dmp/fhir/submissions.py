"""ITI-65: documents with their submission set, in one transaction that a server takes whole or not at all."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from adapter.core.ids import business_id
from adapter.dmp.documents import Document, oid_of
from adapter.dmp.envelopes import Envelope
from adapter.dmp.fhir.actors import AUTHOR, author_only, inside, subject
from adapter.dmp.fhir.document_references import CDA_TYPE, PROFILES, document_reference
from adapter.dmp.fhir.elements import URI, codeable, entry_uuid, oid, unique_id, uuid
from adapter.dmp.fhir.patches import supersede_patch

_MHD = "https://profiles.ihe.net/ITI/MHD"


def submission_set(documents: Sequence[Document], source_oid: str) -> dict[str, Any]:
    """A pdsm-submissionset-comprehensive of documents of one patient, by the first one's author.

    `source_oid` is the OID of the system that submits.
    """
    first = documents[0]
    own = _submission_id(documents)
    return {
        "resourceType": "List",
        "meta": {"profile": [f"{PROFILES}/pdsm-submissionset-comprehensive"]},
        "contained": author_only(first),
        "extension": [
            _extension("ihe-designationType", "valueCodeableConcept", codeable(first.stay.facility_type)),
            _extension("ihe-sourceId", "valueIdentifier", {"system": URI, "value": oid(source_oid)}),
        ],
        "identifier": [unique_id(oid_of(own)), entry_uuid(own)],
        "status": "current",
        "mode": "working",
        "title": first.title,
        "code": {"coding": [{"system": f"{_MHD}/CodeSystem/MHDlistTypes", "code": "submissionset"}]},
        "subject": subject(first.patient),
        "date": first.created,
        "source": inside(AUTHOR),
        "entry": [{"item": {"reference": uuid(document.unique_id)}} for document in documents],
    }


def iti65(envelopes: Sequence[Envelope], source_oid: str, replaced: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A pdsm-comprehensive-provide-document-bundle: List, then DocumentReferences, Binaries, PATCHes.

    `replaced` says for the unique id of a replacing document where the target keeps the version before
    (`DocumentReference/id`); that one is superseded in the same transaction.
    """
    places = dict(replaced or {})
    documents = [envelope.document for envelope in envelopes]
    listed = _posted(_submission_id(documents), submission_set(documents, source_oid))
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{PROFILES}/pdsm-comprehensive-provide-document-bundle"]},
        "type": "transaction",
        "entry": [
            listed,
            *(_described(envelope, places.get(envelope.document.unique_id)) for envelope in envelopes),
            *(_posted(_binary_id(envelope), _binary(envelope)) for envelope in envelopes),
            *(_superseded(place) for place in places.values()),
        ],
    }


def _described(envelope: Envelope, replaces: str | None) -> dict[str, Any]:
    url = uuid(_binary_id(envelope))
    described = document_reference(envelope.document, envelope.cda, envelope.document_class, url, replaces)
    return _posted(envelope.document.unique_id, described)


def _binary(envelope: Envelope) -> dict[str, Any]:
    return {
        "resourceType": "Binary",
        "contentType": CDA_TYPE,
        "data": b64encode(envelope.cda).decode("ascii"),
    }


def _posted(own: str, resource: dict[str, Any]) -> dict[str, Any]:
    return {
        "fullUrl": uuid(own),
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
    }


def _superseded(place: str) -> dict[str, Any]:
    return {
        "fullUrl": uuid(business_id("document-superseded", place)),
        "resource": supersede_patch(),
        "request": {"method": "PATCH", "url": place},
    }


def _binary_id(envelope: Envelope) -> str:
    return business_id("document-binary", envelope.document.unique_id)


def _submission_id(documents: Sequence[Document]) -> str:
    return business_id("document-submission", *(document.unique_id for document in documents))


def _extension(name: str, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"url": f"{_MHD}/StructureDefinition/{name}", kind: value}
