"""A plan as one transaction Bundle: all or nothing, every entry conditional.

What is there is replaced only in the version that was read (`ifMatch`); what is not is written by a
conditional update, so that sending it twice makes one; by a conditional create where the target has no such
update. Provenance has no identifier in R4 and is created.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from adapter.core.desired.frame import urn
from adapter.core.plans import Change, Kind
from adapter.outbound.conditions import condition, etag


def transaction_of(plan: Sequence[Change], base_url: str, lacks_update: Collection[str] = ()) -> dict[str, Any]:
    """The Bundle of a plan, its entries in the plan's order; `lacks_update`: types without conditional update."""
    entries = [_entry(change, base_url, change.desired.type not in lacks_update) for change in plan]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _entry(change: Change, base_url: str, by_update: bool) -> dict[str, Any]:
    content = change.content
    if change.kind is Kind.UPDATE:
        address = f"{content['resourceType']}/{content['id']}"
        request = {"method": "PUT", "url": address}
        if version := version_of(change):
            request["ifMatch"] = etag(version)
        return {"fullUrl": f"{base_url}/{address}", "resource": content, "request": request}
    return {"fullUrl": urn(change.desired.id), "resource": content, "request": _request(content, by_update)}


def _request(content: Mapping[str, Any], by_update: bool) -> dict[str, str]:
    type_name, identifier = content["resourceType"], content.get("identifier")
    if not identifier:
        return {"method": "POST", "url": type_name}
    if by_update:
        return {"method": "PUT", "url": f"{type_name}?{condition(identifier[0])}"}
    return {"method": "POST", "url": type_name, "ifNoneExist": condition(identifier[0])}


def version_of(change: Change) -> str | None:
    """The version that an update replaces, where the target says versions."""
    version = change.current.get("meta", {}).get("versionId") if change.current else None
    return str(version) if version is not None else None
