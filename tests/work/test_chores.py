"""What the service does for itself: forgetting, and looking at everybody again once something else decides."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapter.cli.working import chores_of
from adapter.core.packs import Pack
from adapter.mappings import load_packs
from adapter.settings import Settings, SourceSettings
from adapter.store import inbox, work
from adapter.store.engine import Store, migrate, open_store
from adapter.store.tables import patient
from adapter.work import chores
from adapter.work.chores import Chores, fingerprint
from tests.work.conftest import NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def packs() -> tuple[Pack, ...]:
    return load_packs(only=["fr-vsp"])


def _chores(store: Store, decides: str = "one", told: list[str] | None = None) -> Chores:
    said = told if told is not None else []
    return Chores(store, timedelta(days=90), decides, lambda event, _words: said.append(event))


def _persons(store: Store, count: int) -> None:
    rows = [{"source": "h", "id": str(n), "person": n, "digest": ""} for n in range(1, count + 1)]
    with store.begin() as tx:
        tx.execute(sa.insert(patient), rows)


def _due(store: Store) -> int:
    with store.read() as tx:
        return work.counts(tx, NOW)["due"]


def _look_at_all(store: Store) -> None:
    while True:
        with store.begin() as tx:
            claim = work.claim(tx, "test", NOW, 60)
            if claim is None:
                return
            work.finish(tx, claim, NOW, None)


def _events(store: Store, count: int, days_ago: int) -> None:
    at = NOW - timedelta(days=days_ago)
    lane = f"resource:h|Encounter/of-{days_ago}"
    made = [inbox.NewEvent("h", f"{days_ago} {n}", lane, at, "update", b"{}") for n in range(count)]
    with store.begin() as tx:
        inbox.accept(tx, made)
        inbox.mark_applied(tx, [one.id for one in inbox.events_of(tx, lane)])


def test_events_are_forgotten_once_a_day_in_bounded_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "BATCH", 3)
    monkeypatch.setattr(chores, "MOST_BATCHES", 2)
    _events(store, 8, 91)
    _events(store, 2, 89)
    told: list[str] = []
    ours = _chores(store, told=told)
    left = []
    for _ in range(3):
        ours.tick(NOW)
        with store.read() as tx:
            left.append(inbox.counts(tx)["applied"])
    assert left == [4, 2, 2]
    assert told.count("forgot") == 2
    ours.tick(NOW + timedelta(days=2))
    with store.read() as tx:
        assert inbox.counts(tx)["applied"] == 0


def test_a_change_of_what_decides_looks_at_everybody_once(store: Store) -> None:
    _persons(store, 3)
    _chores(store).tick(NOW)
    assert _due(store) == 3
    _look_at_all(store)
    for _ in range(2):
        again = _chores(store)
        again.tick(NOW)
        again.tick(NOW)
    assert _due(store) == 0
    _chores(store, "another").tick(NOW)
    assert _due(store) == 3


def test_everybody_is_asked_for_in_batches_that_leave_room_for_news(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "BATCH", 2)
    _persons(store, 5)
    ours = _chores(store)
    for _ in range(3):
        ours.tick(NOW)
        assert _due(store) == 2
    seen = 2
    while True:
        _look_at_all(store)
        # A restart goes on where the last one stopped.
        _chores(store).tick(NOW)
        if not _due(store):
            break
        seen += _due(store)
    assert seen == 5


def test_what_decides_is_the_packs_their_settings_and_how_sources_write(store: Store, packs: tuple[Pack, ...]) -> None:
    def decides(settings: Settings, chosen: tuple[Pack, ...] = packs) -> str:
        return chores_of(store, chosen, settings).decides

    plain = decides(Settings())
    assert decides(Settings()) == plain
    assert decides(Settings(port=9999, workers=1, language="fr")) == plain
    other = {"h": SourceSettings(base_url="https://h.example.org", time_zone="Europe/Paris")}
    assert decides(Settings(sources=other)) != plain
    assert decides(Settings(), (replace(packs[0], digest="other"),)) != plain
    assert decides(Settings(pseudonym_key="secret")) != plain
    assert "secret" not in fingerprint(packs)
