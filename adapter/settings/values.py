"""Checks one value against its place in the schema, and turns it into what a Settings holds.

No message quotes a value, which may be secret; only the names of files and folders are told.
"""

import ipaddress
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import jsonschema

from adapter.core.times import zone_named
from adapter.settings.given import Given
from adapter.settings.problems import BadSettings
from adapter.settings.schema import Node


def checked(given: Given, node: Node) -> Any:
    """The value; raises BadSettings, with where it was given."""
    fault = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(node).iter_errors(given.value))
    if fault:
        raise BadSettings(f"{given.origin}: {_what(fault)}; {node['description']}")
    form = _FORMS.get(node.get("format", ""))
    if form:
        return form(given)
    if isinstance(given.value, list) and node:
        return tuple(given.value)
    return given.value


def _what(fault: Any) -> str:
    wanted = fault.validator_value
    inside = "an entry " if fault.absolute_path else ""
    match fault.validator:
        case "type":
            return f"{inside}must be {wanted}"
        case "minimum":
            return f"{inside}must be above {wanted - 1}"
        case "maximum":
            return f"{inside}must be at most {wanted}"
        case "enum":
            return f"{inside}must be one of {', '.join(map(str, wanted))}"
        case "minLength" | "minItems":
            return f"{inside}must not be empty"
        case "maxItems":
            return f"must be at most {wanted}"
        case "uniqueItems":
            return "names something twice"
    return f"{inside}is not of the form that is expected"


def _folder(given: Given) -> Path:
    if not os.access(given.value, os.R_OK | os.X_OK) or not os.path.isdir(given.value):
        raise BadSettings(f"{given.origin}: '{given.value}' is no folder that can be read; correct it")
    return Path(given.value)


def _data_folder(given: Given) -> Path:
    path = Path(given.value)
    if path.exists() and not path.is_dir():
        raise BadSettings(f"{given.origin}: '{path}' is no folder; correct it")
    return path


def _file(given: Given) -> Path:
    if not os.access(given.value, os.R_OK) or not os.path.isfile(given.value):
        raise BadSettings(f"{given.origin}: '{given.value}' is no file that can be read; check its name and rights")
    return Path(given.value)


def _networks(given: Given) -> tuple[str, ...]:
    for network in given.value:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise BadSettings(f"{given.origin}: an entry is no network; give addresses such as 10.0.0.0/8") from None
    return tuple(given.value)


def _zone(given: Given) -> str:
    try:
        zone_named(given.value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSettings(f"{given.origin}: is no time zone; give an IANA zone, such as Europe/Paris") from None
    return str(given.value)


_FORMS: Mapping[str, Callable[[Given], Any]] = {
    "folder": _folder,
    "data-folder": _data_folder,
    "file": _file,
    "networks": _networks,
    "zone": _zone,
}
