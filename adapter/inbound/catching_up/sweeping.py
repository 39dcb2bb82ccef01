"""The sweep: reads again every resource that a live charge rests on, because deletions mostly do not arrive.

410 is a deletion; 404 is suspect and only counted (DESIGN, rules of the house, 8).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.references import Key, Literal, parse_reference
from adapter.fhir.json_text import loads
from adapter.inbound.catching_up.found import store_found
from adapter.inbound.dialects.entries import event_of_resource
from adapter.inbound.dialects.received import Event, Interaction, Unfit
from adapter.inbound.digests import digest_of
from adapter.inbound.sources import Answer, SourceClient, SourceRefuses
from adapter.store import marks
from adapter.store.contents import contents
from adapter.store.engine import Store
from adapter.store.tables import outbox

SWEPT = "swept"
_LIVE = frozenset({"planned", "billable"})
_ROWS = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many resources were read again, and what came of them; `refused` ones could not be read."""

    read: int = 0
    changed: int = 0
    deleted: int = 0
    missing: int = 0
    refused: int = 0


def sweep(store: Store, client: SourceClient, source: str, now: datetime) -> Swept:
    """Read again what live charges rest on at this source; raises SourceUnavailable where it stops answering."""
    with store.read() as tx:
        keys = sorted(resting_on(tx, client.base_url))
    counts = dict.fromkeys(("changed", "deleted", "missing", "refused"), 0)
    for key in keys:
        outcome = _swept(store, client, source, key, now)
        if outcome:
            counts[outcome] += 1
    with store.begin() as tx:
        marks.write(tx, source, SWEPT, {"read": len(keys), **counts}, now)
    return Swept(len(keys), **counts)


def resting_on(tx: Connection, base: str) -> set[Key]:
    """Every resource of a server that a live charge names as what it rests on."""
    found: set[Key] = set()
    last = 0
    while rows := tx.execute(_some(last)).all():
        for row in rows:
            found.update(key for key in _named(loads(row.desired)) if key.source == base)
        last = rows[-1].number
    return found


def _some(after: int) -> "sa.Select[tuple[int, str]]":
    query = sa.select(outbox.c.number, outbox.c.desired).where(outbox.c.number > after)
    return query.order_by(outbox.c.number).limit(_ROWS)


def _named(desired: list[Mapping[str, Any]]) -> Iterator[Key]:
    for one in desired:
        resource = one["resource"]
        if one["only_if_written"] or resource.get("resourceType") != "ChargeItem" or resource["status"] not in _LIVE:
            continue
        for reference in resource.get("supportingInformation", ()):
            match parse_reference(str(reference.get("reference"))):
                case Literal(base=str()) as literal:
                    yield literal.key("")


def _swept(store: Store, client: SourceClient, source: str, key: Key, now: datetime) -> str | None:
    try:
        answer = client.read(key.type, key.id)
        event = _event(key, answer)
    except (SourceRefuses, Unfit):
        return "refused"
    if event is None:
        return "missing"
    with store.begin() as tx:
        if answer.content and _is_known(tx, key, answer.content):
            return None
        store_found(tx, source, client.base_url, [event], now)
    return "deleted" if answer.gone else "changed"


def _event(key: Key, answer: Answer) -> Event | None:
    if answer.gone:
        return Event(Interaction.DELETE, key.type, key.id)
    return event_of_resource(dict(answer.content), Interaction.UPDATE, key.id) if answer.content else None


def _is_known(tx: Connection, key: Key, content: Mapping[str, Any]) -> bool:
    """Whether the record holds this content already."""
    version = content.get("meta", {}).get("versionId")
    digest = digest_of(content, None)
    return any(one.digest == digest or (version and one.version == str(version)) for one in contents(tx, key))
