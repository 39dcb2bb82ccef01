"""A plan as one transaction Bundle: all or nothing, every entry conditional.

What is there is replaced only in the version that was read (`ifMatch`); what is not is written by a
conditional update, so that sending it twice makes one. Provenance has no identifier in R4 and is created.
"""

from collections.abc import Sequence
from typing import Any

from adapter.core.desired.frame import urn
from adapter.core.plans import Change, Kind
from adapter.outbound.conditions import condition, etag


def transaction_of(plan: Sequence[Change], base_url: str) -> dict[str, Any]:
    """The Bundle of a plan, its entries in the plan's order."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(c, base_url) for c in plan]}


def _entry(change: Change, base_url: str) -> dict[str, Any]:
    content = change.content
    if change.kind is Kind.UPDATE:
        address = f"{content['resourceType']}/{content['id']}"
        request = {"method": "PUT", "url": address}
        if version := version_of(change):
            request["ifMatch"] = etag(version)
        return {"fullUrl": f"{base_url}/{address}", "resource": content, "request": request}
    identifier = content.get("identifier")
    url = f"{content['resourceType']}?{condition(identifier[0])}" if identifier else content["resourceType"]
    request = {"method": "PUT" if identifier else "POST", "url": url}
    return {"fullUrl": urn(change.desired.id), "resource": content, "request": request}


def version_of(change: Change) -> str | None:
    """The version that an update replaces, where the target says versions."""
    version = change.current.get("meta", {}).get("versionId") if change.current else None
    return str(version) if version is not None else None
