"""R5 resources read as R4, so that packs and record know one version only.

R5 is what new servers speak; it renames the period of a visit and makes its class a list, so an R4 reader would find
no visit at all. What R4 has no place for is dropped by name, never silently.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from adapter.fhir import r5_care, r5_papers, r5_visits
from adapter.fhir.elements import UnknownType, is_resource
from adapter.fhir.r5_fit import fit
from adapter.fhir.r5_signs import is_r5

__all__ = ["Mapped", "is_r5", "to_r4"]

_MOVES = r5_care.MOVES | r5_papers.MOVES | r5_visits.MOVES


@dataclass(frozen=True, slots=True)
class Mapped:
    """The resource in R4, and what did not survive: paths, or "status: discharged read as finished"."""

    resource: dict[str, Any]
    dropped: list[str]


def to_r4(resource: Mapping[str, Any]) -> Mapped:
    """The R4 reading of an R5 resource; the given one is not changed.

    UnknownType where R4 has no such resource, ValueError for endless nesting and for a Bundle: its entries are events
    of their own and are mapped one by one. What is the same in both versions comes back as it was.
    """
    name = resource.get("resourceType")
    if not isinstance(name, str) or not is_resource(name):
        raise UnknownType("FHIR R4 has no such resource")
    if name == "Bundle":
        raise ValueError("map the entries of a Bundle one by one")
    dropped: list[str] = []
    try:
        return Mapped(_mapped(deepcopy(dict(resource)), name, "", dropped), dropped)
    except RecursionError:
        raise ValueError("the resource is nested too deep to be mapped") from None


def _mapped(resource: dict[str, Any], name: str, path: str, dropped: list[str]) -> dict[str, Any]:
    moved: list[str] = []
    if name in _MOVES:
        _MOVES[name](resource, moved)
    dropped.extend(f"{path}.{item}" if path else item for item in moved)
    return fit(resource, name, path, dropped, _nested)


def _nested(resource: dict[str, Any], path: str, dropped: list[str]) -> dict[str, Any] | None:
    """A contained resource: it has the version of the one around it, but may look the same in both."""
    name = resource.get("resourceType")
    if not isinstance(name, str) or not is_resource(name):
        return None
    return _mapped(resource, name, path, dropped)
