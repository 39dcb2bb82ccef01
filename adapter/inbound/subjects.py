"""Whose resource it is: the Patient that a resource names, in whatever form (R4 patient compartment)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapter.core.references import Key, Literal, Logical, Urn, parse_reference

_ELEMENTS = ("subject", "patient", "beneficiary", "for", "individual")


@dataclass(frozen=True, slots=True)
class Subject:
    """How the Patient is named: by `key`, by `urn` (an alias), or by `identifier` (system, value)."""

    kind: str
    one: str
    two: str


def subject_of(content: Mapping[str, Any], key: Key) -> Subject | None:
    """The Patient named by a resource; the Patient itself for a Patient; None where it names none."""
    if key.type == "Patient":
        return Subject("key", key.source, key.id)
    for element in _ELEMENTS:
        value = content.get(element)
        reference = value[0] if isinstance(value, list) and value else value
        if isinstance(reference, dict):
            return _named(reference, key.source)
    return None


def _named(reference: Mapping[str, Any], source: str) -> Subject | None:
    text = reference.get("reference")
    match parse_reference(text) if isinstance(text, str) else None:
        case Literal() as literal if literal.type == "Patient":
            found = literal.key(source)
            return Subject("key", found.source, found.id)
        case Urn(text=urn):
            return Subject("urn", urn, "")
        case Logical(type="Patient", system=system, value=value):
            return Subject("identifier", system or "", value)
    identifier = reference.get("identifier")
    if text is None and isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
        return Subject("identifier", str(identifier.get("system", "")), identifier["value"])
    return None
