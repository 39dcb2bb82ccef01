"""What is worth keeping of an input: the resources that a pack reads, and those they point at."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from adapter.core.facts import FactIndex
from adapter.core.packs import Pack

CONTEXT_TYPES = frozenset(
    {
        *("Patient", "Practitioner", "PractitionerRole", "Organization", "Location"),
        *("Account", "CareTeam", "Coverage", "Medication"),
    }
)
"""Types that facts are read through by reference, and the person."""

BINARY = "Binary"
"""Holds the bytes of an attachment: kept only where one names it, and never asked for otherwise."""

FOLLOWED = CONTEXT_TYPES - {"Patient"} | {BINARY}
"""Types that a record holds because something in it refers to them."""


class Worth(Enum):
    """Why a resource is kept: it calls for a look at its person, or it serves one that others call for."""

    CALLS = "calls"
    SERVES = "serves"


class Relevance:
    """One question for all packs: is this resource worth keeping?"""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._index = FactIndex(reader for pack in packs for reader in pack.readers)
        self.types = CONTEXT_TYPES | self._index.types

    def of(self, content: Mapping[str, Any]) -> Worth | None:
        """Why to keep a resource; None where no pack reads it: mostly one look-up by type."""
        kind = content.get("resourceType")
        if kind not in self.types:
            return None
        calls = self._index.calls_for_a_look(content)
        if calls:
            return Worth.CALLS
        return Worth.SERVES if calls is False or kind in CONTEXT_TYPES else None
