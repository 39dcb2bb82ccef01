"""JSON-shaped dicts to FHIR XML, elements in FHIR's order (FHIR R4, 2.6.1 and 2.6.2)."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from lxml import etree

from adapter.fhir.elements import Element, elements_of, is_primitive, is_resource
from adapter.fhir.xml_shared import DEEPEST, FHIR, XHTML, BadXml, Node, attribute_names, name_of, parse

_NAMESPACES: Any = {None: FHIR}


def to_xml(resource: Mapping[str, Any]) -> bytes:
    """The resource as an XML document in UTF-8, elements in FHIR's order; BadXml where it is not R4's shape."""
    name = _resource_type(resource)
    root = etree.Element(f"{{{FHIR}}}{name}", nsmap=_NAMESPACES)
    _write_object(root, resource, name, 1)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _resource_type(resource: Any) -> str:
    name = resource.get("resourceType") if isinstance(resource, Mapping) else None
    if not isinstance(name, str) or not is_resource(name):
        raise BadXml("a resource without a resourceType that FHIR R4 knows", None)
    return name


def _write_object(node: Node, value: Any, type_name: str, depth: int) -> None:
    if depth > DEEPEST:
        raise BadXml(f"nested more than {DEEPEST} levels deep", None)
    if not isinstance(value, Mapping):
        raise BadXml(f"{type_name} must be an object", None)
    elements = elements_of(type_name)
    attributes = attribute_names(type_name)
    for name in _names_in_order(value, type_name):
        if name in attributes:
            _refuse_extra(name, value.get(f"_{name}"))
            _set(node, name, value.get(name))
        else:
            _write_element(node, elements[name], value, depth)


def _names_in_order(value: Mapping[str, Any], type_name: str) -> list[str]:
    order = _positions(type_name)
    names = {key.removeprefix("_") for key in value}
    if is_resource(type_name):
        names.discard("resourceType")
    unknown = sorted(names - order.keys())
    if unknown:
        raise BadXml(f"{type_name} has no element {unknown[0][:60]}", None)
    return sorted(names, key=order.__getitem__)


@cache
def _positions(type_name: str) -> dict[str, int]:
    return {name: position for position, name in enumerate(elements_of(type_name))}


def _write_element(parent: Node, element: Element, holder: Mapping[str, Any], depth: int) -> None:
    for value, extra in _pairs(element, holder):
        if element.type == "xhtml" or not is_primitive(element.type):
            _refuse_extra(element.name, extra)
        if element.type == "xhtml":
            parent.append(_div(value))
            continue
        node = etree.SubElement(parent, f"{{{FHIR}}}{element.name}")
        if is_primitive(element.type):
            _set(node, "value", value)
            if extra is not None:
                _write_object(node, extra, element.type, depth + 1)
        elif element.type == "Resource":
            name = _resource_type(value)
            _write_object(etree.SubElement(node, f"{{{FHIR}}}{name}"), value, name, depth + 1)
        else:
            _write_object(node, value, element.type, depth + 1)


def _pairs(element: Element, holder: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Each value of an element with the id and extensions of that same value."""
    value, extra = holder.get(element.name), holder.get(f"_{element.name}")
    if not element.many:
        value, extra = [value], [extra]
    values, extras = value or [], extra or []
    if not (isinstance(values, list) and isinstance(extras, list)):
        raise BadXml(f"{element.name} must be a list", None)
    for place in range(max(len(values), len(extras))):
        pair = tuple(items[place] if place < len(items) else None for items in (values, extras))
        if pair != (None, None):
            yield pair[0], pair[1]


def _refuse_extra(name: str, extra: Any) -> None:
    if extra is not None:
        raise BadXml(f"_{name} has no place: {name} is not a primitive element", None)


def _set(node: Node, name: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, float | list | Mapping):
        raise BadXml(f"{name_of(node)} holds a {type(value).__name__}, which is no exact single value", None)
    try:
        node.set(name, str(value).lower() if isinstance(value, bool) else str(value))
    except ValueError:
        raise BadXml(f"{name_of(node)} holds a character that XML cannot write", None) from None


def _div(text: Any) -> Node:
    try:
        node = parse(str(text).encode())
    except (BadXml, UnicodeEncodeError):
        what = "a narrative div that is not well-formed XHTML; write characters instead of entities such as &nbsp;"
        raise BadXml(what, None) from None
    if node.tag != f"{{{XHTML}}}div":
        raise BadXml(f"a narrative that is not one div in the namespace {XHTML}", None)
    return node
