"""The few ways in which R5 moved things about, as steps that the resources share. Each changes the dict it is given."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

Json = dict[str, Any]
# By resourceType: what moves its elements in place, and adds to the list what it could not.
Moves = dict[str, Callable[[Json, list[str]], None]]

ABSENT: Json = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"},
    ]
}


def as_list(value: Any) -> list[Any]:
    """The items of a list, the one value, or nothing."""
    return value if isinstance(value, list) else [] if value is None else [value]


def objects(value: Any) -> list[Json]:
    """The objects among the items of a value."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def rename(holder: Json, **names: str) -> None:
    """Give elements their R4 name, with their extensions; one that has it already stays."""
    for old, new in names.items():
        for mark in ("", "_"):
            if mark + old in holder:
                holder.setdefault(mark + new, holder.pop(mark + old))


def split(holder: Json, old: str, code: str, reference: str) -> None:
    """CodeableReferences into R4's pair of lists, as ``reason`` into reasonCode and reasonReference."""
    for item in objects(holder.pop(old, None)):
        if "concept" in item:
            holder.setdefault(code, []).append(item["concept"])
        if "reference" in item:
            holder.setdefault(reference, []).append(item["reference"])


def recode(holder: Json, name: str, codes: Mapping[str, str], dropped: list[str], exact: Collection[str] = ()) -> None:
    """Read R5's code as R4's nearest, and say so unless it means the same (``exact``)."""
    code = holder.get(name)
    if not isinstance(code, str) or code not in codes:
        return
    holder[name] = codes[code]
    if code not in exact:
        dropped.append(f"{name}: {code} read as {codes[code]}")


def text_of(concept: Any) -> str | None:
    """What a CodeableConcept says to people: its text, else the first display, else the first code."""
    if not isinstance(concept, dict):
        return None
    codings = objects(concept.get("coding"))
    said = [concept.get("text"), *(c.get("display") for c in codings), *(c.get("code") for c in codings)]
    return next((text for text in said if isinstance(text, str) and text), None)


def one_by_reference(items: Iterable[Json], name: str, path: str, dropped: list[str]) -> list[Json]:
    """R5 lets one item name several conditions, R4 one: an item for each reference; concepts have no place."""
    result = []
    for place, item in enumerate(items):
        named = item.get(name)
        if not isinstance(named, list):
            result.append(item)
            continue
        concepts = [number for number, one in enumerate(named) if "concept" in one]
        dropped.extend(f"{path}[{place}].{name}[{number}].concept" for number in concepts)
        result += [{**item, name: one["reference"]} for one in objects(named) if "reference" in one]
    return result


def codes_of(concept: Any) -> list[str]:
    """The codes of a CodeableConcept, whatever their system."""
    codings = objects(concept.get("coding")) if isinstance(concept, dict) else []
    return [str(coding["code"]) for coding in codings if "code" in coding]
