"""The start of the header: what kind of document, which version, how confidential."""

from collections.abc import Iterable

from lxml import etree

from adapter.core.ids import business_id
from adapter.dmp.cda.writing import coded, element, own_id, timed, worded
from adapter.dmp.documents import Attachment, Concept, Document, oid_of

_HL7_FRANCE = "2.16.840.1.113883.2.8.2.1"
_CI_SIS = "1.2.250.1.213.1.1.1.1"
_XDS_SD = "1.3.6.1.4.1.19376.1.2.20"
# Structuration minimale demands a third template. A level-1 body has that of IHE XDS-SD; for free sections there is no
# national one, and a UUID needs no registration: it claims nothing but "free sections, made here".
_FREE_SECTIONS = oid_of(business_id("cda-template", "free-sections"))
_CONFIDENTIALITY = "2.16.840.1.113883.5.25"


def elements(document: Document) -> Iterable[etree._Element | None]:
    """From realmCode to versionNumber, in the order of the schema. Raises NotWritten."""
    yield element("realmCode", code="FR")
    yield element("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    for template in (_HL7_FRANCE, _CI_SIS, _third_template(document)):
        yield element("templateId", root=template)
    yield own_id("id", document.unique_id)
    yield coded("code", document.type)
    yield worded("title", document.title)
    yield timed("effectiveTime", document.created)
    yield _confidentiality(document.confidentiality)
    yield element("languageCode", code=document.language)
    yield own_id("setId", document.set_id)
    yield element("versionNumber", value=str(document.version))


def _third_template(document: Document) -> str:
    return _XDS_SD if isinstance(document.body, Attachment) else _FREE_SECTIONS


def _confidentiality(concepts: Iterable[Concept]) -> etree._Element:
    """HL7's own level; who may see it (hidden from the patient, …) is no matter of CDA but of its metadata."""
    level = next((concept for concept in concepts if concept.oid == _CONFIDENTIALITY), None)
    return coded("confidentialityCode", level) if level else element("confidentialityCode", nullFlavor="UNK")
