"""What became of a document for the shared record, as far as a Communication may tell.

The service learns it from its ledger, a replay only how far the document could be made; without either it waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

REASONS = "dmp-not-done"
"""Our CodeSystem of why a document was not handed over, below the canonical base."""


class Handing(StrEnum):
    """How far it is; the values are those of R4 Communication.status."""

    WAITS = "in-progress"
    DONE = "completed"
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True)
class HandOver:
    """`reference` is the DocumentReference that was handed over, `at` that instant (R4 dateTime); `reason` the
    CodeableConcept of a NOT_DONE.

    `mend` is what only a person can put right, before the document may leave or once it has left, line by line; it
    names nobody.
    """

    state: Handing = Handing.WAITS
    reference: Mapping[str, Any] | None = None
    reason: Mapping[str, Any] | None = None
    mend: tuple[str, ...] = ()
    at: str | None = None


HandOvers = Mapping[tuple[str, ...], HandOver]
"""By `SharedDocument.path`."""

NOTHING_KNOWN: HandOvers = {}


@dataclass(frozen=True, slots=True)
class Told:
    """The members of a Communication that say how far a hand-over is."""

    status: str
    reason: Mapping[str, Any] | None = None
    payload: tuple[Mapping[str, Any], ...] = field(default=())
    sent: str | None = None


def told_of(hand_over: HandOver) -> Told:
    """R4 Communication: `completed` with the document, `not-done` with the reason, else `in-progress`."""
    document = hand_over.reference if hand_over.state is Handing.DONE else None
    payload = ({"contentReference": dict(document)},) if document else ()
    reason = hand_over.reason if hand_over.state is Handing.NOT_DONE else None
    return Told(hand_over.state.value, reason, payload, hand_over.at)
