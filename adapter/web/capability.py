"""What the read API can do, as it says itself at `/fhir/metadata`."""

from collections.abc import Sequence
from typing import Any

from adapter import __version__
from adapter.web.searches import OTHERS, REFERENCES, TOKENS

TYPES = ("Account", "ChargeItem", "Communication", "Provenance", "Task")
"""What decisions write; other types are served too where there are any."""

_INTERACTIONS = ("read", "vread", "history-instance", "search-type")


_READERS = "A bearer token in Authorization, given out by whoever runs the adapter"
_MACHINE = "Answers to the machine that it runs on, and to nobody else"


def capability_statement(base: str, types: Sequence[str], date: str, has_tokens: bool = False) -> dict[str, Any]:
    """The CapabilityStatement of the API at a base URL; `has_tokens`: it asks for one."""
    security: dict[str, Any] = {"cors": False, "description": _READERS if has_tokens else _MACHINE}
    if has_tokens:
        security["service"] = [{"text": "Bearer"}]
    resources = [_resource(one) for one in sorted({*TYPES, *types})]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "palliative-fhir-adapter", "version": __version__},
        "implementation": {"description": "What the adapter wrote, to read", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml", "json", "xml"],
        "rest": [{"mode": "server", "security": security, "resource": resources}],
    }


def _resource(type_name: str) -> dict[str, Any]:
    parameters = [
        *({"name": name, "type": "token"} for name in TOKENS),
        *({"name": name, "type": "reference"} for name in REFERENCES),
        *({"name": name, "type": "date" if name == "_lastUpdated" else "token"} for name in OTHERS),
    ]
    return {
        "type": type_name,
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalRead": "not-match",
        "searchParam": sorted(parameters, key=lambda one: one["name"]),
    }
