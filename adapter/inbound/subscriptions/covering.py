"""Of which types a source tells every change at present: what it tells of needs no asking."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from adapter.core.times import BadTime, read_instant
from adapter.inbound.catching_up.events import SUBSCRIBED
from adapter.inbound.dialects.values import literal
from adapter.store import marks

_STATUS = "status "
_TROUBLE = frozenset({"error", "off"})


def told_of(tx: Connection, source: str, now: datetime) -> frozenset[str]:
    """The types that an active Subscription of ours covers, as it was last seen, and nothing said otherwise since."""
    known = marks.all_of(tx, source)
    ours, seen_at = known.get(SUBSCRIBED, ({}, now))
    failed = {
        place.id
        for name, (said, at) in known.items()
        if name.startswith(_STATUS)
        and at >= seen_at
        and isinstance(said, dict)
        and said.get("status") in _TROUBLE
        and (place := literal(name.removeprefix(_STATUS)))
    }
    alive = (one for own_id, one in ours.items() if own_id not in failed and _is_alive(one, now))
    return frozenset(name for one in alive for name in one["types"])


def _is_alive(one: Mapping[str, Any], now: datetime) -> bool:
    if one.get("status") != "active" or one.get("narrow"):
        return False
    try:
        return not one.get("end") or read_instant(str(one["end"])).astimezone(UTC) > now
    except BadTime:
        return False
