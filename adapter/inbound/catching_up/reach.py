"""What a source offers: by its CapabilityStatement, and by what its operator says that it cannot do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapter.inbound.dialects.values import member, objects, text

_TOPIC = (
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical"
)
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription"


@dataclass(frozen=True, slots=True)
class Reach:
    """A source that is caught up with: its name, the types that matter, and what it cannot do whatever it says."""

    name: str
    types: tuple[str, ...]
    no_events: bool = False
    no_history: bool = False
    no_last_updated: bool = False


class Offers:
    """A CapabilityStatement, asked; without one (`None`) nothing is known and everything has to be tried."""

    def __init__(self, statement: Mapping[str, Any] | None) -> None:
        rest = [one for one in objects((statement or {}).get("rest")) if one.get("mode", "server") == "server"]
        self._types = {
            name: one for part in rest for one in objects(part.get("resource")) if (name := text(one.get("type")))
        }
        self.version = text((statement or {}).get("fhirVersion")) or ""

    def types(self, wanted: Iterable[str]) -> list[str]:
        """Of the types wanted, those that it has, in their order; all of them where it says nothing."""
        return [name for name in wanted if name in self._types or not self._types]

    def history(self, type_name: str) -> bool:
        """Whether it gives the history of a type."""
        return "history-type" in self._names(type_name, "interaction", "code")

    def last_updated(self, type_name: str) -> bool:
        """Whether it searches a type by when it was stored."""
        return "_lastUpdated" in self._names(type_name, "searchParam", "name")

    def events(self) -> bool:
        """Whether it can repeat the events of a Subscription."""
        return bool(self._names("Subscription", "operation", "name") & {"events", "$events"})

    def topics(self) -> list[str]:
        """The canonical URLs of the topics that it names."""
        extensions = objects(member(self._types.get("Subscription"), "extension"))
        found = (text(e.get("valueCanonical")) for e in extensions if e.get("url") == _TOPIC)
        return sorted({url for url in found if url})

    def by_topic(self) -> bool:
        """Whether its Subscriptions are topic-based: R4B and R5, or R4 with the backport profile."""
        profiles = member(self._types.get("Subscription"), "supportedProfile")
        has_profile = isinstance(profiles, list) and any(str(p).partition("|")[0] == _BACKPORT for p in profiles)
        return self.version.startswith(("4.3", "5.")) or has_profile or "SubscriptionTopic" in self._types

    def _names(self, type_name: str, of: str, name: str) -> set[str]:
        return {found for one in objects(member(self._types.get(type_name), of)) if (found := text(one.get(name)))}
