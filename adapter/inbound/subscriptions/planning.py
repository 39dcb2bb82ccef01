"""What to do so that a source has exactly the Subscriptions that are wanted: pure, so that it can be shown first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from adapter.core.times import BadTime, read_instant
from adapter.inbound.subscriptions.forms import Hook, about_of, changed, differs, endpoint_of, made
from adapter.inbound.subscriptions.wanted import Wanted

LIFETIME = timedelta(days=90)
RENEW_BEFORE = timedelta(days=30)
"""Renewed when less than this is left, so that a month of outage ends no Subscription."""
_BEST = ("active", "requested", "error", "off")


class Doing(StrEnum):
    """What is done to one Subscription."""

    CREATE = "create"
    UPDATE = "update"
    RENEW = "renew"
    REACTIVATE = "reactivate"
    DELETE = "delete"


KEEPING = frozenset({Doing.RENEW, Doing.REACTIVATE})
"""What keeps alive what is there, without adding or taking anything."""


@dataclass(frozen=True, slots=True)
class Action:
    """One change at the source; the resource holds our secret, and no repr shows it."""

    doing: Doing
    about: str
    id: str | None = None
    resource: Mapping[str, Any] = field(default_factory=dict, repr=False)


def plan(
    wanted: Sequence[Wanted], found: Iterable[Mapping[str, Any]], hook: Hook, now: datetime, is_r5: bool = False
) -> list[Action]:
    """The actions that lead from what was found to what is wanted; none where all is as it should be.

    Of two Subscriptions for the same the better one stays: both would tell everything twice.
    """
    ours = [one for one in found if endpoint_of(one) == hook.endpoint]
    actions: list[Action] = []
    for one in wanted:
        same = sorted((s for s in ours if about_of(s) == one.about), key=_rank)
        fresh = made(one, hook, now + LIFETIME, is_r5)
        if not same:
            actions.append(Action(Doing.CREATE, one.about, None, fresh))
            continue
        if doing := _needed(same[0], hook, now):
            actions.append(Action(doing, one.about, str(same[0]["id"]), changed(same[0], fresh)))
        actions += [_delete(extra) for extra in same[1:]]
    about = {one.about for one in wanted}
    return actions + [_delete(one) for one in ours if about_of(one) not in about]


def removal(found: Iterable[Mapping[str, Any]], hook: Hook) -> list[Action]:
    """The actions that take back all of ours."""
    return [_delete(one) for one in found if endpoint_of(one) == hook.endpoint]


def _needed(one: Mapping[str, Any], hook: Hook, now: datetime) -> Doing | None:
    if differs(one, hook):
        return Doing.UPDATE
    if one.get("status") in ("error", "off"):
        return Doing.REACTIVATE
    return Doing.RENEW if _ends_before(one, now + RENEW_BEFORE) else None


def _ends_before(one: Mapping[str, Any], instant: datetime) -> bool:
    """Whether it ends too soon; one without an end lasts, since the server keeps none."""
    end = one.get("end")
    try:
        return isinstance(end, str) and read_instant(end) < instant
    except BadTime:
        return True


def _rank(one: Mapping[str, Any]) -> tuple[int, str]:
    status = one.get("status")
    return (_BEST.index(status) if status in _BEST else len(_BEST), str(one.get("id")))


def _delete(one: Mapping[str, Any]) -> Action:
    return Action(Doing.DELETE, about_of(one), str(one["id"]))
