"""The shape of each file of a pack, as JSON Schemas kept beside this module."""

import json
from collections.abc import Sequence
from decimal import Decimal
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
    if document.root is None:
        raise document.bad([], "is empty", "write it, or remove it where a site has nothing to say")
    faults = sorted(
        _validator(name).iter_errors(document.data), key=lambda e: (list(map(str, e.absolute_path)), e.message)
    )
    if faults:
        fault = min(faults, key=lambda e: document.line(_place(e)))
        raise document.bad(_place(fault), _what(fault), _remedy(fault))


def check_value(schema: dict[str, Any], value: Any) -> str | None:
    """What is wrong with a setting's value, or None."""
    fault = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
    return str(fault.message)[:160] if fault else None


def check_schema(schema: dict[str, Any]) -> str | None:
    """What is wrong with the schema of a setting, or None."""
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        return str(error.message)[:160]
    return None


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
    if fault.validator == "type":
        return f"{_shown(fault.instance)} is not of type {_listed(fault.validator_value)}"
    if fault.validator == "enum":
        return f"{_shown(fault.instance)} is not allowed here"
    if fault.validator == "pattern":
        return f"{_shown(fault.instance)} is not of the form that is expected here"
    if fault.validator in ("oneOf", "anyOf"):
        return f"{_shown(fault.instance)} fits none of the forms that are known here"
    return str(fault.message)[:160]


def _shown(value: Any) -> str:
    """A value as its file has it; a Decimal and an empty place have no such words in Python."""
    if value is None:
        return "nothing"
    return str(value) if isinstance(value, Decimal) else repr(value)[:80]


def _listed(types: str | Sequence[str]) -> str:
    return types if isinstance(types, str) else " or ".join(types)


def _remedy(fault: Any) -> str:
    if fault.validator == "additionalProperties":
        return "known keys: " + ", ".join(sorted(fault.schema.get("properties", {})))
    if fault.validator == "required":
        return "add it"
    if fault.validator == "enum":
        return "use one of: " + ", ".join(map(str, fault.validator_value))
    return str(_description(fault) or f"expected {fault.validator}: {fault.validator_value}")[:160]


def _description(fault: Any) -> str | None:
    """What the schema says of the place, or of one of the forms that it may have."""
    forms = fault.validator_value if fault.validator in ("oneOf", "anyOf") else ()
    return next((s["description"] for s in (fault.schema, *forms) if "description" in s), None)
