"""What every road offers."""

from dataclasses import dataclass
from typing import Protocol

from adapter.core.errors import Permanent
from adapter.dmp.envelopes import Envelope


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a document went: a reference (`DocumentReference/id`, with its version) or the name of a file.

    `again` says that nothing was sent, because all was as wanted.
    """

    place: str
    version: str | None = None
    again: bool = False


class Transport(Protocol):
    """Hands documents over; doing it twice is as good as once."""

    def hand_over(self, envelope: Envelope) -> Receipt:
        """Bring the receiver to what the envelope wants. Raises Temporary (again later) or Permanent."""


class OtherContent(Permanent):
    """The receiver has another content under our identifier."""

    code = "other-content"


class NoVersionBefore(Permanent):
    """The document to be replaced, hidden or deleted is not where it was handed over."""

    code = "no-version-before"
