"""What a source could not notify is found by itself: at start, on a gap, and by the sweep of live charges."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from adapter.core.references import Key
from adapter.inbound.catching_up import Reach
from adapter.inbound.sources import SourceClient
from adapter.inbound.subscriptions import Asked, Hook, SubscriptionClient, apply, remove
from adapter.outbound.client import Target
from adapter.store import asked, inbox, work
from adapter.store.engine import Store, migrate, open_store
from adapter.store.tables import work as lanes
from adapter.work.keeping import PAUSE, RENEW_EVERY, Keeper, Subscribing, Watched

NOW = datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def site(store: Store, server: str) -> Iterator[tuple[Keeper, SubscriptionClient, list[tuple[str, str]]]]:
    """A keeper of a source that Subscriptions were applied to, and what it told."""
    told: list[tuple[str, str]] = []
    client = SubscriptionClient(server)
    asked = Asked("hospital", ("Encounter", "CarePlan"), "R4", "criteria")
    hook = Hook("http://127.0.0.1:9/hooks/hospital", ("X-Api-Key", "secret"))
    apply(store, client, asked, hook, NOW)
    watched = Watched(Reach("hospital", ("Encounter",)), client, None, Subscribing(client, asked, hook.header))
    yield Keeper(store, {"hospital": watched}, lambda event, _source, words: told.append((event, words))), client, told
    remove(store, client, asked, hook, NOW)
    client.close()


def _ours(client: SubscriptionClient) -> dict[str, dict[str, Any]]:
    return {one["criteria"]: one for one in client.subscriptions() if "/hooks/hospital" in one["channel"]["endpoint"]}


def _change(server: str, one: dict[str, Any], **members: object) -> None:
    headers = {"Content-Type": "application/fhir+json"}
    answer = requests.put(f"{server}/Subscription/{one['id']}", json=one | members, headers=headers, timeout=30)
    answer.raise_for_status()


def test_subscriptions_are_renewed_and_asked_anew_by_themselves(
    site: tuple[Keeper, SubscriptionClient, list[tuple[str, str]]], server: str
) -> None:
    keeper, client, told = site
    before = _ours(client)
    _change(server, before["Encounter?"], status="off")
    _change(server, before["CarePlan?"], end="2026-01-01T00:00:00Z")
    keeper.tick(NOW)
    assert ("renewed", "2 Subscriptions") in told
    after = _ours(client)
    assert after["Encounter?"]["status"] != "off"
    assert after["CarePlan?"]["end"] > "2026-06"
    _change(server, after["Encounter?"], status="off")
    keeper.tick(NOW + RENEW_EVERY / 2)
    assert _ours(client)["Encounter?"]["status"] == "off"
    keeper.tick(NOW + RENEW_EVERY)
    assert _ours(client)["Encounter?"]["status"] != "off"


def test_nothing_is_subscribed_to_where_nothing_was_applied(
    site: tuple[Keeper, SubscriptionClient, list[tuple[str, str]]], store: Store
) -> None:
    keeper, client, told = site
    subscribing = keeper.sources["hospital"].subscribing
    assert subscribing is not None
    remove(store, client, subscribing.asked, Hook("http://127.0.0.1:9/hooks/hospital"), NOW)
    keeper.tick(NOW + RENEW_EVERY)
    assert _ours(client) == {}
    assert "renewed" not in dict(told)


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
    assert keeper.tick(NOW + timedelta(days=1, minutes=1)) == 2
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


def test_every_start_catches_up_since_the_last_time(store: Store, server: str) -> None:
    told: list[tuple[str, str]] = []
    first = _keeper(store, server, told)
    first.tick(NOW)
    with Target(server) as source:
        source.create({"resourceType": "Patient", "active": False})
    with store.read() as tx:
        before = inbox.counts(tx)["new"]
    assert first.tick(NOW + timedelta(minutes=1)) == 0
    again = _keeper(store, server, told)
    assert again.tick(NOW + timedelta(minutes=1)) == 1
    with store.read() as tx:
        assert inbox.counts(tx)["new"] == before + 1
    assert again.tick(NOW + timedelta(minutes=2)) == 0
    for watched in (*first.sources.values(), *again.sources.values()):
        watched.client.close()


def test_what_a_reactivated_subscription_did_not_tell_is_caught_up_with(
    site: tuple[Keeper, SubscriptionClient, list[tuple[str, str]]], server: str
) -> None:
    keeper, client, told = site
    keeper.tick(NOW)
    _change(server, _ours(client)["Encounter?"], status="off")
    keeper.tick(NOW + RENEW_EVERY)
    assert told[-1] == ("renewed", "1 Subscriptions")
    keeper.tick(NOW + RENEW_EVERY + timedelta(seconds=10))
    event, words = told[-1]
    assert (event, words.partition(":")[0]) == ("caught-up", "reactivated")


def test_looks_that_waited_for_a_source_go_on_once_it_was_caught_up_with(store: Store, server: str) -> None:
    keeper = _keeper(store, server, [])
    until = NOW + timedelta(minutes=15)
    with store.begin() as tx:
        asked.note(tx, asked.What.SOURCE, Key(server, "", ""), asked.Asked(3, until))
        work.enqueue(tx, ["person:1"], until)
        work.enqueue(tx, ["person:2"], until + timedelta(days=1))
    keeper.tick(NOW)
    with store.read() as tx:
        assert asked.silent(tx, server) is None
        persons = sa.select(lanes.c.lane, lanes.c.due_at).where(lanes.c.lane.startswith("person:"))
        assert tx.execute(persons.order_by(lanes.c.lane)).all() == [
            ("person:1", NOW),
            ("person:2", until + timedelta(days=1)),
        ]
    for watched in keeper.sources.values():
        watched.client.close()
