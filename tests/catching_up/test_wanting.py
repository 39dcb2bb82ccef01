"""When a source should be caught up with."""

from datetime import UTC, datetime, timedelta

from adapter.inbound.catching_up import gaps
from adapter.store import marks
from adapter.store.engine import Store

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _gaps(store: Store, after: float, heartbeat: int | None = None) -> list[str]:
    with store.read() as tx:
        return gaps(tx, "had", NOW + timedelta(seconds=after), heartbeat)


def _mark(store: Store, name: str, value: object, after: float) -> None:
    at = NOW + timedelta(seconds=after)
    with store.begin() as tx:
        marks.write(tx, "had", name, at.isoformat() if value is None else value, at)


def test_a_source_that_was_never_caught_up_with_is_wanted(store: Store) -> None:
    assert _gaps(store, 0) == ["never"]
    _mark(store, "caught-up", {}, 0)
    assert _gaps(store, 86_399) == []
    assert _gaps(store, 86_400) == ["daily"]


def test_a_wish_holds_until_a_catch_up_that_began_after_it(store: Store) -> None:
    _mark(store, "caught-up", {}, 0)
    _mark(store, "catch-up-wanted", "gap", 5)
    assert _gaps(store, 6) == ["gap"]
    _mark(store, "caught-up", {}, 4)
    assert _gaps(store, 6) == ["gap"]
    _mark(store, "caught-up", {}, 6)
    assert _gaps(store, 7) == []


def test_silence_for_two_heartbeats_is_asked_about_once_in_each_stretch(store: Store) -> None:
    _mark(store, "caught-up", {}, 0)
    _mark(store, "heard", None, 100)
    assert _gaps(store, 219, 60) == []
    assert _gaps(store, 221, 60) == ["heartbeat"]
    assert _gaps(store, 221) == []
    _mark(store, "caught-up", {}, 221)
    assert _gaps(store, 230, 60) == []
    assert _gaps(store, 342, 60) == ["heartbeat"]
