"""The FHIR datatypes that documents are described with: URIs of OIDs and UUIDs, codes, identifiers."""

from typing import Any

from adapter.dmp.documents import Concept, Identifier

URI = "urn:ietf:rfc:3986"
"""The identifier system of values that are URIs themselves."""

FR_IDENTIFIER_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
V2_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_HL7 = "http://terminology.hl7.org/"
_V2_TYPES = frozenset({"PI", "NH", "RRI", "VN", "AN"})
"""Identifier types that FR Core takes from HL7's own table; the rest is of its own."""


def oid(value: str) -> str:
    """An OID as a URI."""
    return f"urn:oid:{value}"


def uuid(value: str) -> str:
    """A UUID as a URI."""
    return f"urn:uuid:{value}"


def coding(concept: Concept) -> dict[str, Any]:
    """A Coding; without a system where that has no URI, and without a French label for a code of HL7's own."""
    display = None if concept.uri.startswith(_HL7) else concept.display
    return without_nothing({"system": concept.uri, "code": concept.code, "display": display})


def codeable(concept: Concept) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    return {"coding": [coding(concept)]}


def identifier(given: Identifier) -> dict[str, Any]:
    """An Identifier, typed where its type is known."""
    plain = {"system": oid(given.oid), "value": given.value}
    if given.type_code is None:
        return plain
    system = V2_IDENTIFIER_TYPES if given.type_code in _V2_TYPES else FR_IDENTIFIER_TYPES
    return {"type": {"coding": [{"system": system, "code": given.type_code}]}, **plain}


def unique_id(document_oid: str) -> dict[str, str]:
    """The `uniqueId` of XDS: ours, the same for ever (IHE.MHD.UniqueIdIdentifier)."""
    return {"use": "usual", "system": URI, "value": oid(document_oid)}


def entry_uuid(document_uuid: str) -> dict[str, str]:
    """The `entryUUID` of XDS as we propose it; a DMP may give another (IHE.MHD.EntryUUID.Identifier)."""
    return {"use": "official", "system": URI, "value": uuid(document_uuid)}


def without_nothing(element: dict[str, Any]) -> dict[str, Any]:
    """The element without what is None or empty, which FHIR JSON does not allow."""
    return {name: value for name, value in element.items() if value not in (None, [], {}, "")}
