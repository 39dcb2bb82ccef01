"""Our own database as a target, so that the same Writer writes to it as to a FHIR server.

A transaction is one transaction of the database: conditional updates by identifier, If-Match, and references
among its entries turned into addresses.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from sqlalchemy.engine import Connection

from adapter.outbound.answers import Stored
from adapter.outbound.bundles import renamed
from adapter.outbound.errors import Conflict, Lacking, SeveralMatches
from adapter.store import embedded
from adapter.store.embedded import AnyOf, Version, Wanted
from adapter.store.engine import Store

_URN = "urn:uuid:"
_MOST = 100


def utc_now() -> datetime:
    """The clock by default."""
    return datetime.now(UTC)


class EmbeddedTarget:
    """The target named `embedded`; `now` is its clock. References in it are relative, so it has no address."""

    base_url = ""

    def __init__(self, store: Store, now: Callable[[], datetime] = utc_now) -> None:
        self._store, self._now = store, now

    def capabilities(self) -> dict[str, Any]:
        """What a Writer asks for: it takes transactions."""
        interaction = [{"code": "transaction"}]
        return {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "interaction": interaction}]}

    def search_by_identifier(self, type_name: str, system: str, value: str) -> list[dict[str, Any]]:
        """All resources of a type with this identifier."""
        return self._found(type_name, AnyOf("identifier", ((system, value),)))

    def search(self, type_name: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """The matches of a search for exact values, each as it is indexed."""
        return self._found(type_name, *(AnyOf(name, ((None, value),)) for name, value in parameters.items()))

    def transaction(self, bundle: Mapping[str, Any]) -> list[Stored]:
        """All entries or none, in their order; raises Conflict, SeveralMatches, or StoreUnavailable."""
        with self._store.begin() as tx:
            embedded.alone(tx)
            placed = [_placed(tx, entry) for entry in bundle["entry"]]
            names = {
                entry["fullUrl"]: f"{content['resourceType']}/{content['id']}"
                for entry, content in zip(bundle["entry"], placed, strict=True)
                if entry.get("fullUrl", "").startswith(_URN)
            }
            return [_stored(embedded.write(tx, renamed(content, names), self._now())) for content in placed]

    def create(self, content: Mapping[str, Any], unless: str | None = None) -> Stored:
        """Create a resource, unless one with the identifier of the condition is there."""
        with self._store.begin() as tx:
            embedded.alone(tx)
            type_name = str(content["resourceType"])
            there = _by_condition(tx, type_name, unless) if unless else None
            if there is not None:
                return _stored(there)
            return _stored(embedded.write(tx, {**content, "id": str(uuid4())}, self._now()))

    def update(self, content: Mapping[str, Any], version: str | None = None) -> Stored:
        """Replace a resource, if it still is in this version; raises Conflict."""
        with self._store.begin() as tx:
            embedded.alone(tx)
            _check_version(tx, str(content["resourceType"]), str(content["id"]), version)
            return _stored(embedded.write(tx, content, self._now()))

    def _found(self, type_name: str, *parameters: AnyOf) -> list[dict[str, Any]]:
        with self._store.read() as tx:
            return [one.content for one in embedded.search(tx, type_name, Wanted(parameters), _MOST)]


def _placed(tx: Connection, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's content with the id that it is to have."""
    content, request = dict(entry["resource"]), entry["request"]
    type_name, query = content["resourceType"], str(request["url"]).partition("?")[2]
    match request["method"]:
        case "PUT" if query:
            there = _by_condition(tx, type_name, query)
            return {**content, "id": there.id if there else _fresh_id(tx, type_name, entry)}
        case "PUT":
            version = str(request.get("ifMatch", "")).removeprefix("W/").strip('"') or None
            _check_version(tx, type_name, content["id"], version)
            return content
        case "POST":
            return {**content, "id": _fresh_id(tx, type_name, entry)}
    raise Lacking(f"transaction: no {request['method']}")


def _fresh_id(tx: Connection, type_name: str, entry: Mapping[str, Any]) -> str:
    """Our own id where it is free: a charge is found by the name under which it was decided."""
    own = str(entry.get("fullUrl", ""))
    proposed = own.removeprefix(_URN) if own.startswith(_URN) else str(uuid4())
    return proposed if embedded.read(tx, type_name, proposed) is None else str(uuid4())


def _by_condition(tx: Connection, type_name: str, query: str) -> Version | None:
    (text,) = parse_qs(query)["identifier"]
    system, value = re.split(r"(?<!\\)\|", text, maxsplit=1)
    found = embedded.search(tx, type_name, Wanted((AnyOf("identifier", ((_plain(system), _plain(value)),)),)), 2)
    if len(found) > 1:
        raise SeveralMatches(f"{type_name}: several have our identifier")
    return found[0] if found else None


def _plain(text: str) -> str:
    for sign in ("|", ",", "$", "\\"):
        text = text.replace(f"\\{sign}", sign)
    return text


def _check_version(tx: Connection, type_name: str, resource_id: str, version: str | None) -> None:
    there = embedded.read(tx, type_name, resource_id)
    if there is None:
        raise Lacking(f"PUT {type_name}: there is none")
    if version is not None and version != str(there.version):
        raise Conflict(f"PUT {type_name}: another version is there")


def _stored(version: Version) -> Stored:
    return Stored(f"{version.type}/{version.id}", str(version.version))
