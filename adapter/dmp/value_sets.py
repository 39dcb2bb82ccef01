"""The national value sets that a document's codes must come from, as small tables with their origin and date.

A document's class is never chosen: it follows from its type (ASS_X04), because the guides' examples contradict one
another. Membership alone is not enough either: a code counts only with its code system.
"""

import functools
import json
from enum import StrEnum
from pathlib import Path
from typing import Any

from adapter.core.errors import Permanent
from adapter.dmp.documents import Concept

_FOLDER = Path(__file__).with_name("value_sets")


class ValueSet(StrEnum):
    """The value sets (jeux de valeurs, JDV) of the CI-SIS that are held, by the name of their table."""

    FACILITY_TYPE = "j02"
    PRACTICE_SETTING = "j04"
    DOCUMENT_CLASS = "j06"
    DOCUMENT_TYPE = "j07"
    CONFIDENTIALITY = "j08"


class NotMember(Permanent):
    """A code that is in no code system of its value set."""

    code = "not-member"


def concept(value_set: ValueSet, code: str) -> Concept:
    """The member with this code, with the OID (CDA) and the URI (FHIR) of its code system. Raises NotMember."""
    found = _members(value_set).get(code)
    if found is None:
        raise NotMember(f"a code is no member of {table(value_set)['name']}, revision {table(value_set)['revision']}")
    return found


def is_member(value_set: ValueSet, code: str, oid: str) -> bool:
    """Whether a code of the code system `oid` is in the value set."""
    found = _members(value_set).get(code)
    return found is not None and found.oid == oid


def members(value_set: ValueSet) -> tuple[Concept, ...]:
    """All members, in the order of the table."""
    return tuple(_members(value_set).values())


def class_of(document_type: Concept) -> Concept | None:
    """The class that the association table gives for a type; None for a type that it does not list."""
    for system in _read("class_of_type")["systems"]:
        if system["oid"] == document_type.oid and document_type.code in system["classes"]:
            return concept(ValueSet.DOCUMENT_CLASS, system["classes"][document_type.code])
    return None


def table(value_set: ValueSet) -> dict[str, Any]:
    """The table as it is stored: `name`, `oid`, `revision`, `origin`, `systems`."""
    return _read(value_set.value)


@functools.cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


@functools.cache
def _members(value_set: ValueSet) -> dict[str, Concept]:
    return {
        code: Concept(code, system["oid"], system["uri"], display)
        for system in table(value_set)["systems"]
        for code, display in system["concepts"].items()
    }
