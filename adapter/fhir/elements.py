"""The element table of FHIR R4: which elements a type has, in which order, and what each may hold.

Checks, XML and the loading of packs all ask the same table, so that they cannot disagree about the standard. It is
generated from HL7's package (see generate.py), read on first use, and turned into objects one type at a time.

Backbone elements are types named by their path ("Encounter.participant"). ``value[x]`` appears once for each type it
may have ("valueString", ...), because that is how it is written in JSON and in XML.
"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

TABLE = Path(__file__).with_name("elements.json")


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type.

    ``codes``: the codes of a required binding, None where any text is allowed or the list is not known here.
    ``targets``: resource types that a Reference may name, None where any is allowed.
    ``choice``: "value[x]" for valueString and its like, else None.
    """

    name: str
    type: str
    many: bool
    required: bool
    codes: frozenset[str] | None
    targets: frozenset[str] | None
    choice: str | None


class UnknownType(LookupError):
    """FHIR R4 has no type of that name."""


class UnknownElement(LookupError):
    """A path names an element that its type does not have; ``suggestions`` are near misses, best first."""

    def __init__(self, type_name: str, element: str, suggestions: Sequence[str]) -> None:
        self.type, self.element, self.suggestions = type_name, element, tuple(suggestions)
        hint = f"; did you mean {' or '.join(self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"{type_name} has no element {element}{hint}")


def elements_of(type_name: str) -> Mapping[str, Element]:
    """The elements of a type by name, in FHIR's order; UnknownType where there is no such type."""
    try:
        return _elements_of(type_name)
    except KeyError:
        close = difflib.get_close_matches(type_name, _table()["types"], n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise UnknownType(f"FHIR R4 has no type {type_name[:80]}{hint}") from None


def is_resource(name: str) -> bool:
    """Whether a resourceType may have this value (so not Resource and DomainResource, which are abstract)."""
    return name in _names("resources")


def resource_names() -> frozenset[str]:
    """Every resource type of R4."""
    return _names("resources")


def is_primitive(name: str) -> bool:
    """Whether values of this type are single values in JSON (xhtml counts: its value is the text of the div)."""
    return name in _names("primitives")


def type_of_path(type_name: str, path: Sequence[str]) -> Element:
    """The element that a path of plain names reaches, as in ("Encounter", ["participant", "individual"]).

    UnknownElement at the first name that does not exist, UnknownType for an unknown first type, ValueError for an
    empty path. A choice must be named with its type: "value" is refused and answered with "valueQuantity" and so on.
    """
    if not path:
        raise ValueError("an empty path names no element")
    for name in path:
        elements = elements_of(type_name)
        if name not in elements:
            raise UnknownElement(type_name, name, _suggestions(elements, name))
        element = elements[name]
        type_name = element.type
    return element


def _suggestions(elements: Mapping[str, Element], name: str) -> list[str]:
    choice = f"{name.removesuffix('[x]')}[x]"
    concrete = [element.name for element in elements.values() if element.choice == choice]
    if concrete:
        return concrete
    same = {known.lower(): known for known in elements}
    if name.lower() in same:
        return [same[name.lower()]]
    return difflib.get_close_matches(name, elements, n=3, cutoff=0.6)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_bytes())
    return table


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(_table()[kind])


@cache
def _shared(name: str) -> frozenset[str]:
    lists = _table()["codes" if name[0] == "c" else "targets"]
    return frozenset(lists[int(name[1:])].split(" "))


@cache
def _elements_of(type_name: str) -> Mapping[str, Element]:
    lines = _table()["types"][type_name]
    return MappingProxyType({element.name: element for line in lines for element in _read(line)})


def _read(line: str) -> Iterator[Element]:
    name, types, cardinality, *shared = line.split(" ")
    lists = {reference[0]: _shared(reference) for reference in shared}
    choice = name if name.endswith("[x]") else None
    for kind in types.split("|"):
        yield Element(
            name=f"{name[:-3]}{kind[0].upper()}{kind[1:]}" if choice else name,
            type=kind,
            many=cardinality in "*+",
            required=cardinality in "1+",
            codes=lists.get("c") if kind == "code" else None,
            targets=lists.get("t") if kind == "Reference" else None,
            choice=choice,
        )
