"""What CDA cannot hold of a document: nothing is lost in silence."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from adapter.dmp.cda.people import CIVILITIES, TITLES
from adapter.dmp.cda.writing import UNFIT
from adapter.dmp.documents import Document, Professional
from adapter.dmp.faults import Fault, Severity


def losses(document: Document) -> tuple[Fault, ...]:
    """A warning for each text that stands changed in the CDA, and for each part of a name that is left out."""
    return (*_unfit(document), *_untitled(document))


def _unfit(document: Document) -> Iterator[Fault]:
    for place, text in _texts(document, ""):
        if UNFIT.search(text):
            message = "holds characters that XML cannot; each stands as U+FFFD in the CDA"
            yield Fault("cda-characters-replaced", place, message, Severity.WARNING)


def _untitled(document: Document) -> Iterator[Fault]:
    people = {
        "author": document.author,
        "legal_authenticator": document.legal_authenticator,
        "act.performer": document.act.performer,
    }
    for place, professional in people.items():
        if _has_other_prefix(professional):
            message = f"is none of {', '.join(sorted(CIVILITIES | TITLES))}; the name stands without it in the CDA"
            yield Fault("cda-prefix-left-out", f"{place}.prefix", message, Severity.WARNING)


def _has_other_prefix(professional: Professional) -> bool:
    return professional.prefix is not None and professional.prefix not in CIVILITIES | TITLES


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), f"{place}.{field.name}".lstrip("."))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")
