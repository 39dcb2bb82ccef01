"""The latest instant that an input speaks of: the default of `--as-of`, so that a replay needs no clock.

Only what has happened counts: when a resource was stored, sent or recorded, and when it took place; never
what a plan or an insurance period says of the future.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any

from adapter.core.paths import members
from adapter.core.times import BadTime, read_instant, read_when

_HAPPENED = {
    "Encounter": ("period.start", "period.end"),
    "Observation": ("effectiveDateTime", "effectivePeriod.end", "issued"),
    "Patient": ("deceasedDateTime",),
    "Condition": ("recordedDate",),
    "DocumentReference": ("date",),
    "Composition": ("date",),
    "ClinicalImpression": ("date", "effectiveDateTime"),
    "Consent": ("dateTime",),
    "ServiceRequest": ("authoredOn",),
    "Communication": ("sent",),
    "CarePlan": ("created",),
    "Procedure": ("performedDateTime", "performedPeriod.end"),
    "ChargeItem": ("occurrenceDateTime", "occurrencePeriod.end", "enteredDate"),
}
_NOT_YET = frozenset({"planned", "draft", "entered-in-error"})


def latest_instant(content: Mapping[str, Any]) -> datetime | None:
    """The latest instant in one resource, in UTC; a day counts as its noon: that day in every scheme's zone."""
    return max(_instants(content), default=None)


def _instants(content: Mapping[str, Any]) -> Iterator[datetime]:
    paths = ["meta.lastUpdated"]
    if content.get("status") not in _NOT_YET:
        paths.extend(_HAPPENED.get(content.get("resourceType", ""), ()))
    for path in paths:
        for text in members(path, content):
            if isinstance(text, str) and (at := instant_of(text)):
                yield at


def instant_of(text: str) -> datetime | None:
    """A FHIR time as an instant in UTC, a date as its noon; None where it is neither, or no UTC year has it."""
    try:
        if "T" in text:
            return read_instant(text).astimezone(UTC)
        return datetime.combine(read_when(text, "UTC").last, time(12), UTC)
    except (BadTime, OverflowError):
        return None
