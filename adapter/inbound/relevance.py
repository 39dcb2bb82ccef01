"""What is worth keeping of an input: the resources that a pack reads, and those they point at."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from adapter.core.facts import FactIndex

CONTEXT_TYPES = frozenset(
    {"Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "Account", "Coverage", "Medication"}
)
"""Types that facts are read through by reference, and the person."""


class Worth(Enum):
    """Why a resource is kept: it calls for a look at its person, or it serves one that others call for."""

    CALLS = "calls"
    SERVES = "serves"


class Relevance:
    """One question for all packs: is this resource worth keeping?"""

    def __init__(self, indexes: Iterable[FactIndex]) -> None:
        self._indexes = tuple(indexes)
        self._types = frozenset().union(CONTEXT_TYPES, *(index.types for index in self._indexes))

    def of(self, content: Mapping[str, Any]) -> Worth | None:
        """Why to keep a resource; None where no pack reads it: mostly one look-up by type."""
        kind = content.get("resourceType")
        if kind not in self._types:
            return None
        if any(index.calls_for_a_look(content) for index in self._indexes):
            return Worth.CALLS
        if kind in CONTEXT_TYPES or any(index.accompanies(content) for index in self._indexes):
            return Worth.SERVES
        return None
