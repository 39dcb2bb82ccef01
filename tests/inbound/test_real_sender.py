"""Notifications as a real server builds them: sekmet's, in the hyphens of the guide and in its other spelling."""

from typing import Any

import pytest

from adapter.fhir.json_text import dumps
from adapter.inbound.dialects.received import Kind
from adapter.inbound.dialects.replies import reply_to
from tests.inbound.wire import BASE, ENCOUNTER, news, received
from tests.parts import require

require("sekmet", "python3-pip")

from sekmet.subscriptions import backport  # noqa: E402  # only where it is there

_SUBSCRIPTION = backport.build_subscription("http://example.org/topic", "http://127.0.0.1/hooks/had") | {"id": "s1"}


def _sent(kind: str, *events: dict[str, Any], resources: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    bundle: dict[str, Any] = backport.notification_bundle(_SUBSCRIPTION, BASE, kind, 4, list(events), resources)
    return bundle


def test_a_batch_of_events() -> None:
    at = "2026-11-20T18:05:00Z"
    events = ({"number": n, "timestamp": at, "focus": f"Encounter/e{n}"} for n in (1, 2))
    one = received(_sent("event-notification", *events, resources=[ENCOUNTER]))
    assert news(one) == [
        f"update {BASE}/Encounter/e1 v3 #1 at {at} in full",
        f"unknown {BASE}/Encounter/e2 #2 at {at}",
    ]
    assert reply_to(one).body.count(b'{"response":{"status":"200"}}') == 2


@pytest.mark.parametrize("kind", [Kind.HANDSHAKE, Kind.HEARTBEAT, Kind.QUERY_STATUS])
def test_the_life_of_a_subscription(kind: Kind) -> None:
    one = received(_sent(kind.value))
    assert (one.kind, one.events, one.events_since_start) == (kind, (), 4)
    assert (one.subscription, one.status) == (f"{BASE}/Subscription/s1", "requested")


def test_names_without_hyphens_are_the_same_names() -> None:
    bundle = dumps(_sent("event-notification", {"number": 9, "timestamp": "x", "focus": "Encounter/e1"}))
    for hyphens, other in (
        ("notification-event", "notificationEvent"),
        ("event-number", "eventNumber"),
        ("events-since-subscription-start", "eventsSinceSubscriptionStart"),
    ):
        bundle = bundle.replace(f'"{hyphens}"', f'"{other}"')
    one = received(bundle.encode())
    assert (news(one), one.events_since_start) == ([f"unknown {BASE}/Encounter/e1 #9 at x"], 4)
