"""Takes a document apart into resources: Bundles of every type, arrays, single resources.

What an entry says of itself decides its key: an absolute `fullUrl` names the server it lives on, a `urn:`
is an alias of a resource of this file's source (R4 Bundle, resolving references).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapter.core.references import Key, Literal, parse_reference


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a document: where it stood, its key, its alias, and whether it says "deleted"."""

    place: str
    key: Key | None
    alias: str | None
    resource: Mapping[str, Any]
    deleted_at: str | None = None


Raw = tuple[str, int, Mapping[str, Any], Mapping[str, Any], Any]
"""(place before, number, entry, resource, Bundle.timestamp): an entry before anything is made of it."""


def entries_of(document: Any, label: str) -> Iterator[Entry]:
    """Every resource in a parsed document, Bundles within Bundles included."""
    for raw in raw_entries(document):
        yield from made_of(raw, label)


def raw_entries(document: Any, place: str = "") -> Iterator[Raw]:
    """Every entry as it stands, so that what nobody reads costs nothing more."""
    if isinstance(document, list):
        for number, item in enumerate(document):
            yield from raw_entries(item, f"{place}[{number}]")
    elif isinstance(document, dict) and document.get("resourceType") == "Bundle":
        sent_at = document.get("timestamp")
        for number, entry in enumerate(document.get("entry") or ()):
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
                yield from raw_entries(resource, f"{place}entry[{number}].")
            elif isinstance(entry, dict):
                yield place, number, entry, resource if isinstance(resource, dict) else {}, sent_at
    elif isinstance(document, dict):
        yield place, -1, {}, document, None


def made_of(raw: Raw, label: str) -> Iterator[Entry]:
    """The Entry of a raw one; nothing where it holds neither a resource nor a deletion."""
    before, number, entry, resource, sent_at = raw
    place = f"{before}entry[{number}]" if number >= 0 else before
    full_url = entry.get("fullUrl")
    if resource or number < 0:
        alias = full_url if isinstance(full_url, str) and full_url.startswith("urn:") else None
        yield Entry(place, _key(resource, full_url, label), alias, resource)
        return
    request = entry.get("request")
    if isinstance(request, dict) and request.get("method") == "DELETE":
        yield from _deletion(entry, request, label, place, sent_at)


def _deletion(
    entry: Mapping[str, Any], request: Mapping[str, Any], label: str, place: str, sent_at: Any
) -> Iterator[Entry]:
    for text in (entry.get("fullUrl"), request.get("url")):
        parsed = parse_reference(text) if isinstance(text, str) else None
        if isinstance(parsed, Literal):
            response = entry.get("response") if isinstance(entry.get("response"), dict) else {}
            at = (response or {}).get("lastModified") or sent_at
            yield Entry(place, parsed.key(label), None, {}, at if isinstance(at, str) else "")
            return


def _key(resource: Any, full_url: Any, label: str) -> Key | None:
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return None
    kind, own_id = resource["resourceType"], resource.get("id")
    parsed = parse_reference(full_url) if isinstance(full_url, str) else None
    if isinstance(parsed, Literal) and parsed.base and parsed.type == kind:
        return Key(parsed.base, kind, parsed.id)
    if isinstance(own_id, str) and own_id:
        return Key(label, kind, own_id)
    if isinstance(full_url, str) and full_url.startswith("urn:"):
        return Key(label, kind, full_url)
    return Key(
        label, kind, "urn:sha256:" + hashlib.sha256(repr(sorted(resource.items(), key=str)).encode()).hexdigest()
    )
