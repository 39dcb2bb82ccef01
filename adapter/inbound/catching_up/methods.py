"""The ways of asking a source what happened since an instant, from the surest to the weakest."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from adapter.core.times import BadTime, instant_text, read_instant
from adapter.inbound.dialects.entries import event_of_entry, event_of_resource
from adapter.inbound.dialects.received import Event, Interaction
from adapter.inbound.dialects.values import member, objects, text
from adapter.inbound.sources import SourceClient, SourceRefuses

PAGE = "100"
OVERLAP = timedelta(minutes=10)
"""Asked for twice: what was stored while it was asked last, and clocks that differ."""
LATE = timedelta(days=7)
"""Asked for twice where only the clinical time can be asked for: people write things down later."""

Found = Iterator[list[Event]]


class Method(StrEnum):
    """How a type was caught up with."""

    EVENTS = "$events"
    HISTORY = "_history"
    LAST_UPDATED = "_lastUpdated"
    CREATED = "created"


GUARANTEES = {
    Method.EVENTS: "Every event that the source counted for our Subscriptions since the last one received; nothing "
    "that they do not cover.",
    Method.HISTORY: "Every version since then, deletions included.",
    Method.LAST_UPDATED: "Every resource that was stored since then, as it is now; deletions are missed, and found "
    "only by the nightly sweep over what live charges rest on.",
    Method.CREATED: "Only resources whose clinical time is since then, less seven days; deletions, late corrections "
    "of older ones, and types without such a time are missed, and found only by the nightly sweep.",
}
"""What may be missed, said to whoever relies on it."""

_DATES = {
    **dict.fromkeys(("Appointment", "CarePlan", "CareTeam", "ClinicalImpression", "Composition", "Consent"), "date"),
    **dict.fromkeys(("DiagnosticReport", "DocumentReference", "Encounter", "EpisodeOfCare", "Flag"), "date"),
    **dict.fromkeys(("Immunization", "List", "Observation", "Procedure"), "date"),
    **dict.fromkeys(("QuestionnaireResponse", "ServiceRequest"), "authored"),
    "ChargeItem": "entered-date",
    "Claim": "created",
    "Communication": "sent",
    "CommunicationRequest": "authored",
    "Condition": "recorded-date",
    "Coverage": "period",
    "Goal": "start-date",
    "MedicationAdministration": "effective-time",
    "MedicationRequest": "authoredon",
    "MedicationStatement": "effective",
    "Task": "authored-on",
}
"""The search parameter that comes closest to when a resource was made (R4, search parameters of each type)."""


def by_history(client: SourceClient, type_name: str, since: datetime) -> Found:
    """Each version since then, newest first (R4 http, history); what was deleted is asked for again."""
    start = since - OVERLAP
    for page in client.pages(f"{type_name}/_history", {"_since": instant_text(start), "_count": PAGE}):
        _check(page, "history")
        entries = list(objects(page.get("entry")))
        young = [entry for entry in entries if not _is_before(_stored(entry), start)]
        yield [
            _settled(client, event)
            for entry in young
            if (event := event_of_entry(entry)) and event.type == type_name and event.id
        ]
        # Some servers forget `_since` in their next links and would lead through all that ever was.
        if entries and not young:
            return


def by_last_updated(client: SourceClient, type_name: str, since: datetime) -> Found:
    """Each resource stored since then; raises SourceRefuses where the source disregards the question."""
    start = since - OVERLAP
    for page in client.pages(type_name, {"_lastUpdated": f"ge{instant_text(start)}", "_count": PAGE}):
        resources = _matches(page, type_name)
        # A second of tolerance: some servers store finer times than they show.
        if any(_is_before(text(member(r, "meta", "lastUpdated")), start - timedelta(seconds=1)) for r in resources):
            raise SourceRefuses("the source does not search by _lastUpdated")
        yield [event_of_resource(resource, Interaction.UPDATE) for resource in resources]


def by_created(client: SourceClient, type_name: str, since: datetime) -> Found:
    """Each resource whose clinical time is since then; raises SourceRefuses where the type has none."""
    parameter = _DATES.get(type_name)
    if parameter is None:
        raise SourceRefuses("the type has no time to search by")
    day = (since - LATE).date().isoformat()
    for page in client.pages(type_name, {parameter: f"ge{day}", "_count": PAGE}):
        yield [event_of_resource(resource, Interaction.UPDATE) for resource in _matches(page, type_name)]


def _settled(client: SourceClient, event: Event) -> Event:
    """A deletion counts unless the resource is back: an old deletion must not outrank what came after it."""
    if event.interaction is not Interaction.DELETE:
        return event
    now = client.read(str(event.type), str(event.id))
    return event if now.content is None else event_of_resource(dict(now.content), Interaction.UPDATE, event.id)


def _matches(page: Mapping[str, Any], type_name: str) -> list[dict[str, Any]]:
    _check(page, "searchset")
    found = (e.get("resource") for e in objects(page.get("entry")) if member(e, "search", "mode") in (None, "match"))
    return [r for r in found if isinstance(r, dict) and r.get("resourceType") == type_name]


def _check(page: Mapping[str, Any], kind: str) -> None:
    if page.get("resourceType") != "Bundle" or page.get("type") != kind:
        raise SourceRefuses(f"the source's answer is no {kind}")


def _stored(entry: Mapping[str, Any]) -> str | None:
    said = text(member(entry, "response", "lastModified"))
    return said or text(member(entry, "resource", "meta", "lastUpdated"))


def _is_before(said: str | None, start: datetime) -> bool:
    """Whether a time that was said lies before an instant; what says none may be news."""
    try:
        return said is not None and read_instant(said) < start
    except BadTime:
        return False
