"""Applies, renews and removes our Subscriptions at a source, and notes what they cover."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapter.core.errors import Blocked
from adapter.inbound.catching_up.events import SUBSCRIBED
from adapter.inbound.catching_up.reach import Offers
from adapter.inbound.catching_up.wanting import WANTED
from adapter.inbound.dialects.values import text
from adapter.inbound.sources import SourceRefuses
from adapter.inbound.subscriptions.client import SubscriptionClient
from adapter.inbound.subscriptions.forms import Hook, about_of, endpoint_of
from adapter.inbound.subscriptions.planning import KEEPING, Action, Doing, plan, removal
from adapter.inbound.subscriptions.topics import topics_of
from adapter.inbound.subscriptions.wanted import Asked, Wanted, wanted
from adapter.store import marks
from adapter.store.engine import Store

ENDPOINT = "endpoint"
"""The mark: where the source sends to, as it was last applied."""


class NothingToSubscribe(Blocked):
    """The source offers no way of being told of anything that a pack reads."""

    code = "no-subscription"


@dataclass(frozen=True, slots=True)
class Kept:
    """One Subscription as it is at the source; `id` is None where it is wanted and absent."""

    about: str
    types: tuple[str, ...]
    narrow: bool = False
    id: str | None = None
    status: str = "absent"
    end: str | None = None


def apply(
    store: Store, client: SubscriptionClient, asked: Asked, hook: Hook, now: datetime
) -> tuple[list[Action], list[Kept]]:
    """Make the source have exactly what is wanted; what was done, and what there is now. Twice does nothing.

    Raises NothingToSubscribe, SourceUnavailable, SourceRefuses.
    """
    done = _planned(client, asked, hook, now)
    return done, _carried_out(store, client, asked, hook, done, now)


def renew(
    store: Store, client: SubscriptionClient, asked: Asked, hook: Hook, now: datetime
) -> tuple[list[Action], list[Kept]]:
    """Keep alive what is there: renew what ends soon, ask anew for what failed. Raises as `apply` does."""
    done = [action for action in _planned(client, asked, hook, now) if action.doing in KEEPING]
    return done, _carried_out(store, client, asked, hook, done, now)


def remove(store: Store, client: SubscriptionClient, asked: Asked, hook: Hook, now: datetime) -> list[Action]:
    """Delete all of ours, and nobody else's."""
    done = removal(client.subscriptions(), hook)
    _carry_out(client, done)
    with store.begin() as tx:
        marks.write(tx, asked.name, SUBSCRIBED, {}, now)
    return done


def status(client: SubscriptionClient, asked: Asked, hook: Hook) -> list[Kept]:
    """What is wanted and how it is at the source; last, what is ours and not wanted."""
    wishes, _ = _wishes(client, asked)
    ours = [one for one in client.subscriptions() if endpoint_of(one) == hook.endpoint]
    rows = [_kept(one, ours) for one in wishes]
    known = {one.about for one in wishes}
    return rows + [_shown(Wanted(about_of(one), ()), one) for one in ours if about_of(one) not in known]


def uncovered(asked: Asked, kept: Iterable[Kept]) -> list[str]:
    """The types of which nothing tells us, or not of every change: only catching up finds the rest."""
    covered = {name for one in kept if one.id is not None and not one.narrow for name in one.types}
    return [name for name in asked.types if name not in covered]


def _planned(client: SubscriptionClient, asked: Asked, hook: Hook, now: datetime) -> list[Action]:
    wishes, is_r5 = _wishes(client, asked)
    if not wishes:
        raise NothingToSubscribe("the source offers no Subscription for any type that a pack reads")
    return plan(wishes, client.subscriptions(), hook, now, is_r5)


def _wishes(client: SubscriptionClient, asked: Asked) -> tuple[list[Wanted], bool]:
    """The Subscriptions wanted, and whether the source speaks R5: by what it says, else by the settings."""
    try:
        offers = Offers(client.capabilities())
    except SourceRefuses:
        offers = Offers(None)
    is_r5 = offers.version.startswith("5.") or (not offers.version and asked.fhir_version == "R5")
    is_r4 = offers.version.startswith("4.0") or (not offers.version and asked.fhir_version == "R4")
    asks = asked.notified_by != "criteria" and (offers.by_topic() or asked.notified_by == "topic" or not is_r4)
    topics = topics_of(client, is_r4) if asks else []
    spoken = Asked(asked.name, asked.types, "R4" if is_r4 else "R5" if is_r5 else "R4B", asked.notified_by)
    return wanted(spoken, offers.types(asked.types), topics), is_r5


def _carry_out(client: SubscriptionClient, actions: Iterable[Action]) -> None:
    for action in actions:
        client.do(action)


def _carried_out(
    store: Store, client: SubscriptionClient, asked: Asked, hook: Hook, actions: Sequence[Action], now: datetime
) -> list[Kept]:
    """What there is now; what one that stood still did not tell is to be caught up with."""
    _carry_out(client, actions)
    if any(action.doing is Doing.REACTIVATE for action in actions):
        with store.begin() as tx:
            marks.write(tx, asked.name, WANTED, "reactivated", now)
    return _noted(store, client, asked, hook, now)


def _noted(store: Store, client: SubscriptionClient, asked: Asked, hook: Hook, now: datetime) -> list[Kept]:
    kept = status(client, asked, hook)
    topics = {one.id for one in kept if "://" in one.about}
    covers = {
        k.id: {
            "types": list(k.types),
            "counts": k.id in topics and not k.narrow,
            "narrow": k.narrow,
            "status": k.status,
            "end": k.end,
        }
        for k in kept
        if k.id
    }
    with store.begin() as tx:
        marks.write(tx, asked.name, SUBSCRIBED, covers, now)
        marks.write(tx, asked.name, ENDPOINT, hook.endpoint, now)
    return kept


def _kept(one: Wanted, ours: Iterable[Mapping[str, Any]]) -> Kept:
    same = next((s for s in ours if about_of(s) == one.about), None)
    return _shown(one, same) if same else Kept(one.about, one.types, one.narrow)


def _shown(one: Wanted, found: Mapping[str, Any]) -> Kept:
    said = text(found.get("status")) or "unknown"
    return Kept(one.about, one.types, one.narrow, str(found["id"]), said, text(found.get("end")))
