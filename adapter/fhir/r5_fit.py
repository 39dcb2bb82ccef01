"""Make an object fit R4 by the element table alone: the part of R5 -> R4 that needs no knowledge of a resource.

R5 mostly added elements, made single ones lists, and joined a code and a reference into one CodeableReference. All
three can be undone from what R4 says of the element. Whatever has no place in R4 is removed and its path noted.
"""

from collections.abc import Callable, Mapping
from typing import Any

from adapter.fhir.checks import type_of_reference
from adapter.fhir.elements import Element, elements_of, is_primitive, is_resource

Json = dict[str, Any]
ReadNested = Callable[[Json, str, list[str]], Json | None]

_LARGEST = 2**31 - 1
# Without its comparator a quantity says something else ("sufficient to achieve 5" would become "5").
_QUANTITIES = frozenset({"Age", "Count", "Distance", "Duration", "Quantity"})


def fit(value: Mapping[str, Any], kind: str, path: str, dropped: list[str], nested: ReadNested) -> Json:
    """``value`` as R4 knows it; the paths of what was removed are added to ``dropped``.

    Empty where nothing was left, or where an element is gone without which the rest has no meaning. ``nested`` reads a
    contained resource. A required element of a resource keeps a code or target that R4 does not list: without it there
    would be no resource.
    """
    result: Json = {}
    before = len(dropped)
    for name, child in value.items():
        if name == "resourceType" and is_resource(kind):
            result[name] = child
            continue
        fitted = _element(name, child, kind, f"{path}.{name}" if path else name, dropped, nested)
        if fitted is not None:
            result[name] = fitted
        elif name == "comparator" and kind in _QUANTITIES:
            return {}
    if len(dropped) > before and not is_resource(kind) and _is_broken(result, kind):
        return {}
    return result


def is_codeable_reference(value: Any) -> bool:
    """Whether a value has the shape of R5's CodeableReference and of nothing that R4 knows."""
    if not isinstance(value, Mapping) or not value.keys() & {"concept", "reference"}:
        return False
    return value.keys() <= {"id", "extension", "concept", "reference"} and not isinstance(value.get("reference"), str)


def _element(name: str, value: Any, kind: str, path: str, dropped: list[str], nested: ReadNested) -> Any:
    element = elements_of(kind).get(name.removeprefix("_"))
    if element is None or (name.startswith("_") and not is_primitive(element.type)):
        dropped.append(path)
        return None
    items = value if isinstance(value, list) else [value]
    places = [f"{path}[{place}]" if isinstance(value, list) else path for place in range(len(items))]
    pairs = zip(items, places, strict=True)
    if name.startswith("_"):
        fitted = [(_extra(item, element, place, dropped, nested), place) for item, place in pairs]
    else:
        needed = element.required and is_resource(kind)
        fitted = [(_item(item, element, needed, place, dropped, nested), place) for item, place in pairs]
    # The nulls in a list of primitives pad it against the list of their extensions.
    padded = element.many and is_primitive(element.type)
    fitted = [(item, place) for item, place in fitted if item is not None or padded]
    if not element.many:
        dropped.extend(place for _, place in fitted[1:])
    kept = [item for item, _ in fitted]
    if not any(item is not None for item in kept):
        return None
    return kept if element.many else kept[0]


def _extra(value: Any, element: Element, path: str, dropped: list[str], nested: ReadNested) -> Any:
    """The id and extensions of a primitive value."""
    return fit(value, element.type, path, dropped, nested) or None if isinstance(value, Mapping) else None


def _item(value: Any, element: Element, needed: bool, path: str, dropped: list[str], nested: ReadNested) -> Any:
    value = _unwrapped(value, element, path, dropped)
    if value is None:
        return None
    if is_primitive(element.type):
        fitted = _primitive(value, element, needed)
    elif not isinstance(value, Mapping) or (_has_wrong_target(value, element) and not needed):
        fitted = None
    elif element.type == "Resource":
        fitted = nested(dict(value), path, dropped)
    else:
        fitted = _without_empty_extension(fit(value, element.type, path, dropped, nested), element) or None
    if fitted is None and path not in dropped:
        dropped.append(path)
    return fitted


def _unwrapped(value: Any, element: Element, path: str, dropped: list[str]) -> Any:
    """The half of a CodeableReference that R4 has a place for."""
    if element.type not in ("CodeableConcept", "Reference") or not is_codeable_reference(value):
        return value
    half, other = ("concept", "reference") if element.type == "CodeableConcept" else ("reference", "concept")
    if other in value:
        dropped.append(f"{path}.{other}")
    return value.get(half)


def _primitive(value: Any, element: Element, needed: bool) -> Any:
    if isinstance(value, Mapping | list):
        return None
    if element.type in ("unsignedInt", "positiveInt", "integer") and isinstance(value, str):
        return _small(value)
    if element.codes is not None and value not in element.codes and not needed:
        return None
    return value


def _small(value: str) -> int | None:
    """R5 writes integer64 as a string; R4 knows 32 bits."""
    readable = value.isascii() and value.isdigit() and len(value) < 11 and int(value) <= _LARGEST
    return int(value) if readable else None


def _has_wrong_target(value: Mapping[str, Any], element: Element) -> bool:
    if element.targets is None:
        return False
    found = type_of_reference(value)
    return found is not None and found not in element.targets


def _without_empty_extension(value: Json, element: Element) -> Json:
    return {} if element.type == "Extension" and value.keys() <= {"id", "url"} else value


def _is_broken(value: Json, kind: str) -> bool:
    """Whether an element that R4 requires is missing."""
    present = {name.removeprefix("_") for name in value}
    required = [element for element in elements_of(kind).values() if element.required]
    wanted = {element.choice or element.name for element in required}
    return not wanted <= {element.choice or element.name for element in required if element.name in present}
