"""What is wrong with a document: a stable code, where, in words that name no person, and whether it may leave."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a document from leaving; a warning is shown beside it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `code` stands in docs/errors.md, `place` is a path into the document.

    `message` quotes nothing that a person wrote: a name may stand where a code belongs.
    """

    code: str
    place: str
    message: str
    severity: Severity = Severity.ERROR


def errors(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Those that keep a document from leaving."""
    return tuple(fault for fault in faults if fault.severity is Severity.ERROR)
