"""FHIR XML of any version: exactly where R4's table knows it, well enough to see whose news it is elsewhere.

R4B and R5 notify with a SubscriptionStatus, which R4 does not have, so an exact reading alone would refuse them all.
"""

from typing import Any

from lxml import etree

from adapter.fhir.elements import is_resource
from adapter.fhir.xml_shared import DEEPEST, XHTML, BadXml, Node, name_of, parse
from adapter.fhir.xml_text import from_xml


class Guessed(dict[str, Any]):
    """A resource read without a model: what is a list or a number is not known, so nothing may rest on its content."""


def from_any_xml(data: bytes) -> dict[str, Any]:
    """The resource in an XML document, in JSON's shape or Guessed; BadXml where it is not FHIR in XML."""
    try:
        return from_xml(data)
    except BadXml:
        root = parse(data)
        return _resource(root, 1, name_of(root) == "Bundle")


def _resource(node: Node, depth: int, exact: bool) -> dict[str, Any]:
    """Reads exactly the resources of a Bundle, and none within one that failed: else nesting would cost its square."""
    name = name_of(node)
    if exact and name != "Bundle":
        if is_resource(name):
            try:
                return from_xml(etree.tostring(node, with_tail=False))
            except BadXml:
                pass
        exact = False
    return Guessed({"resourceType": name} | _members(node, depth, exact))


def _members(node: Node, depth: int, exact: bool) -> dict[str, Any]:
    if depth > DEEPEST:
        raise BadXml(f"nested more than {DEEPEST} levels deep", node.sourceline)
    found: dict[str, list[Any]] = {}
    for child in _children(node):
        if child.tag != f"{{{XHTML}}}div":
            found.setdefault(name_of(child), []).append(_value(child, depth + 1, exact))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _value(node: Node, depth: int, exact: bool) -> Any:
    children = _children(node)
    if len(children) == 1 and name_of(children[0])[:1].isupper():
        return _resource(children[0], depth, exact)
    value = node.get("value")
    if value is not None and not children:
        return value
    own_id = {"id": node.get("id")} if node.get("id") else {}
    return own_id | _members(node, depth, exact)


def _children(node: Node) -> list[Node]:
    """The elements; comments and processing instructions have a function for a tag."""
    return [child for child in node if isinstance(child.tag, str)]
