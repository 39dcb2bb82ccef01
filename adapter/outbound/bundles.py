"""Desired resources in the two forms that files and servers take: one by one, or as a transaction Bundle.

In a Bundle everything is conditional on our identifier, so that sending it twice changes nothing
(R4 http, conditional update). Provenance has no identifier in R4 and goes only beside the rest.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from adapter.core.desired import Desired
from adapter.outbound.conditions import condition


def with_local_references(desired: Iterable[Desired]) -> list[dict[str, Any]]:
    """The resources with `urn:uuid:` references among them turned into `Type/id`."""
    all_of_them = list(desired)
    names = {f"urn:uuid:{d.id}": f"{d.type}/{d.id}" for d in all_of_them}
    return [renamed(d.resource, names) for d in all_of_them]


def renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A copy in which every `reference` found in `names` is replaced."""
    if isinstance(node, dict):
        return {
            k: names.get(v, v) if k == "reference" and isinstance(v, str) else renamed(v, names)
            for k, v in node.items()
        }
    if isinstance(node, list):
        return [renamed(child, names) for child in node]
    return node


def transaction(desired: Iterable[Desired]) -> dict[str, Any]:
    """One transaction Bundle: conditional updates by our identifiers, and a create for Provenance."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(d) for d in desired]}


def _entry(desired: Desired) -> dict[str, Any]:
    resource = {name: value for name, value in desired.resource.items() if name != "id"}
    return {"fullUrl": f"urn:uuid:{desired.id}", "resource": resource, "request": _request(desired)}


def _request(desired: Desired) -> dict[str, str]:
    identifier = desired.resource.get("identifier")
    if not identifier:
        return {"method": "POST", "url": desired.type}
    return {"method": "PUT", "url": f"{desired.type}?{condition(identifier[0])}"}
