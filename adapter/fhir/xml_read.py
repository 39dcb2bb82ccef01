"""FHIR XML to JSON-shaped dicts, by the element table alone (FHIR R4, 2.6.1 and 2.6.2).

The table says what is a list, what is a number and what may be there; nothing else is known about any resource.
"""

import re
from collections.abc import Sequence
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from adapter.fhir.checks import no_resource
from adapter.fhir.elements import Element, elements_of, is_primitive, is_resource
from adapter.fhir.json_text import decimal_of
from adapter.fhir.xml_shared import DEEPEST, XHTML, BadXml, Node, attribute_names, name_of, parse

_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_INTEGER = re.compile(r"[-+]?[0-9]{1,20}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_INTEGERS = frozenset({"integer", "positiveInt", "unsignedInt"})


def from_xml(data: bytes) -> dict[str, Any]:
    """The resource in an XML document, in its JSON shape: Decimal for decimals, int, bool, else str.

    BadXml for a DOCTYPE, text that is not XML, an unknown resource, element or attribute, a repeated or empty element,
    or more than 200 levels. Comments and processing instructions are skipped.
    """
    return _read_resource(parse(data), 1)


def _read_resource(node: Node, depth: int) -> dict[str, Any]:
    name = name_of(node)
    if not is_resource(name):
        raise BadXml(no_resource(name), node.sourceline)
    return {"resourceType": name} | _read_object(node, name, depth)


def _read_object(node: Node, type_name: str, depth: int) -> dict[str, Any]:
    if depth > DEEPEST:
        raise BadXml(f"nested more than {DEEPEST} levels deep", node.sourceline)
    elements = elements_of(type_name)
    result: dict[str, Any] = _attributes(node, type_name)
    for name, children in _children_by_name(node).items():
        element = elements.get(name)
        if element is None or (name == "id" and not is_resource(type_name)):
            raise BadXml(f"{type_name} has no element {name[:60]}", children[0].sourceline)
        if len(children) > 1 and not element.many:
            raise BadXml(f"{type_name}.{name} may occur once only", children[1].sourceline)
        result.update(_read_element(element, children, depth))
    if not result:
        raise BadXml(f"the element {name_of(node)[:60]} is empty", node.sourceline)
    return result


def _attributes(node: Node, type_name: str) -> dict[str, Any]:
    """The element id, and an extension's url; a schema location is allowed and not kept."""
    result: dict[str, Any] = {}
    for name, value in node.items():
        if name in attribute_names(type_name):
            result[name] = value
        elif not name.startswith(_SCHEMA_INSTANCE):
            raise BadXml(f"{type_name} has no attribute {name[:60]}", node.sourceline)
    return result


def _children_by_name(node: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    _refuse_text(node, node.text)
    for child in node:
        _refuse_text(node, child.tail)
        if isinstance(child.tag, str):  # comments and processing instructions have a function for a tag
            found.setdefault(name_of(child), []).append(child)
    return found


def _refuse_text(node: Node, text: str | None) -> None:
    if text and not text.isspace():
        what = f"text inside {name_of(node)[:60]}; FHIR writes values in the attribute value"
        raise BadXml(what, node.sourceline)


def _read_element(element: Element, nodes: Sequence[Node], depth: int) -> dict[str, Any]:
    if element.type == "xhtml":
        return {element.name: _read_div(nodes[0])}
    if is_primitive(element.type):
        return _read_primitives(element, nodes, depth)
    if element.type == "Resource":
        values = [_read_resource(_only_child(node), depth + 1) for node in nodes]
    else:
        values = [_read_object(node, element.type, depth + 1) for node in nodes]
    return {element.name: values if element.many else values[0]}


def _read_primitives(element: Element, nodes: Sequence[Node], depth: int) -> dict[str, Any]:
    """``{name: value, _name: {id, extension}}``; in lists both are padded with null (FHIR R4, 2.6.2.3)."""
    values: list[Any] = []
    extras: list[Any] = []
    for node in nodes:
        text = node.attrib.pop("value", None)
        values.append(None if text is None else _read_value(element, text, node.sourceline))
        _refuse_text(node, node.text)
        has_more = text is None or node.attrib or (len(node) and _children_by_name(node))
        extras.append(_read_object(node, element.type, depth + 1) if has_more else None)
    both: dict[str, list[Any]] = {element.name: values, f"_{element.name}": extras}
    kept = {name: items for name, items in both.items() if items.count(None) < len(items)}
    return kept if element.many else {name: items[0] for name, items in kept.items()}


def _read_value(element: Element, text: str, line: int | None) -> str | bool | int | Decimal:
    kind = element.type
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind in _INTEGERS and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "decimal" and _DECIMAL.fullmatch(text):
        try:
            return decimal_of(text)
        except InvalidOperation:
            raise BadXml(f"the number in {element.name} cannot be read", line) from None
    if not text:
        raise BadXml(f"the value of {element.name} is empty", line)
    if kind in _INTEGERS or kind in ("boolean", "decimal"):
        raise BadXml(f"the value of {element.name} is no {kind}", line)
    return text


def _read_div(node: Node) -> str:
    if node.tag != f"{{{XHTML}}}div":
        raise BadXml(f"div is not in the namespace {XHTML}", node.sourceline)
    alone = deepcopy(node)
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, encoding="unicode", with_tail=False)


def _only_child(node: Node) -> Node:
    children = [child for group in _children_by_name(node).values() for child in group]
    if len(children) != 1:
        raise BadXml(f"{name_of(node)} holds {len(children)} resources instead of one", node.sourceline)
    return children[0]
