"""Reads single values from what anyone may have sent: the right type in a usable form, or None."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from adapter.core.references import Literal, parse_reference

LONGEST = 2048
_LARGEST = 2**63 - 1
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,19}")
# A build of HAPI wrote the type in front of an id that already carried it.
_DOUBLED = re.compile(r"(?:^|(?<=/))([A-Z][A-Za-z]+)/\1/(?!_history/)")


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; an object alone counts as a list of one, as XML without a model reads it."""
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, dict):
            yield item


def member(value: Any, *names: str) -> Any:
    """The value at a path of member names; None where the path ends early."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text(value: Any) -> str | None:
    """A string of usable length: keys and caches must not grow with what a stranger sends."""
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST else None


def number(value: Any) -> int | None:
    """A counter, whether it came as string, integer or decimal."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if (
        isinstance(value, Decimal)
        and value.is_finite()
        and value.adjusted() < 19
        and value == value.to_integral_value()
    ):
        value = int(value)
    return value if type(value) is int and 0 <= value <= _LARGEST else None


def type_name(value: Any) -> str | None:
    """A name that could be a resource type; R5 has some that R4 lacks, so no table is asked."""
    return value if isinstance(value, str) and _TYPE.fullmatch(value) else None


def fhir_id(value: Any) -> str | None:
    """An id in FHIR's shape; anything else is none, so that no path can hide in a URL made of it."""
    return value if isinstance(value, str) and _ID.fullmatch(value) and value.strip(".") else None


def version_of(value: Any) -> str | None:
    """A version from `meta.versionId`, which some send as a number, or from an ETag."""
    if type(value) is int:
        return str(value)
    found = text(value)
    return found.removeprefix("W/").strip('"') or None if found else None


def reference(value: Any) -> str | None:
    """The address in a Reference, or in the plain uri or string that some send in its place."""
    return text(member(value, "reference") if isinstance(value, dict) else value)


def literal(address: str | None) -> Literal | None:
    """The resource that an address names, relative or absolute; None for any other form of reference."""
    if address is None:
        return None
    found = parse_reference(_DOUBLED.sub(r"\1/", address))
    return found if isinstance(found, Literal) and fhir_id(found.id) else None
