"""Loads a pack's modules: its fact dataclasses, its criteria and the `occasions` of its `rules.py`."""

import importlib
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from adapter.core.facts import Fact
from adapter.core.findings import Finding
from adapter.core.looks import Look
from adapter.core.occasions import Occasion, Tally
from adapter.mappings.problems import BadPack


@dataclass(frozen=True)
class Rules:
    """What a pack's modules offer: facts by their name in `facts.yaml`, criteria with bases, and its functions.

    `tallies` count for indicators; `readiness` says whether a person's shared record may be fed. Both are optional.
    """

    file: Path
    facts: Mapping[str, type[Fact]]
    criteria: Mapping[str, tuple[str, ...]]
    occasions: Callable[[Look], Iterable[Occasion]]
    tallies: Callable[[Look], Iterable[Tally]]
    readiness: Callable[[Look], Iterable[Finding]]


def load_rules(folder: Path) -> Rules:
    """Import the modules of a pack's folder; raises BadPack."""
    file = folder / "rules.py"
    package = _package(folder)
    modules = {f.stem: _import(package, f) for f in sorted({file, *folder.glob("*.py")})}
    occasions = getattr(modules["rules"], "occasions", None)
    if not callable(occasions):
        raise BadPack(file, 0, "occasions", "there is no function `occasions(look)`", "yield Occasions from it")
    tallies = getattr(modules["rules"], "tallies", _nothing)
    readiness = getattr(modules["rules"], "readiness", _nothing)
    members = [member for module in modules.values() for member in vars(module).values()]
    types = [m for m in members if isinstance(m, type) and issubclass(m, Fact) and m is not Fact and is_dataclass(m)]
    judges = [m for m in members if callable(m) and not isinstance(m, type) and hasattr(m, "criterion")]
    bases = {j.criterion: j.basis for j in judges}
    return Rules(file, {_name(t): t for t in types}, bases, occasions, tallies, readiness)


def _nothing(_look: Look) -> Iterable[Any]:
    return ()


def _package(folder: Path) -> str:
    """A package of the folder's own, so that its modules import one another and never another pack's."""
    name = "adapter_pack_" + re.sub(r"\W", "_", str(folder.resolve()))
    for known in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[known]
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return name


def _import(package: str, file: Path) -> ModuleType:
    if not file.is_file():
        raise BadPack(file, 0, "(file)", "cannot be read", "create it")
    try:
        return importlib.import_module(f"{package}.{file.stem}")
    except Exception as error:
        place, line = _place(error, file)
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise BadPack(place, line, "(python)", f"{type(error).__name__}: {what}", "fix the module") from error


def _place(error: Exception, file: Path) -> tuple[Path, int]:
    """Where a module of the pack failed: one may import another, and Python may fail below both."""
    if isinstance(error, SyntaxError) and error.filename:
        return Path(error.filename), error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    inside = [(Path(f.filename), f.lineno or 0) for f in frames if Path(f.filename).parent == file.parent]
    return inside[-1] if inside else (file, 0)


def _name(fact_type: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", fact_type.__name__).lower()
