"""Where settings are given: a file, the environment and flags, each turned into values by their place."""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from adapter.settings.problems import BadSettings, unknown
from adapter.settings.schema import Node, Place, child, is_named, is_table, may_be_in_file, root

_PREFIX = "ADAPTER_"
_PATHS = frozenset({"folder", "data-folder", "file"})
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Given:
    """A value, where it was given (`flag`, `environment` or `file`), and that place in words."""

    value: Any = field(repr=False)
    by: str
    origin: str


def of_flags(flags: Mapping[str, Any]) -> dict[Place, Given]:
    """What flags say, by the settings' names; None says nothing."""
    return {
        (name,): Given(value, "flag", f"flag: --{name.replace('_', '-')}")
        for name, value in flags.items()
        if value is not None
    }


def file_of(named: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The settings file: the one that is named, or `adapter.toml` here if there is one."""
    if named or environment.get("ADAPTER_CONFIG"):
        return named or Path(environment["ADAPTER_CONFIG"])
    return Path("adapter.toml") if Path("adapter.toml").is_file() else None


def of_file(path: Path) -> dict[Place, Given]:
    """What a file says; raises BadSettings."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: (file): cannot be read; check its name and rights") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path}: (toml): {error}; fix the syntax") from error
    given: dict[Place, Given] = {}
    for place, node, value in _flat(path, root(), table, ()):
        if place in given:
            raise BadSettings(f"{path}: {'.'.join(place)}: is given itself and as a file; keep one of them")
        given[place] = Given(_beside(path, node, value), "file", f"{path}: {'.'.join(place)}")
    return given


def _flat(file: Path, node: Node, table: Any, path: Place) -> Iterator[tuple[Place, Node, Any]]:
    origin = f"{file}: {'.'.join(path)}"
    if not isinstance(table, dict):
        raise BadSettings(f"{origin}: must be a table; see docs/settings.md")
    for name, value in table.items():
        here = (*path, name)
        below = child(node, name)
        stem = child(node, name.removesuffix("_file")) if name.endswith("_file") else None
        if is_named(node) and not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name):
            raise BadSettings(f"{file}: {'.'.join(here)}: is no name; use small letters, digits and hyphens")
        if below is None and stem is not None and may_be_in_file(stem):
            origin = f"{file}: {'.'.join(here)}"
            yield (*path, name.removesuffix("_file")), stem, _content(origin, _beside_file(file, origin, value), stem)
        elif below is None:
            raise unknown(f"{file}: {'.'.join(here)}", name, node.get("properties", ()))
        elif is_table(below):
            yield from _flat(file, below, value, here)
        else:
            yield here, below, value


def _beside(file: Path, node: Node, value: Any) -> Any:
    """A path in a file is seen from the file's folder."""
    return str(file.parent / value) if node.get("format") in _PATHS and isinstance(value, str) else value


def _beside_file(file: Path, origin: str, value: Any) -> Path:
    if not isinstance(value, str):
        raise BadSettings(f"{origin}: must be string; name a file")
    return file.parent / value


def _content(origin: str, path: Path, node: Node) -> Any:
    """What a mounted secret holds: without the last line's end, or a line a value where several may be given."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadSettings(f"{origin}: the file that it names cannot be read; check its name and rights") from None
    if node.get("type") == "array":
        return [line for line in text.splitlines() if line]
    return text.removesuffix("\n").removesuffix("\r")


def of_environment(environment: Mapping[str, str]) -> dict[Place, Given]:
    """What `ADAPTER_*` says, `__` for the tables; a variable that is empty says nothing. Raises BadSettings."""
    given: dict[Place, Given] = {}
    for variable in sorted(environment):
        text = environment[variable]
        if not variable.startswith(_PREFIX) or variable == "ADAPTER_CONFIG" or not text:
            continue
        origin = f"environment: {variable}"
        found = _place(variable, origin)
        if found is None:
            continue
        path, node, is_file = found
        if path in given:
            raise BadSettings(f"{origin}: is given itself and as a file; keep one of them")
        value = _content(origin, Path(text), node) if is_file else _value(origin, text, node)
        given[path] = Given(value, "environment", origin)
    return given


def _place(variable: str, origin: str) -> tuple[Place, Node, bool] | None:
    """The setting that a variable means, and whether it names a file; None for a variable of somebody else."""
    node = root()
    path: Place = ()
    for part in variable.removeprefix(_PREFIX).lower().split("__"):
        name = part.replace("_", "-") if is_named(node) else part
        below, is_file = child(node, name), False
        if below is None and (stem := child(node, name.removesuffix("_file"))) and may_be_in_file(stem):
            below, is_file, name = stem, name.endswith("_file"), name.removesuffix("_file")
        if below is None:
            _refuse_typo(variable, origin, node, path)
            return None
        node, path = below, (*path, name)
    if is_table(node):
        raise BadSettings(f"{origin}: is a table; name its keys, as in {variable}__KEY")
    return path, node, is_file


def _refuse_typo(variable: str, origin: str, node: Node, path: Place) -> None:
    """A variable that is nearly a setting would be silently without effect; one that is far from all is not ours."""
    above = "".join(f"{part.upper().replace('-', '_')}__" for part in path)
    known = [f"{_PREFIX}{above}{name.upper()}" for name in node.get("properties", ())]
    known += [] if path else ["ADAPTER_CONFIG"]
    if path:
        raise unknown(origin, variable, known)
    if meant := get_close_matches(variable.partition("__")[0], known, n=1, cutoff=0.9):
        raise BadSettings(f"{origin}: is not a setting; did you mean {meant[0]}?")


def _value(origin: str, text: str, node: Node) -> Any:
    """The text of a variable as a value of the type that the setting has."""
    match node.get("type"):
        case "integer":
            if not re.fullmatch("[0-9]{1,18}", text):
                raise BadSettings(f"{origin}: must be a whole number; correct it")
            return int(text)
        case "boolean":
            return _YES_NO.get(text.lower(), text)
        case "array":
            return _listed(origin, text)
        case "object":
            return _table(origin, text)
        case None:
            return _any_value(text)
    return text


def _listed(origin: str, text: str) -> Any:
    if not text.startswith("["):
        return [text]
    try:
        return json.loads(text)
    except ValueError:
        raise BadSettings(f'{origin}: must be one value or a list; write it as ["one", "two"]') from None


def _table(origin: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise BadSettings(f'{origin}: must be a table; write it as {{"key": "value"}}') from None


def _any_value(text: str) -> Any:
    """A setting of a pack: as it would stand in the file, or else a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except tomllib.TOMLDecodeError:
        return text


def everything(
    file: Path | None, environment: Mapping[str, str] | None, flags: Mapping[str, Any]
) -> dict[Place, Given]:
    """All that is given, by its place: flag > environment > file. Raises BadSettings."""
    of_machine = os.environ if environment is None else environment
    path = file_of(file, of_machine)
    return {**(of_file(path) if path else {}), **of_environment(of_machine), **of_flags(flags)}
