"""Which settings there are: `schema.json` beside this module, a JSON Schema per key.

`writeOnly` marks what is secret, `format` what a path or name must be, `description` is the remedy that is told.
Patterns end in `\\Z`: in Python, `$` would let a line's end through, and with it one into a header.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Node = Mapping[str, Any]
Place = tuple[str, ...]


@cache
def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files("adapter.settings") / "schema.json").read_text(encoding="utf-8"))
    return loaded


def root() -> Node:
    """The table of all settings."""
    return _document()


def is_table(node: Node) -> bool:
    """Whether the place holds keys of its own, and no value."""
    return "properties" in node or "additionalProperties" in node


def is_named(node: Node) -> bool:
    """Whether the keys of the place are names that a site chooses."""
    return "properties" not in node and bool(node.get("additionalProperties"))


def is_secret(node: Node) -> bool:
    """Whether the value must never be shown."""
    return bool(node.get("writeOnly"))


def may_be_in_file(node: Node) -> bool:
    """Whether `<key>_file` may name a file with the value: what is secret, or holds something secret."""
    return is_secret(node) or node.get("format") == "database"


def child(node: Node, name: str) -> Node | None:
    """The place below; None where there is none of that name."""
    found: Node | None = node.get("properties", {}).get(name, node.get("additionalProperties"))
    if found and "$ref" in found:
        defined: Node = _document()["$defs"][found["$ref"]]
        return defined
    return found


def leaves(node: Node, names: Mapping[str, list[str]], path: Place = ()) -> Iterator[tuple[Place, Node]]:
    """Every place of a value, in the order of the schema; `names`: what the tables of names hold, by their key."""
    if not is_table(node):
        yield path, node
        return
    for name in names.get(path[0], ()) if is_named(node) and len(path) == 1 else node.get("properties", ()):
        below = child(node, name)
        if below is not None:
            yield from leaves(below, names, (*path, name))
