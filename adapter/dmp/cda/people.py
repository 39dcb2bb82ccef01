"""The people and structures of the header: the person, who wrote it, who keeps it, who answers for it."""

from collections.abc import Iterable

from lxml import etree

from adapter.dmp.cda.writing import coded, element, identified, timed, timestamp, worded, worded_if
from adapter.dmp.documents import Concept, Identifier, Organization, Patient, Professional

# JDV_J245 (civility) and JDV_J246 (title of a profession), as the schematrons of Structuration minimale list them.
CIVILITIES = frozenset({"M", "MLLE", "MME"})
TITLES = frozenset({"DR", "MC", "MG", "PC", "PG", "PR"})
_GENDERS = {
    "male": Concept("M", "2.16.840.1.113883.5.1", "", "Masculin"),
    "female": Concept("F", "2.16.840.1.113883.5.1", "", "Féminin"),
}


def record_target(patient: Patient) -> etree._Element:
    """The person under INS and local ids, with the traits of the INS. Raises NotWritten."""
    gender = _GENDERS.get(patient.gender)
    return element(
        "recordTarget",
        element(
            "patientRole",
            *(identified("id", identifier) for identifier in _distinct((patient.ins, *patient.local))),
            element(
                "patient",
                _patient_name(patient),
                coded("administrativeGenderCode", gender)
                if gender
                else element("administrativeGenderCode", nullFlavor="UNK"),
                element("birthTime", value=timestamp(patient.birth_date)),
                _birthplace(patient.birth_place),
            ),
        ),
    )


def _distinct(identifiers: Iterable[Identifier]) -> Iterable[Identifier]:
    """Each once: Structuration minimale refuses an id that stands twice."""
    return {(identifier.oid, identifier.value): identifier for identifier in identifiers}.values()


def _patient_name(patient: Patient) -> etree._Element:
    return element(
        "name",
        worded("family", patient.birth_name, qualifier="BR"),
        worded("given", patient.birth_given),
        worded_if("given", patient.first_given, qualifier="BR"),
        worded_if("family", patient.used_name, qualifier="CL"),
        worded_if("given", patient.used_given, qualifier="CL"),
    )


def _birthplace(insee_code: str | None) -> etree._Element | None:
    if insee_code is None:
        return None
    return element("birthplace", element("place", element("addr", worded("county", insee_code))))


def author(professional: Professional, time: str) -> etree._Element:
    """Who wrote it, and when. Raises NotWritten."""
    return element(
        "author",
        timed("time", time),
        element("assignedAuthor", *_assigned(professional, represented(professional.organization))),
    )


def custodian(organization: Organization) -> etree._Element:
    """The structure that keeps it."""
    kept_by = represented(organization, "representedCustodianOrganization")
    return element("custodian", element("assignedCustodian", kept_by))


def legal_authenticator(professional: Professional, time: str) -> etree._Element:
    """Who answers for it. Raises NotWritten."""
    return element(
        "legalAuthenticator",
        timed("time", time),
        element("signatureCode", code="S"),
        assigned_entity(professional, represented(professional.organization)),
    )


def assigned_entity(professional: Professional, organization: etree._Element | None) -> etree._Element:
    """A professional in a role other than the author's."""
    return element("assignedEntity", *_assigned(professional, organization))


def _assigned(professional: Professional, organization: etree._Element | None) -> list[etree._Element | None]:
    return [
        identified("id", professional.identifier),
        coded("code", professional.profession),
        element("assignedPerson", _professional_name(professional)),
        organization,
    ]


def _professional_name(professional: Professional) -> etree._Element:
    return element(
        "name",
        worded_if("prefix", professional.prefix if professional.prefix in CIVILITIES else None),
        worded_if("given", professional.given),
        worded("family", professional.family),
        worded_if("suffix", professional.prefix if professional.prefix in TITLES else None),
    )


def represented(
    organization: Organization | None, name: str = "representedOrganization", *more: etree._Element
) -> etree._Element | None:
    """A structure under its national id; None where there is neither a structure nor anything else to say of it."""
    if organization is None:
        return element(name, *more) if more else None
    return element(name, identified("id", organization.identifier), worded("name", organization.name), *more)
