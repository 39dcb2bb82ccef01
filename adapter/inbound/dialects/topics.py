"""Notifications of topic-based subscriptions: R4 (Parameters), R4B and R5 (SubscriptionStatus), and their variants.

Both forms of the status are read as one: `events-since-subscription-start` and `eventsSinceSubscriptionStart` are the
same word once case and hyphens are gone, so a sender's slip between the two costs nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from adapter.inbound.dialects.entries import MOST, event_of_entry, is_change
from adapter.inbound.dialects.keys import Notice, keyed
from adapter.inbound.dialects.received import Code, Event, Interaction, Kind, Received, Unfit
from adapter.inbound.dialects.values import literal, member, number, objects, reference, text

Fields = Mapping[str, list[Any]]

_KINDS = {
    _kind.replace("-", ""): _kind
    for _kind in (Kind.HANDSHAKE, Kind.HEARTBEAT, Kind.EVENTS, Kind.QUERY_STATUS, Kind.QUERY_EVENTS)
}


@dataclass(frozen=True, slots=True)
class Noted:
    """One event as the status lists it."""

    id: str | None
    number: int | None
    timestamp: str | None
    focus: str | None


def is_status(resource: Any) -> bool:
    """Whether a resource is the status of a subscription, in either form."""
    if member(resource, "resourceType") == "SubscriptionStatus":
        return True
    if member(resource, "resourceType") != "Parameters":
        return False
    names = {_plain(parameter.get("name")) for parameter in objects(resource.get("parameter"))}
    return "subscription" in names and not names.isdisjoint({"type", "status", "notificationevent"})


def notification(
    status: Mapping[str, Any], bundle: Mapping[str, Any] | None, entries: list[dict[str, Any]]
) -> Received:
    """What a notification tells: one event for each that the status lists; other resources are context."""
    fields = _fields(status)
    notes = _notes(fields)
    subscription = reference(_first(fields, "subscription"))
    notice = Notice(
        bundle if bundle is not None else status,
        subscription,
        _name_of(bundle, entries, status),
        text(member(bundle, "timestamp")),
    )
    events, context = _matched(notes, [entry for entry in entries if entry.get("resource") is not status])
    return Received(
        _kind(fields, notes),
        tuple(keyed(event, notice, place) for place, event in enumerate(events)),
        tuple(keyed(event, notice, place) for place, event in enumerate(context)),
        subscription,
        number(_first(fields, "eventssincesubscriptionstart")),
        reference(_first(fields, "topic")),
        (_word(fields, "status") or None),
        _error(fields),
    )


def _matched(notes: list[Noted], entries: list[dict[str, Any]]) -> tuple[list[Event], list[Event]]:
    """Each listed event with the entry of its focus, and the resources of all other entries."""
    found = {place: event for place, entry in enumerate(entries) if (event := event_of_entry(entry))}
    names: dict[str, int] = {}
    for place, event in found.items():
        for name in _names(entries[place], event):
            names.setdefault(name, place)
    changes = iter([place for place in found if is_change(entries[place])])
    taken: set[int] = set()
    events = []
    for note in notes:
        if note.focus is None:
            # What an event without a focus is about can only be the first change that no other event claims.
            at = next((place for place in changes if place not in taken), None)
        else:
            at = _place_of(note.focus, names, found)
        taken.update(() if at is None else (at,))
        events.append(_noted(note, None if at is None else found[at]))
    return events, [event for place, event in found.items() if place not in taken and event.resource]


def _names(entry: Mapping[str, Any], event: Event) -> Iterator[str]:
    """What a focus may call an entry: its fullUrl, or the resource with or without its server."""
    if url := text(entry.get("fullUrl")):
        yield url
    if event.base:
        yield f"{event.base}/{event.type}/{event.id}"
    yield f"{event.type}/{event.id}"


def _place_of(focus: str, names: Mapping[str, int], found: Mapping[int, Event]) -> int | None:
    """Where the focus stands, even if one of the two is relative; two servers named in full stay two."""
    place = literal(focus)
    local = f"{place.type}/{place.id}" if place else ""
    at = next((names[name] for name in (focus, f"{place.base}/{local}" if place else "", local) if name in names), None)
    base = found[at].base if at is not None else None
    return None if base and place and place.base and base != place.base else at


def _noted(note: Noted, entry: Event | None) -> Event:
    place = literal(note.focus)
    event = entry or Event(Interaction.UNKNOWN)
    if place and entry is None:
        event = Event(Interaction.UNKNOWN, place.type, place.id, place.base, place.version)
    base = place.base if place and place.base else event.base
    return replace(event, base=base, number=note.number, timestamp=note.timestamp, sender_event_id=note.id)


def _fields(status: Mapping[str, Any]) -> Fields:
    if status.get("resourceType") == "Parameters":
        return _of_parameters(status.get("parameter"))
    return {_plain(name): value if isinstance(value, list) else [value] for name, value in status.items()}


def _of_parameters(parameters: Any) -> Fields:
    found: dict[str, list[Any]] = {}
    for parameter in objects(parameters):
        values = (value for name, value in parameter.items() if name.startswith("value"))
        value = parameter if "part" in parameter else next(values, None)
        found.setdefault(_plain(parameter.get("name")), []).append(value)
    return found


def _notes(fields: Fields) -> list[Noted]:
    listed = list(islice(objects(list(fields.get("notificationevent", ()))), MOST + 1))
    if len(listed) > MOST:
        raise Unfit(Kind.POISON, Code.TOO_MANY)
    return [_note(one) for one in listed]


def _note(event: Mapping[str, Any]) -> Noted:
    parts = _of_parameters(event["part"]) if "part" in event else _fields(event)
    return Noted(
        text(event.get("id")),
        number(_first(parts, "eventnumber")),
        text(_first(parts, "timestamp")),
        reference(_first(parts, "focus")),
    )


def _kind(fields: Fields, notes: list[Noted]) -> Kind:
    """The type as said; where none is, what the status itself tells."""
    said = _KINDS.get(_plain(_word(fields, "type")))
    if said is not None:
        return said
    if notes:
        return Kind.EVENTS
    return Kind.HANDSHAKE if _word(fields, "status") == "requested" else Kind.HEARTBEAT


def _error(fields: Fields) -> str | None:
    for error in objects(list(fields.get("error", ()))):
        for coding in objects(error.get("coding")):
            return text(coding.get("code"))
        return text(error.get("text"))
    return None


def _name_of(bundle: Mapping[str, Any] | None, entries: list[dict[str, Any]], status: Mapping[str, Any]) -> str | None:
    """What tells one notification from another: the Bundle's id, else the status entry's, which is as new each time."""
    own = text(member(bundle, "id"))
    urls = (text(entry.get("fullUrl")) for entry in entries if entry.get("resource") is status)
    return own or next((url for url in urls if url), None) or text(status.get("id"))


def _first(fields: Fields, name: str) -> Any:
    return next(iter(fields.get(name, ())), None)


def _word(fields: Fields, name: str) -> str:
    return (text(_first(fields, name)) or "").lower()


def _plain(name: Any) -> str:
    return name.lower().replace("-", "").replace("_", "") if isinstance(name, str) else ""
