"""Forms of one maker that no standard knows: Medplum's deletions and interactions, Aidbox's SubsSubscription."""

from collections.abc import Mapping
from typing import Any

from adapter.inbound.dialects.entries import event_of_resource
from adapter.inbound.dialects.keys import Notice, keyed
from adapter.inbound.dialects.received import Code, Event, Interaction, Kind, Received, Unfit
from adapter.inbound.dialects.requests import DELETED, Request
from adapter.inbound.dialects.values import fhir_id, literal, member, text

_INTERACTIONS = {one.value: one for one in Interaction if one is not Interaction.UNKNOWN}
_KINDS = {"handshake": Kind.HANDSHAKE, "heartbeat": Kind.HEARTBEAT, "notification": Kind.EVENTS}


def medplum_interaction(request: Request) -> Interaction | None:
    """What Medplum says in a header; None from every other sender."""
    return _INTERACTIONS.get(request.headers.get("X-Medplum-Interaction").lower())


def medplum_subscription(request: Request) -> str | None:
    """The subscription that Medplum names in a header, as a reference."""
    own_id = fhir_id(request.headers.get("X-Medplum-Subscription"))
    return f"Subscription/{own_id}" if own_id else None


def medplum_deletion(request: Request) -> Event | None:
    """The deletion that Medplum names in a header, its body being `{}`; None where the header names nothing."""
    place = literal(text(request.headers.get(DELETED)))
    return Event(Interaction.DELETE, place.type, place.id, place.base) if place else None


def is_aidbox(content: Mapping[str, Any]) -> bool:
    """Whether it is a notice of Aidbox's SubsSubscription, which is no FHIR resource."""
    return "resourceType" not in content and text(content.get("type")) in _KINDS


def aidbox(content: Mapping[str, Any]) -> Received:
    """What such a notice tells; its own id is the event's."""
    kind = _KINDS[content["type"]]
    own_id = fhir_id(member(content, "subscription", "id"))
    subscription = f"SubsSubscription/{own_id}" if own_id else None
    if kind is not Kind.EVENTS:
        return Received(kind, subscription=subscription)
    resource, said = content.get("resource"), content.get("event")
    if not isinstance(resource, dict):
        raise Unfit(Kind.POISON, Code.NOT_FHIR)
    interaction = _INTERACTIONS.get(said, Interaction.UNKNOWN) if isinstance(said, str) else Interaction.UNKNOWN
    event = event_of_resource(resource, interaction)
    own = Event(
        interaction, event.type, event.id, None, event.version, event.resource, None, None, text(content.get("id"))
    )
    return Received(kind, (keyed(own, Notice(content, subscription)),), subscription=subscription)
