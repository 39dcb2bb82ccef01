"""What the tests of catching up share: encounters, and what is in the inbox."""

from typing import Any

import sqlalchemy as sa

from adapter.store.engine import Store
from adapter.store.tables import event


def encounter(id_: str, at: str | None = None, version: str | None = None) -> dict[str, Any]:
    """A home visit; with a time and a version as a server that gives these would tell them."""
    meta = {name: value for name, value in (("lastUpdated", at), ("versionId", version)) if value}
    return {
        "resourceType": "Encounter",
        "id": id_,
        **({"meta": meta} if meta else {}),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
        "subject": {"reference": "Patient/p1"},
    }


def inbox(store: Store) -> list[tuple[str, str, str | None]]:
    """Interaction, id and version of every event, in order."""
    with store.read() as tx:
        rows = tx.execute(sa.select(event.c.interaction, event.c.resource_id, event.c.version).order_by(event.c.id))
        return [(row.interaction, row.resource_id, row.version) for row in rows]
