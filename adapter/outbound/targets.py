"""What a Writer needs of whatever it writes to."""

from collections.abc import Mapping
from typing import Any, Protocol

from adapter.outbound.answers import Stored


class AnyTarget(Protocol):
    """A FHIR server, or our own database in its place; failures come out as Temporary or Permanent."""

    base_url: str

    def capabilities(self) -> dict[str, Any]:
        """The CapabilityStatement."""

    def search_by_identifier(self, type_name: str, system: str, value: str) -> list[dict[str, Any]]:
        """All resources of a type with this identifier."""

    def search(self, type_name: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """The matches of a search."""

    def transaction(self, bundle: Mapping[str, Any]) -> list[Stored]:
        """All entries or none; where they were stored, in their order."""

    def create(self, content: Mapping[str, Any], unless: str | None = None) -> Stored:
        """Create a resource, unless one that meets the condition is there."""

    def update(self, content: Mapping[str, Any], version: str | None = None) -> Stored:
        """Replace a resource, if it still is in this version."""
