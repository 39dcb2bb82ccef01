"""Parses a CDA document that may be anything: no DTD, no entities, no network."""

from lxml import etree

from adapter.dmp.faults import Fault

NAMESPACES = {"h": "urn:hl7-org:v3", "re": "http://exslt.org/regular-expressions"}
ROOT = "/ClinicalDocument"


class Unreadable(Exception):
    """Bytes that are no CDA document; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def parse(data: bytes) -> etree._Element:
    """The root of a CDA document. Raises Unreadable."""
    if b"<!DOCTYPE" in data:
        raise Unreadable(Fault("cda-doctype", "/", "the document has a DOCTYPE"))
    # A body of base64 is one text of many megabytes, hence huge_tree, which turns off the guard against growing
    # entities: the DOCTYPE is looked for first, and no other encoding can hide it.
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise Unreadable(Fault("cda-not-xml", "/", "the document is not well-formed XML in UTF-8")) from None
    if root.tag != f"{{{NAMESPACES['h']}}}ClinicalDocument":
        raise Unreadable(Fault("cda-not-cda", "/", "the root is no ClinicalDocument of HL7 v3"))
    return root


def elements(root: etree._Element, path: str) -> list[etree._Element]:
    """The elements at an XPath."""
    found = root.xpath(path, namespaces=NAMESPACES)
    return [item for item in found if isinstance(item, etree._Element)] if isinstance(found, list) else []


def texts(root: etree._Element, path: str) -> list[str]:
    """The attributes at an XPath."""
    found = root.xpath(path, namespaces=NAMESPACES)
    return [str(item) for item in found if isinstance(item, str)] if isinstance(found, list) else []
