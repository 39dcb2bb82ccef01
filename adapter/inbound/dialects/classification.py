"""Says what a request is, from plain dicts and leniently: a sender that slips is understood, not turned away.

Standards of the house (reference, receiver algorithm): whatever cannot be understood is a Received too, never an
exception, so that it can be stored and looked at.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapter.core.ids import business_id
from adapter.inbound.dialects.entries import MOST, entries_in, event_of_entry, event_of_resource
from adapter.inbound.dialects.keys import Notice, digest_of, keyed
from adapter.inbound.dialects.messages import message_in, message_received
from adapter.inbound.dialects.reading import UNPACKED_LIMIT, content_of
from adapter.inbound.dialects.received import Code, Event, Interaction, Kind, Received, Unfit
from adapter.inbound.dialects.requests import DELETED, PROCESS_MESSAGE, Request
from adapter.inbound.dialects.topics import is_status, notification
from adapter.inbound.dialects.values import fhir_id, member, objects, text, type_name
from adapter.inbound.dialects.vendors import (
    aidbox,
    is_aidbox,
    medplum_deletion,
    medplum_interaction,
    medplum_subscription,
)


def classify(request: Request, limit: int = UNPACKED_LIMIT) -> Received:
    """What the request tells, in order. Never raises; `limit` bounds what a packed body unpacks to."""
    try:
        return _classified(request, limit)
    except Unfit as unfit:
        return Received(unfit.kind, code=unfit.code)


def _classified(request: Request, limit: int) -> Received:
    operation = request.kind == PROCESS_MESSAGE
    if request.kind is not None and not operation and type_name(request.kind) is None:
        raise Unfit(Kind.POISON, Code.UNKNOWN_TYPE)
    if request.deletes:
        return _deletion(request)
    read = content_of(request, limit)
    content = read.value
    if operation:
        return _processed(content)
    if content is None or content == {}:
        return _without_body(request)
    if isinstance(content, list):
        return _several(content)
    if not isinstance(content, dict):
        raise Unfit(Kind.POISON, Code.NOT_FHIR)
    return _of_object(request, content, read.json)


def _of_object(request: Request, content: dict[str, Any], json: bytes | None) -> Received:
    if content.get("resourceType") == "Bundle":
        return _bundle(content)
    if is_status(content):
        return notification(content, None, [])
    if is_aidbox(content):
        return aidbox(content)
    if "resourceType" not in content:
        raise Unfit(Kind.POISON, Code.NOT_FHIR)
    return _resource(request, content, json)


def _deletion(request: Request) -> Received:
    """A deletion by verb or by Medplum's header; the body is not looked at, since nobody may have signed it."""
    subscription = medplum_subscription(request)
    named = fhir_id(request.id)
    if request.method.upper() != "DELETE" or DELETED in request.headers:
        event = medplum_deletion(request)
    else:
        event = Event(Interaction.DELETE, request.kind, named) if request.kind and named else None
    if event is None:
        raise Unfit(Kind.POISON, Code.NOT_FHIR)
    return Received(Kind.DELETION, (keyed(event, Notice({}, subscription)),), subscription=subscription)


def _without_body(request: Request) -> Received:
    """A bare "look again", or the id of what to look at where the path says one."""
    named = fhir_id(request.id)
    if request.kind is None or named is None:
        return Received(Kind.EMPTY)
    event = Event(Interaction.UPDATE if _puts(request) else Interaction.UNKNOWN, request.kind, named)
    return Received(Kind.RESOURCE, (keyed(event, Notice({})),))


def _several(content: list[Any]) -> Received:
    """Resources in a plain list, as exports write them."""
    resources = [item for item in content if type_name(member(item, "resourceType"))]
    if not resources or len(resources) < len(content):
        raise Unfit(Kind.POISON, Code.NOT_FHIR)
    if len(resources) > MOST:
        raise Unfit(Kind.POISON, Code.TOO_MANY)
    return _plain_bundle({"entry": [{"resource": resource} for resource in resources]})


def _resource(request: Request, content: dict[str, Any], json: bytes | None) -> Received:
    named, own_id = fhir_id(request.id), fhir_id(content.get("id"))
    if request.kind not in (None, content["resourceType"]) or (named and own_id and named != own_id):
        raise Unfit(Kind.POISON, Code.OTHER_RESOURCE)
    creates = request.kind is not None and request.id is None and not _puts(request)
    by_verb = Interaction.UPDATE if _puts(request) else Interaction.CREATE if creates else Interaction.UNKNOWN
    event = event_of_resource(content, medplum_interaction(request) or by_verb, named, json)
    declares = creates and event.type == "CommunicationRequest"
    if declares and own_id is None:
        # The sender is told this id in the answer, so that it must be the one that we go by.
        event = replace(event, id=business_id("declaration", digest_of(content)))
    subscription = medplum_subscription(request)
    kind = Kind.DECLARATION if declares else Kind.RESOURCE
    return Received(kind, (keyed(event, Notice(content, subscription)),), subscription=subscription)


def _bundle(content: dict[str, Any]) -> Received:
    size = sum(1 for _ in objects(content.get("entry")))
    status = next((e["resource"] for e in objects(content.get("entry")) if is_status(e.get("resource"))), None)
    said = text(content.get("type"))
    if status is not None:
        received = notification(status, content, entries_in(content))
    else:
        message = message_in(content) if said == "message" else None
        received = message_received(content, message) if message else _plain_bundle(content)
    return replace(received, bundle=said or "", entries=size)


def _plain_bundle(content: Mapping[str, Any]) -> Received:
    """Every resource and deletion in it, whatever the Bundle is for; a search's own outcome is no news."""
    entries = [e for e in entries_in(content) if member(e, "search", "mode") != "outcome"]
    events = (event for entry in entries if (event := event_of_entry(entry)))
    notice = Notice(content, None, text(content.get("id")), text(content.get("timestamp")))
    return Received(Kind.BUNDLE, tuple(keyed(event, notice, place) for place, event in enumerate(events)))


def _processed(content: Any) -> Received:
    """`$process-message` takes messages only: its sender waits for the answer to one."""
    if not isinstance(content, dict) or message_in(content) is None:
        raise Unfit(Kind.POISON, Code.NO_MESSAGE)
    return _bundle(content | {"type": "message"})


def _puts(request: Request) -> bool:
    return request.method.upper() == "PUT"
