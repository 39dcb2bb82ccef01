"""The topics that a source offers, and which of them tell of every change of a type.

R4B and R5 list them as SubscriptionTopic, R4 as Basic with the extensions of that (R5 Backport, topic discovery).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapter.inbound.dialects.values import member, objects, text, type_name
from adapter.inbound.sources import SourceClient, SourceRefuses

_PART = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic."
_CODE = "http://hl7.org/fhir/fhir-types|SubscriptionTopic"
_CHANGES = frozenset({"create", "update"})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic by its canonical URL; `broad` are the types of which it tells every change, `narrow` those of some."""

    url: str
    broad: frozenset[str]
    narrow: frozenset[str]


def topics_of(client: SourceClient, is_r4: bool) -> list[Topic]:
    """Every topic that the source describes; none where it describes none."""
    asked = ("Basic", {"code": _CODE, "_count": "100"}) if is_r4 else ("SubscriptionTopic", {"_count": "100"})
    try:
        pages = list(client.pages(*asked))
    except SourceRefuses:
        return []
    resources = (entry.get("resource") for page in pages for entry in objects(page.get("entry")))
    found = (_topic(r) for r in resources if isinstance(r, dict) and r.get("resourceType") == asked[0])
    return sorted((topic for topic in found if topic), key=lambda topic: topic.url)


def _topic(resource: Mapping[str, Any]) -> Topic | None:
    plain = _plain(resource) if resource["resourceType"] == "Basic" else resource
    url = text(plain.get("url"))
    triggers = list(objects(plain.get("resourceTrigger")))
    if url is None or not triggers:
        return None
    broad = frozenset(_types(t for t in triggers if _is_broad(t)))
    return Topic(url, broad, frozenset(_types(triggers)) - broad)


def _types(triggers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for trigger in triggers:
        name = type_name((text(trigger.get("resource")) or "").rpartition("/")[2])
        if name:
            yield name


def _is_broad(trigger: Mapping[str, Any]) -> bool:
    """Whether a trigger tells of every change; no interactions named means all of them (R5 SubscriptionTopic)."""
    said = trigger.get("supportedInteraction") or _CHANGES
    has_path = trigger.get("fhirPathCriteria") not in (None, "true")
    return set(said) >= _CHANGES and not has_path and "queryCriteria" not in trigger


def _plain(basic: Mapping[str, Any]) -> dict[str, Any]:
    """A Basic's extensions as the elements that they stand for, as far as we read them."""
    extensions = list(objects(basic.get("extension")))
    found: dict[str, Any] = {
        "resourceTrigger": [_trigger(e) for e in extensions if e.get("url") == f"{_PART}resourceTrigger"]
    }
    found["url"] = next((e.get("valueUri") for e in extensions if e.get("url") == f"{_PART}url"), None)
    return found


def _trigger(extension: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for part in objects(extension.get("extension")):
        name = text(part.get("url")) or ""
        value = next((v for n, v in part.items() if n.startswith("value")), None)
        if name == "supportedInteraction":
            made.setdefault(name, []).append(value)
        else:
            made[name] = value if value is not None else member(part, "extension")
    return made
