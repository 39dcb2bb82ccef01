"""What reading and writing FHIR XML share: the error, the namespaces, and a parser that cannot be attacked."""

import re
from typing import Any, NoReturn, TypeAlias

from lxml import etree

from adapter.fhir.elements import is_resource

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
DEEPEST = 200

# The stubs of lxml know neither source lines nor the namespace without a prefix.
Node: TypeAlias = Any

# Possessive, so that a prolog of many comments cannot make it backtrack.
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)

_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")


class BadXml(ValueError):
    """The text is not FHIR R4 in XML; ``line`` is None where a dict could not be written."""

    def __init__(self, what: str, line: int | None) -> None:
        self.what, self.line = what, line
        super().__init__(what if line is None else f"{what} (line {line})")


def parse(data: bytes) -> Node:
    """The root element, with entities and the network off; BadXml for a DOCTYPE and for what is not XML.

    FHIR forbids the DOCTYPE, and it is how attacks with XML start, so it is looked for before parsing.
    """
    found = _DOCTYPE.match(data)
    if found:
        _refuse_doctype(data.count(b"\n", 0, found.end()) + 1)
    root = _parsed(data)
    if root.getroottree().docinfo.doctype:  # in an encoding that the look at the bytes did not read
        _refuse_doctype(root.sourceline)
    return root


def _is_utf8(data: bytes) -> bool:
    """Whether the look at the bytes saw what the parser will see."""
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    said = _ENCODING.match(start)
    return start.startswith(b"<") and b"\0" not in start[:4] and (said is None or said[1].lower() == b"utf-8")


def name_of(node: Node) -> str:
    """The name of an element of FHIR, or of the XHTML div; BadXml for any other namespace."""
    tag: str = node.tag
    namespace, _, name = tag.rpartition("}")
    if namespace == f"{{{FHIR}" or (name == "div" and namespace == f"{{{XHTML}"):
        return name
    raise BadXml(f"{name[:60]} is not in the namespace {FHIR}", node.sourceline)


def attribute_names(type_name: str) -> tuple[str, ...]:
    """What XML writes as attributes: the element id (a resource's own id is an element) and an extension's url."""
    if is_resource(type_name):
        return ()
    return ("id", "url") if type_name == "Extension" else ("id",)


def _refuse_doctype(line: int | None) -> NoReturn:
    raise BadXml("a DOCTYPE is not allowed in FHIR; send the resource without it", line)


def _parsed(data: bytes) -> Node:
    # A document of many megabytes in one element is no attack where a DOCTYPE cannot hide: who reads limits the size.
    is_huge = _is_utf8(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=is_huge)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        # The parser's own words quote the text; the name of its error does not.
        kinds = [entry.type_name for entry in parser.error_log]
        what = kinds[0].removeprefix("ERR_").replace("_", " ").lower() if kinds else "no document"
        raise BadXml(f"not well-formed XML: {what}", error.lineno or 1) from None
