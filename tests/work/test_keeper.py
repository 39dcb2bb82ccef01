"""What a source could not notify is found by itself: at start, on a gap, and by the sweep of live charges."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapter.inbound.catching_up import Reach
from adapter.inbound.sources import SourceClient
from adapter.outbound.client import Target
from adapter.store import inbox
from adapter.store.engine import Store, migrate, open_store
from adapter.work.keeping import PAUSE, Keeper, Watched

NOW = datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()


def _keeper(store: Store, base: str, told: list[tuple[str, str]]) -> Keeper:
    watched = Watched(Reach("hospital", ("Encounter", "Patient")), SourceClient(base))
    return Keeper(store, {"hospital": watched}, lambda event, _source, words: told.append((event, words)))


def test_what_happened_before_the_start_is_found_once(store: Store, server: str) -> None:
    told: list[tuple[str, str]] = []
    with Target(server) as source:
        source.create({"resourceType": "Patient", "active": True})
    keeper = _keeper(store, server, told)
    assert keeper.tick(NOW) == 2
    with store.read() as tx:
        found = inbox.counts(tx)["new"]
    assert found > 0
    assert [event for event, _ in told] == ["caught-up", "swept"]
    assert keeper.tick(NOW + timedelta(minutes=1)) == 0
    assert keeper.tick(NOW + timedelta(days=1, minutes=1)) == 1
    with store.read() as tx:
        assert inbox.counts(tx)["new"] == found
    for watched in keeper.sources.values():
        watched.client.close()


def test_a_source_that_is_down_is_left_alone_for_a_while(store: Store) -> None:
    told: list[tuple[str, str]] = []
    keeper = _keeper(store, "http://127.0.0.1:9", told)
    assert keeper.tick(NOW) == 0
    assert told == [("not-caught-up", "source-unavailable")]
    keeper.tick(NOW + PAUSE / 2)
    assert len(told) == 1
    keeper.tick(NOW + PAUSE)
    assert len(told) == 2
