"""FHIR messages: the header names the message, and all that comes with it is news under that name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapter.inbound.dialects.entries import entries_in, event_of_entry
from adapter.inbound.dialects.keys import Notice, keyed
from adapter.inbound.dialects.received import Kind, Message, Received
from adapter.inbound.dialects.values import member, objects, text

_HEADER = "MessageHeader"


def message_in(bundle: Mapping[str, Any]) -> Message | None:
    """The message that a Bundle is; None where its first entry is no MessageHeader with an id."""
    first = next(objects(bundle.get("entry")), None)
    header = member(first, "resource")
    own_id = text(member(header, "id"))
    if member(header, "resourceType") != _HEADER or own_id is None:
        return None
    event = {name: header[name] for name in ("eventCoding", "eventUri") if header.get(name)}
    endpoints = (text(one.get("endpoint")) for one in objects(header.get("destination")))
    return Message(own_id, event, next((one for one in endpoints if one), None))


def message_received(bundle: Mapping[str, Any], message: Message) -> Received:
    """One event for each resource of the message."""
    found = (event for entry in entries_in(bundle) if (event := event_of_entry(entry)) and event.type != _HEADER)
    notice = Notice(bundle, None, text(bundle.get("id")))
    events = (keyed(replace(event, sender_event_id=message.id), notice, place) for place, event in enumerate(found))
    return Received(Kind.MESSAGE, tuple(events), message=message)
