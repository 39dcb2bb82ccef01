"""Events of resources and of Bundle entries, whatever of fullUrl, request and response a sender leaves out."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from adapter.core.references import Literal
from adapter.inbound.dialects.keys import digest_of
from adapter.inbound.dialects.received import Code, Event, Interaction, Kind, Unfit
from adapter.inbound.dialects.values import fhir_id, literal, member, objects, text, type_name, version_of
from adapter.inbound.dialects.wire_xml import Guessed

MOST = 10_000
"""Events, and entries, that one request may hold."""

_BY_METHOD = {"POST": Interaction.CREATE, "PUT": Interaction.UPDATE, "DELETE": Interaction.DELETE}
_CHANGES = frozenset({"POST", "PUT", "DELETE", "PATCH"})


def entries_in(bundle: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of a Bundle, those of Bundles within it included; raises Unfit where they are too many."""
    found = list(islice(_entries(bundle), MOST + 1))
    if len(found) > MOST:
        raise Unfit(Kind.POISON, Code.TOO_MANY)
    return found


def _entries(bundle: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in objects(bundle.get("entry")):
        resource = entry.get("resource")
        if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
            yield from _entries(resource)
        else:
            yield entry


def is_change(entry: Mapping[str, Any]) -> bool:
    """Whether an entry says of itself that something happened, rather than being shown for its own sake."""
    return method_of(entry) in _CHANGES


def method_of(entry: Mapping[str, Any]) -> str:
    """The verb of an entry's request; empty where it has none, as in HAPI's status entry."""
    return (text(member(entry, "request", "method")) or "").upper()


def event_of_entry(entry: Mapping[str, Any]) -> Event | None:
    """The event of one entry; None where it holds neither a resource nor the address of one."""
    resource = entry.get("resource")
    place = literal(text(entry.get("fullUrl")))
    if isinstance(resource, dict) and resource:
        return _with_resource(entry, resource, place)
    place = place or _answered(entry)
    if place is not None:
        return _event(entry, None, place, place.id)
    kind = type_name((text(member(entry, "request", "url")) or "").partition("?")[0].rpartition("/")[2])
    if is_change(entry) and kind:
        return Event(_BY_METHOD.get(method_of(entry), Interaction.UNKNOWN), kind)
    return None


def _with_resource(entry: Mapping[str, Any], resource: dict[str, Any], place: Literal | None) -> Event | None:
    kind = type_name(resource.get("resourceType"))
    if kind is None:
        return None
    same = place if place and place.type == kind else None
    if same and same.base:
        return _event(entry, resource, same, same.id)
    own_id = fhir_id(resource.get("id")) or (same.id if same else None)
    answered = _answered(entry)
    if own_id is None and answered and answered.type == kind:
        own_id = answered.id
    return _event(entry, resource, Literal(None, kind, own_id or ""), own_id or _alias(entry, resource))


def _answered(entry: Mapping[str, Any]) -> Literal | None:
    """The resource that request and response name, where the fullUrl does not."""
    return literal(text(member(entry, "request", "url"))) or literal(text(member(entry, "response", "location")))


def _event(entry: Mapping[str, Any], resource: dict[str, Any] | None, place: Literal, own_id: str) -> Event:
    interaction = _BY_METHOD.get(method_of(entry), Interaction.UNKNOWN)
    deletes = interaction is Interaction.DELETE
    tagged = version_of(member(entry, "response", "etag"))
    said = text(member(entry, "response", "lastModified")) if deletes else None
    version = version_of(member(resource, "meta", "versionId")) or tagged or place.version
    return Event(
        interaction, place.type, own_id, place.base, version, None if deletes else usable(resource), timestamp=said
    )


def event_of_resource(
    resource: dict[str, Any], interaction: Interaction, named: str | None = None, json: bytes | None = None
) -> Event:
    """The event of a resource that stands alone; `named` is the id in the request's path. Raises Unfit."""
    kind = type_name(resource.get("resourceType"))
    if kind is None:
        raise Unfit(Kind.POISON, Code.UNKNOWN_TYPE)
    own_id = fhir_id(resource.get("id")) or named or _alias({}, resource)
    version = version_of(member(resource, "meta", "versionId"))
    if interaction is Interaction.DELETE:
        return Event(interaction, kind, own_id, None, version)
    return Event(interaction, kind, own_id, None, version, usable(resource), json=json)


def usable(resource: dict[str, Any] | None) -> dict[str, Any] | None:
    """The resource where it was read exactly; what was only guessed is fetched as if the sender had sent the id."""
    return None if isinstance(resource, Guessed) else resource


def _alias(entry: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    """What names a resource without an id: the entry's own urn, or its content."""
    alias = text(entry.get("fullUrl")) or ""
    return alias if alias.startswith("urn:") else f"urn:sha256:{digest_of(resource)}"
