"""What a resource refers to: References, and the Binary in which an attachment's bytes stand.

Files and the service follow the same ones: what a replay finds, the service fetches.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapter.core.references import Literal, Urn, parse_reference
from adapter.inbound.relevance import BINARY


def references_in(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every Reference in a content that names something; the `url` of an attachment counts as one to a Binary."""
    if isinstance(node, Mapping):
        if isinstance(node.get("reference"), str) or _is_logical(node):
            yield node
        yield from binaries_in(node)
        for child in node.values():
            if isinstance(child, dict | list):
                yield from references_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from references_in(child)


def binaries_in(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The Reference to the Binary of a node's own `attachment` (R4 DocumentReference.content)."""
    attachment = node.get("attachment")
    url = attachment.get("url") if isinstance(attachment, Mapping) else None
    if isinstance(url, str):
        parsed = parse_reference(url)
        if isinstance(parsed, Urn) or (isinstance(parsed, Literal) and parsed.type == BINARY):
            yield {"reference": url}


def _is_logical(node: Mapping[str, Any]) -> bool:
    """A Reference by identifier, whose `type` may be absent; a resource with one identifier has no such `type`."""
    return isinstance(node.get("identifier"), Mapping) and isinstance(node.get("type", ""), str)
