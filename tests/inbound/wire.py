"""Requests as senders make them, and events told shortly."""

from pathlib import Path
from typing import Any

from adapter.fhir.json_text import dumps, loads
from adapter.inbound.dialects.classification import classify
from adapter.inbound.dialects.received import Event, Received
from adapter.inbound.dialects.requests import Headers, Request

DATA = Path(__file__).parent / "data"
BASE = "https://had.example.fr/fhir"
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "meta": {"versionId": "3"},
    "subject": {"reference": "Patient/p1"},
}


def sent(name: str) -> bytes:
    """The bytes of a payload in the data folder."""
    return (DATA / name).read_bytes()


def content(name: str) -> Any:
    return loads(sent(name))


def request(body: Any = b"", method: str = "POST", path: str = "", **headers: str) -> Request:
    """A request to a hook; `path` is what follows it, `X_Signature="…"` a header."""
    kind, _, own_id = path.partition("/")
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Request(
        method, kind or None, own_id or None, named, body if isinstance(body, bytes) else dumps(body).encode()
    )


def received(body: Any = b"", method: str = "POST", path: str = "", **headers: str) -> Received:
    return classify(request(body, method, path, **headers))


def told(event: Event) -> str:
    """An event in a line: what, of what server, version, number, time, sender's id, and whether the resource came."""
    place = f"{event.base}/" if event.base else ""
    words = [event.interaction, f"{place}{event.type}/{event.id}" if event.type else "something"]
    words += [f"v{event.version}"] if event.version else []
    words += [f"#{event.number}"] if event.number is not None else []
    words += [f"at {event.timestamp}"] if event.timestamp else []
    words += [f"as {event.sender_event_id}"] if event.sender_event_id else []
    return " ".join([*words, "in full"] if event.resource else words)


def news(one: Received) -> list[str]:
    return [told(event) for event in one.events]


def basis(event: Event) -> str | None:
    """What the key rests on."""
    return event.dedupe_key.partition(":")[0] if event.dedupe_key else None


def topic_bundle(*events: dict[str, Any], entries: tuple[dict[str, Any], ...] = (), **status: Any) -> dict[str, Any]:
    """An R5 notification; the members of the status can be set or replaced."""
    told_status = {"resourceType": "SubscriptionStatus", "type": "event-notification"} | status
    told_status |= {"subscription": {"reference": "Subscription/s1"}, "notificationEvent": list(events)}
    return {
        "resourceType": "Bundle",
        "type": "subscription-notification",
        "entry": [{"resource": told_status}, *entries],
    }
