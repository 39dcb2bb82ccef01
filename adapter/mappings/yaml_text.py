"""YAML as packs need it: lines for messages, no duplicate keys, no surprises of YAML 1.1.

Dates stay text, `on` and `no` stay words, and a number with a point is a Decimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from adapter.mappings.problems import BadPack


class _Loader(yaml.SafeLoader):
    """SafeLoader with a resolver table of its own."""


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # absent without libyaml
    """The same, several times faster; its messages are poorer."""


_BOOL, _FLOAT, _TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP and (tag != _BOOL or first in "tTfF")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _decimal(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    try:
        return Decimal(node.value)
    except InvalidOperation as error:
        problem = f"'{node.value}' is read as a number, and is none"
        raise yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark) from error


_Loader.add_constructor(_FLOAT, _decimal)
_FastLoader.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers
_FastLoader.yaml_constructors = _Loader.yaml_constructors


@dataclass(frozen=True)
class Document:
    """A YAML file: its data, and the line of any place in it."""

    file: Path
    data: Any
    root: yaml.Node | None

    def line(self, path: Sequence[str | int]) -> int:
        """The line of the deepest part of a path that exists (1-based; 0 for an empty file)."""
        node, line = self.root, (self.root.start_mark.line + 1 if self.root else 0)
        for step in path:
            node, marked = _child(node, step)
            if node is None:
                break
            line = marked
        return line

    def bad(self, path: Sequence[str | int], what: str, remedy: str) -> BadPack:
        """A BadPack that points at a place of this document."""
        return BadPack(self.file, self.line(path), ".".join(map(str, path)) or "(file)", what, remedy)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    return None, 0


def read_yaml(file: Path) -> Document:
    """Read a YAML file; raises BadPack for a missing file, bad YAML and duplicate keys."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadPack(file, 0, "(file)", "cannot be read", f"create it or fix its rights ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadPack(file, 0, "(file)", f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    try:
        return _read_with(_FastLoader, file, text)
    except yaml.YAMLError:
        return _explained(file, text)


def _read_with(loader_type: type[Any], file: Path, text: str) -> Document:
    loader = loader_type(text)
    root = loader.get_single_node()
    _refuse_duplicates(file, root)
    return Document(file, loader.construct_document(root) if root else None, root)


def _explained(file: Path, text: str) -> Document:
    """Read again with the loader that says what is wrong, in the same words on every machine."""
    try:
        return _read_with(_Loader, file, text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadPack(file, line, "(yaml)", error.problem or "is not YAML", "fix the syntax of that line") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"holds a character that YAML forbids (U+{ord(text[error.position]):04X})"
        raise BadPack(file, line, "(yaml)", what, "remove it") from error


def _refuse_duplicates(file: Path, node: yaml.Node | None, path: tuple[str, ...] = ()) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen and name != "<<":
                where = ".".join((*path, name))
                raise BadPack(file, line, where, f"stands twice (first on line {seen[name]})", "keep one of them")
            seen[name] = line
            _refuse_duplicates(file, value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            _refuse_duplicates(file, value, (*path, str(place)))
