"""When two notifications are one, and when they must not be taken for one."""

from typing import Any

import pytest

from tests.inbound.wire import BASE, ENCOUNTER, basis, content, received, topic_bundle


def key(body: Any = b"", method: str = "POST", path: str = "", **headers: str) -> str | None:
    [event] = received(body, method, path, **headers).events
    return event.dedupe_key


def numbered(number: int, version: str = "3", **bundle: Any) -> dict[str, Any]:
    resource = ENCOUNTER | {"meta": {"versionId": version}}
    entry = {
        "fullUrl": f"{BASE}/Encounter/e1",
        "resource": resource,
        "request": {"method": "PUT", "url": "Encounter/e1"},
    }
    event = {"eventNumber": str(number), "focus": {"reference": f"{BASE}/Encounter/e1"}}
    return topic_bundle(event, entries=(entry,)) | bundle


def test_a_sender_s_own_id_holds_across_notifications() -> None:
    bundle = content("dialects/notif-athena-eventsInNotification.json")
    first = key(bundle)
    bundle["id"] = "sent-again"
    bundle["timestamp"] = "2026-11-21T00:00:00Z"
    assert key(bundle) == first
    bundle["entry"][0]["resource"]["notificationEvent"][0]["id"] = "another"
    assert key(bundle) != first


def test_a_number_holds_within_one_subscription_focus_and_bundle() -> None:
    first = key(numbered(2, id="b1"))
    assert key(numbered(2, id="b1", timestamp="2026-11-21T00:00:00Z")) == first
    others = [numbered(3, id="b1"), numbered(2, id="b2"), numbered(2, version="4", id="b1")]
    elsewhere = numbered(2, id="b1")
    elsewhere["entry"][0]["resource"]["subscription"] = {"reference": "Subscription/s2"}
    assert len({first, *map(key, others), key(elsewhere)}) == 5


def test_a_server_that_counts_from_one_again_is_not_taken_for_a_repeat() -> None:
    before, after = content("dialects/notif-hapi-r4.json"), content("dialects/notif-hapi-r4.json")
    after["entry"][0]["fullUrl"] = "urn:uuid:63c28e8a-f402-43e4-beb2-75b1c0f6833f"
    assert key(before) != key(after)


def test_a_version_holds_whatever_the_dialect() -> None:
    first = key(ENCOUNTER, "PUT", "Encounter/e1")
    assert key(ENCOUNTER, X_Medplum_Interaction="update") == first
    assert key(ENCOUNTER, X_Medplum_Interaction="create") != first
    assert key(ENCOUNTER | {"meta": {"versionId": "4"}}, "PUT", "Encounter/e1") != first
    assert key(ENCOUNTER | {"meta": {"versionId": 3}}, "PUT", "Encounter/e1") == first


def test_a_body_holds_whatever_the_order_of_its_keys() -> None:
    first = key(b'{"resourceType":"Encounter","id":"e1","status":"finished"}')
    assert key(b' {"status": "finished", "id": "e1", "resourceType": "Encounter"}') == first
    assert key(b'{"resourceType":"Encounter","id":"e1","status":"cancelled"}') != first
    assert first is not None
    assert first.startswith("body:")


def test_amounts_that_differ_in_text_only_are_two_bodies() -> None:
    priced = b'{"resourceType":"ChargeItem","id":"c1","priceOverride":{"value":%s}}'
    assert key(priced % b"60.10") != key(priced % b"60.1")


def test_news_without_content_or_time_is_never_a_repeat() -> None:
    assert key(b"", "PUT", "Encounter/e1") is None
    assert key(topic_bundle({"focus": {"reference": "Encounter/e1"}})) is None
    assert key(topic_bundle({"focus": {"reference": "Encounter/e1"}}) | {"timestamp": "2026-11-20T18:05:00Z"})


def test_deletions_of_one_resource_share_a_key_that_rests_on_the_content() -> None:
    [event] = received(b"", "DELETE", "Encounter/e1").events
    assert basis(event) == "body"
    assert event.dedupe_key == key(b"{}", X_Medplum_Deleted_Resource="Encounter/e1")
    assert event.dedupe_key != key(b"", "DELETE", "Encounter/e2")


@pytest.mark.parametrize("without", ["id", "eventNumber"])
def test_events_of_one_batch_never_share_a_key(without: str) -> None:
    events = [{"id": "same", "eventNumber": 1, "timestamp": "2026-11-20T18:05:00Z"} for _ in range(2)]
    for number, event in enumerate(events):
        del event[without]
        event["focus"] = {"reference": f"Encounter/e{number}"}
    first, second = received(topic_bundle(*events)).events
    assert first.dedupe_key != second.dedupe_key
    empty = received(topic_bundle({"timestamp": "2026-11-20T18:05:00Z"}, {"timestamp": "2026-11-20T18:05:00Z"})).events
    assert empty[0].dedupe_key != empty[1].dedupe_key
