"""`$events`: what a source repeats of our Subscriptions, and when that is not enough."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapter.inbound.catching_up import Method, Reach, catch_up
from adapter.inbound.sources import SourceClient
from adapter.store import marks
from adapter.store.engine import Store
from tests.catching_up.asking import encounter, inbox
from tests.catching_up.small_server import Reply, bundle, found, refused, small

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUBSCRIPTION = "Subscription/s1"


@pytest.fixture(autouse=True)
def _subscribed(store: Store) -> None:
    with store.begin() as tx:
        marks.write(tx, "had", "subscribed", {"s1": {"types": ["Encounter"], "counts": True}}, NOW)
        marks.note_number(tx, "had", SUBSCRIPTION, 7, NOW)


def _event(number: int, focus: str) -> dict[str, Any]:
    return {"eventNumber": str(number), "focus": {"reference": focus}}


def _answer(*events: dict[str, Any], counted: int) -> Reply:
    status = {
        "resourceType": "SubscriptionStatus",
        "type": "query-event",
        "status": "active",
        "subscription": {"reference": SUBSCRIPTION},
        "eventsSinceSubscriptionStart": str(counted),
        "notificationEvent": list(events),
    }
    return bundle("history", {"resource": status})


def _run(store: Store, answer: Reply, **cannot: bool) -> tuple[Any, list[str]]:
    def says(path: str, parameters: dict[str, str]) -> Reply:
        if path == f"{SUBSCRIPTION}/$events":
            assert parameters["eventsSinceNumber"] in {"8", "10"}
            return answer
        return found(encounter("e9", "2026-11-21T11:00:00Z", "1")) if path == "Encounter" else refused()

    with small(says) as server:
        client = SourceClient(server.base_url)
        done = catch_up(store, client, Reach("had", ("Encounter",), **cannot), NOW)
        client.close()
        return done, server.asked


def test_events_without_a_gap_are_enough_and_move_the_number(store: Store) -> None:
    done, asked = _run(store, _answer(_event(8, "Encounter/e1"), _event(9, "Encounter/e2"), counted=9))
    assert done.method is Method.EVENTS
    assert "Encounter" not in asked
    assert inbox(store) == [("update", "e1", None), ("update", "e2", None)]
    with store.read() as tx:
        assert marks.read(tx, "had", f"number {SUBSCRIPTION}") == 9
    assert _run(store, _answer(counted=9))[0].events == 0


@pytest.mark.parametrize(
    "answer",
    [
        _answer(_event(9, "Encounter/e2"), counted=9),
        _answer(_event(8, "Encounter/e1"), counted=9),
        _answer(_event(8, "https://elsewhere.example.org/fhir/Encounter/e1"), counted=8),
        bundle("searchset"),
        refused(404),
    ],
    ids=["first-lacks", "last-lacks", "elsewhere", "no-notification", "not-offered"],
)
def test_events_that_lack_any_give_way_to_the_next_method(store: Store, answer: Reply) -> None:
    done, _ = _run(store, answer)
    assert done.method is Method.LAST_UPDATED
    assert inbox(store) == [("update", "e9", "1")]


def test_the_operator_can_say_that_there_are_no_events(store: Store) -> None:
    done, asked = _run(store, _answer(_event(8, "Encounter/e1"), counted=8), no_events=True)
    assert done.method is Method.LAST_UPDATED
    assert f"{SUBSCRIPTION}/$events" not in asked


def test_types_that_no_subscription_counts_are_asked_for_themselves(store: Store) -> None:
    with store.begin() as tx:
        marks.write(tx, "had", "subscribed", {"s1": {"types": ["Encounter"], "counts": False}}, NOW)
    done, _ = _run(store, _answer(_event(8, "Encounter/e1"), counted=8))
    assert done.types == {"Encounter": Method.LAST_UPDATED}


def test_an_instant_of_the_operators_is_no_question_of_numbers(store: Store) -> None:
    def says(path: str, _: dict[str, str]) -> Reply:
        if path == f"{SUBSCRIPTION}/$events":
            return _answer(_event(8, "Encounter/e1"), counted=8)
        return found(encounter("e9", "2026-11-21T11:00:00Z", "1")) if path == "Encounter" else refused()

    with small(says) as server:
        client = SourceClient(server.base_url)
        done = catch_up(store, client, Reach("had", ("Encounter",)), NOW, since=NOW - timedelta(days=400))
        client.close()
    assert done.types == {"Encounter": Method.LAST_UPDATED}
    assert f"{SUBSCRIPTION}/$events" not in server.asked
