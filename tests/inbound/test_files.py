"""Every payload of the two collections, to the last event: HL7's examples of the Backport guide, and the dialects."""

import pytest

from adapter.inbound.dialects.received import Kind
from tests.inbound.wire import BASE, DATA, basis, news, received, sent, told

_SUBSCRIPTION = "https://example.org/fhir/Subscription/admission"
_AT = "#2 at 2020-05-29T11:44:13.1882432-05:00"
_FOCUS = "https://example.org/fhir/Encounter/86009987-eabe-42bf-8c02-b112b18cb616"
_PATIENT = "https://example.org/fhir/Patient/1599eb66-431a-447c-a3de-6897fe9ae9a1"

_GUIDE: dict[str, tuple[Kind, list[str], int | None]] = {
    "empty": (Kind.EVENTS, [f"unknown something {_AT}"], 2),
    "empty-with-auth": (Kind.EVENTS, [f"unknown something {_AT}"], 2),
    "error": (Kind.QUERY_STATUS, [], 3),
    "full-resource": (Kind.EVENTS, [f"create {_FOCUS} {_AT} in full"], 2),
    "full-resource-with-query": (Kind.EVENTS, [f"create {_FOCUS} {_AT} in full"], 2),
    "handshake": (Kind.HANDSHAKE, [], 0),
    "heartbeat": (Kind.HEARTBEAT, [], 2),
    "id-only": (Kind.EVENTS, [f"unknown {_FOCUS} {_AT}"], 2),
    "id-only-with-auth": (Kind.EVENTS, [f"unknown {_FOCUS} {_AT}"], 2),
    "id-only-with-query": (Kind.EVENTS, [f"unknown {_FOCUS} {_AT}"], 2),
    "multi-resource": (Kind.EVENTS, [f"create {_FOCUS} {_AT} in full"], 2),
}


@pytest.mark.parametrize("version", ["r4", "r4b"])
@pytest.mark.parametrize("name", _GUIDE)
def test_a_notification_of_the_guide(version: str, name: str) -> None:
    kind, events, since = _GUIDE[name]
    one = received(sent(f"backport/{version}/Bundle-{version}-notification-{name}.json"))
    assert (one.kind, news(one), one.events_since_start) == (kind, events, since)
    assert (one.subscription, one.topic) == (_SUBSCRIPTION, "http://hl7.org/SubscriptionTopic/admission")
    assert {basis(event) for event in one.events} <= {"number"}


@pytest.mark.parametrize("version", ["r4", "r4b"])
def test_what_comes_along_is_context_and_no_news(version: str) -> None:
    one = received(sent(f"backport/{version}/Bundle-{version}-notification-multi-resource.json"))
    assert [told(event) for event in one.context] == [f"unknown {_PATIENT} in full"]


@pytest.mark.parametrize("version", ["r4", "r4b"])
def test_an_error_says_its_code_and_the_state_of_the_subscription(version: str) -> None:
    one = received(sent(f"backport/{version}/Bundle-{version}-notification-error.json"))
    assert (one.status, one.error) == ("error", "no-response")


@pytest.mark.parametrize(
    "name", ["r4/Parameters-r4-notification-status.json", "r4b/SubscriptionStatus-r4b-notification-status.json"]
)
def test_a_status_without_its_bundle_is_understood(name: str) -> None:
    one = received(sent(f"backport/{name}"))
    assert (one.kind, news(one), one.bundle) == (Kind.EVENTS, [f"unknown something {_AT}"], None)


_RESOURCES = {
    "backport/r4/Basic-r4-encounter-complete.json": "Basic/r4-encounter-complete",
    "backport/r4b/SubscriptionTopic-r4b-encounter-complete.json": "SubscriptionTopic/r4b-encounter-complete",
    **{
        f"backport/{version}/Subscription-{name}.json": f"Subscription/{name}"
        for version in ("r4", "r4b")
        for name in ("subscription-admission", "subscription-multi-resource", "subscription-zulip")
    },
    "dialects/encounter.json": "Encounter/e1 v3",
    **{
        f"dialects/{name}.json": f"{kind}/urn:sha256:{start}"
        for name, kind, start in (
            ("auditevent", "AuditEvent", "70b90c9a"),
            ("chargeitem-billable", "ChargeItem", "7b6986bc"),
            ("chargeitem-not-billable", "ChargeItem", "4438dd1f"),
            ("chargeitemdefinition", "ChargeItemDefinition", "506090c1"),
            ("communication", "Communication", "54430389"),
            ("measurereport", "MeasureReport", "61748708"),
            ("pdsm-iti105-vsp", "DocumentReference", "b74fb843"),
            ("provenance", "Provenance", "3c8ea3e2"),
            ("task", "Task", "90683a42"),
        )
    },
}


@pytest.mark.parametrize("name", _RESOURCES)
def test_a_resource_alone(name: str) -> None:
    one = received(sent(name))
    [event] = one.events
    assert one.kind is Kind.RESOURCE
    assert told(event).startswith(f"unknown {_RESOURCES[name]}")
    assert event.resource is not None


_DIALECTS: dict[str, tuple[Kind, list[str], list[str]]] = {
    "notif-handshake": (Kind.HANDSHAKE, [], []),
    "notif-backport-idonly": (
        Kind.EVENTS,
        [f"unknown {BASE}/Encounter/e1 #23 at 2026-11-20T18:05:00+01:00"],
        ["number"],
    ),
    "notif-backport-full": (
        Kind.EVENTS,
        [f"update {BASE}/Encounter/e1 v3 #2 at 2026-11-20T18:05:00+01:00 in full"],
        ["number"],
    ),
    "notif-hapi-r4": (Kind.EVENTS, [f"update {BASE}/Encounter/e1 v3 #2 at 2026-11-20 in full"], ["number"]),
    "notif-ms-experimental": (
        Kind.EVENTS,
        [f"update {BASE}/Encounter/e1 v3 at 2026-11-20T18:05:00+01:00 in full"],
        ["version"],
    ),
    "notif-r4b-subscriptionstatus": (
        Kind.EVENTS,
        ["unknown Patient/a-432.E-528595 #1 at 2026-11-20T18:05:00Z as cb6cc377"],
        ["event"],
    ),
    "notif-athena-eventsInNotification": (
        Kind.EVENTS,
        ["unknown Patient/a-432.E-528595 #1 at 2026-11-20T18:05:00Z as cb6cc377"],
        ["event"],
    ),
    "writeback-transaction": (
        Kind.BUNDLE,
        [
            "update Account/urn:uuid:7b1f6c1e-0a40-4d5e-8f4f-0000000000a1 in full",
            "update ChargeItem/urn:uuid:7b1f6c1e-0a40-4d5e-8f4f-0000000000c1 in full",
            "create Communication/urn:uuid:7b1f6c1e-0a40-4d5e-8f4f-0000000000e1 in full",
            "create Provenance/urn:uuid:7b1f6c1e-0a40-4d5e-8f4f-0000000000f1 in full",
        ],
        ["body"] * 4,
    ),
}


@pytest.mark.parametrize("name", _DIALECTS)
def test_a_bundle_of_the_dialects(name: str) -> None:
    one = received(sent(f"dialects/{name}.json"))
    assert (one.kind, news(one), [basis(event) for event in one.events]) == _DIALECTS[name]


def test_no_file_is_left_out() -> None:
    named = {f"dialects/{name}.json" for name in _DIALECTS} | set(_RESOURCES)
    named |= {f"backport/{v}/Bundle-{v}-notification-{name}.json" for v in ("r4", "r4b") for name in _GUIDE}
    named |= {
        "backport/r4/Parameters-r4-notification-status.json",
        "backport/r4b/SubscriptionStatus-r4b-notification-status.json",
    }
    assert {str(path.relative_to(DATA)) for path in DATA.rglob("*.json")} == named


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.json")), ids=lambda path: path.stem)
def test_the_same_notification_has_the_same_keys_and_no_two_share_one(path: object) -> None:
    first, again = received(sent(str(path))), received(sent(str(path)))
    assert first == again
    keys = [event.dedupe_key for event in first.events]
    assert None not in keys
    assert len(set(keys)) == len(keys)
