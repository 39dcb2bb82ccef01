"""When to catch up: after a gap in the event numbers, after silence, where a notification said only "look", and once a
day although nothing asks for it."""

from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from adapter.core.times import BadTime, read_instant
from adapter.inbound.catching_up.running import CAUGHT_UP
from adapter.store import marks

WANTED = "catch-up-wanted"
HEARD = "heard"
EVERY = timedelta(days=1)
"""A source may forget to tell, and a Subscription may have stood still unseen."""
PATIENCE = 2
"""Heartbeats that may be late before silence counts: one is often delayed by a busy server."""


def gaps(tx: Connection, source: str, now: datetime, heartbeat_seconds: int | None) -> list[str]:
    """Why a source should be caught up with now: `never`, what a mark asks for (`gap`, `empty`, `reactivated`),
    `heartbeat`, `daily`; none where nothing does.

    A wish made while a catch-up ran outlives it; silence is asked about once in each stretch of it.
    """
    known = marks.all_of(tx, source)
    if CAUGHT_UP not in known:
        return ["never"]
    began = known[CAUGHT_UP][1]
    reasons = []
    if WANTED in known and known[WANTED][0] and known[WANTED][1] >= began:
        reasons.append(str(known[WANTED][0]))
    if heartbeat_seconds and now - max(began, _heard(known)) > timedelta(seconds=PATIENCE * heartbeat_seconds):
        reasons.append("heartbeat")
    return reasons or ["daily"] * (now - began >= EVERY)


def _heard(known: dict[str, tuple[object, datetime]]) -> datetime:
    """When the source was last heard; since ever silent, when it was first known at all."""
    value, at = known.get(HEARD, known[CAUGHT_UP])
    try:
        return read_instant(str(value))
    except BadTime:
        return at
