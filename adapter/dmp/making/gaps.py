"""What a document lacks, collected while it is made: one run tells all of it, not only the first."""

from dataclasses import dataclass, field

from adapter.dmp.faults import Fault, Severity


@dataclass(slots=True)
class Gaps:
    """The gaps found so far."""

    found: list[Fault] = field(default_factory=list)

    def lacks(self, code: str, place: str, message: str) -> None:
        """Something without which there is no document."""
        self.found.append(Fault(code, place, message))

    def warns(self, code: str, place: str, message: str) -> None:
        """Something that is left out of the document, which may leave without it."""
        self.found.append(Fault(code, place, message, Severity.WARNING))
