"""The shape of each file of a pack, as JSON Schemas kept beside this module."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema

from adapter.mappings.yaml_text import Document


@cache
def _validator(name: str) -> Any:
    schema = json.loads((files("adapter.mappings") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def check_shape(document: Document, name: str) -> None:
    """Check a document against the schema `name`; raises BadPack at the first fault, in the order of lines."""
    faults = sorted(
        _validator(name).iter_errors(document.data), key=lambda e: (list(map(str, e.absolute_path)), e.message)
    )
    if faults:
        fault = min(faults, key=lambda e: document.line(_place(e)))
        raise document.bad(_place(fault), _what(fault), _remedy(fault))


def check_value(schema: dict[str, Any], value: Any) -> str | None:
    """What is wrong with a setting's value, or None."""
    fault = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
    return fault.message if fault else None


def _place(fault: Any) -> Sequence[str | int]:
    path = list(fault.absolute_path)
    if fault.validator == "additionalProperties" and isinstance(fault.instance, dict):
        extra = [k for k in fault.instance if k not in fault.schema.get("properties", {})]
        path += extra[:1]
    return path


def _what(fault: Any) -> str:
    if fault.validator == "required":
        return str(fault.message).replace("is a required property", "is missing")
    if fault.validator == "additionalProperties":
        return "is not a key that is known here"
    return str(fault.message)[:160]


def _remedy(fault: Any) -> str:
    if fault.validator == "additionalProperties":
        return "known keys: " + ", ".join(sorted(fault.schema.get("properties", {})))
    if fault.validator == "required":
        return "add it"
    if fault.validator == "enum":
        return "use one of: " + ", ".join(map(str, fault.validator_value))
    return str(fault.schema.get("description", f"expected {fault.validator}: {fault.validator_value}"))[:160]
