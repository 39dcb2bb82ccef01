"""A Subscription in each form: R4 criteria, R4 and R4B with the backport's extensions, and R5."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapter.core.times import instant_text
from adapter.inbound.dialects.values import member, objects, text
from adapter.inbound.subscriptions.wanted import Wanted

REASON = "Events that a payment scheme's charges rest on"
JSON = "application/fhir+json"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
_CHANNELS = "http://terminology.hl7.org/CodeSystem/subscription-channel-type"


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the source sends to, and the header by which we know it; the header is a secret."""

    endpoint: str
    header: tuple[str, str] | None = field(default=None, repr=False)
    heartbeat_seconds: int | None = None


def made(wanted: Wanted, hook: Hook, end: datetime, is_r5: bool) -> dict[str, Any]:
    """The whole resource, as it is created."""
    head = {"resourceType": "Subscription", "status": "requested", "reason": REASON, "end": instant_text(end)}
    if is_r5:
        return {**head, **_r5(wanted, hook)}
    channel: dict[str, Any] = {"type": "rest-hook", "endpoint": hook.endpoint, "payload": JSON}
    if hook.header:
        channel["header"] = [": ".join(hook.header)]
    resource = {**head, "criteria": wanted.about, "channel": channel}
    if wanted.by_topic:
        resource["meta"] = {"profile": [f"{_BACKPORT}backport-subscription"]}
        content = {"url": f"{_BACKPORT}backport-payload-content", "valueCode": "full-resource"}
        channel["_payload"] = {"extension": [content]}
        if hook.heartbeat_seconds:
            beat = {"url": f"{_BACKPORT}backport-heartbeat-period", "valueUnsignedInt": hook.heartbeat_seconds}
            channel["extension"] = [beat]
    return resource


def _r5(wanted: Wanted, hook: Hook) -> dict[str, Any]:
    found: dict[str, Any] = {
        "topic": wanted.about,
        "channelType": {"system": _CHANNELS, "code": "rest-hook"},
        "endpoint": hook.endpoint,
        "contentType": JSON,
        "content": "full-resource",
    }
    if hook.header:
        found["parameter"] = [{"name": hook.header[0], "value": hook.header[1]}]
    if hook.heartbeat_seconds:
        found["heartbeatPeriod"] = hook.heartbeat_seconds
    return found


def endpoint_of(resource: Mapping[str, Any]) -> str:
    """Where a Subscription in any form sends to, without a slash at the end."""
    found = text(member(resource, "channel", "endpoint")) or text(resource.get("endpoint")) or ""
    return found.rstrip("/")


def about_of(resource: Mapping[str, Any]) -> str:
    """Its topic or criteria; some servers store `Encounter?` without the question mark."""
    found = text(resource.get("topic")) or text(resource.get("criteria")) or ""
    return found if "/" in found or "?" in found else f"{found}?"


def differs(resource: Mapping[str, Any], hook: Hook) -> bool:
    """Whether it would send in another form, or show another secret. What a server does not show is taken as right."""
    payload = text(member(resource, "channel", "payload")) or text(resource.get("contentType")) or JSON
    return payload.partition(";")[0] != JSON or (hook.header is not None and _other_header(resource, hook.header))


def changed(resource: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Any]:
    """A Subscription with what we own as it is when fresh; its id and whatever else the server added stay."""
    kept = {name: value for name, value in resource.items() if name != "error"}
    both: dict[str, Any] = {
        name: {**kept[name], **fresh[name]} for name in ("meta", "channel") if name in kept and name in fresh
    }
    return {**kept, **fresh, **both}


def _other_header(resource: Mapping[str, Any], header: tuple[str, str]) -> bool:
    lines = member(resource, "channel", "header")
    shown = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
    pairs = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in shown)]
    pairs += [(str(p.get("name")).lower(), str(p.get("value"))) for p in objects(resource.get("parameter"))]
    return bool(pairs) and (header[0].lower(), header[1]) not in pairs
