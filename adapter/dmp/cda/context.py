"""What the document reports: the act, the encounter it happened in, and the version it replaces."""

from lxml import etree

from adapter.dmp.cda.people import assigned_entity, represented
from adapter.dmp.cda.writing import coded, element, identified, interval, own_id
from adapter.dmp.documents import Act, Concept, Document, Stay


def documentation_of(act: Act, practice_setting: Concept) -> etree._Element:
    """The act, its time and who did it in which setting (the XDS practiceSettingCode). Raises NotWritten."""
    setting = coded("standardIndustryClassCode", practice_setting)
    organization = represented(act.performer.organization, "representedOrganization", setting)
    return element(
        "documentationOf",
        element(
            "serviceEvent",
            coded("code", act.code) if act.code else None,
            interval(act.start, act.end),
            element("performer", assigned_entity(act.performer, organization), typeCode="PRF"),
        ),
    )


def replaced(document: Document) -> etree._Element | None:
    """The version before; None for the first. Raises NotWritten."""
    if document.replaces is None:
        return None
    return element(
        "relatedDocument",
        element(
            "parentDocument",
            own_id("id", document.replaces),
            element("versionNumber", value=str(document.version - 1)),
        ),
        typeCode="RPLC",
    )


def component_of(stay: Stay) -> etree._Element:
    """The encounter and the kind of structure (the XDS healthcareFacilityTypeCode). Raises NotWritten."""
    structure = identified("id", stay.organization.identifier) if stay.organization else None
    facility = element("healthCareFacility", structure, coded("code", stay.facility_type))
    return element(
        "componentOf",
        element(
            "encompassingEncounter",
            identified("id", stay.identifier),
            interval(stay.start, stay.end),
            element("location", facility),
        ),
    )
