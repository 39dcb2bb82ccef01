"""From what is given to a Settings, with every check; and the same again as lines that a person can read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapter.settings.dmp import dmp_of
from adapter.settings.given import Given, everything
from adapter.settings.model import EMBEDDED, Settings, TargetSettings
from adapter.settings.parts import Part, source_of, target_of
from adapter.settings.problems import BadSettings, unknown
from adapter.settings.schema import Node, Place, child, root
from adapter.settings.values import checked

_NAMED = frozenset({"sources", "targets", "packs", "dmp"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and what was given for them by its place."""

    settings: Settings
    given: Mapping[Place, Given]


def load_settings(
    file: Path | None = None, environment: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Settings:
    """Settings of flags, of `ADAPTER_*`, and of a file (default: `adapter.toml` here, if it exists).

    `flags` are settings by name, of which None says nothing. Raises BadSettings.
    """
    return load_with_origins(file, environment, flags).settings


def load_with_origins(
    file: Path | None = None, environment: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Loaded:
    """As `load_settings`, and where each value comes from."""
    given = everything(file, environment, flags or {})
    values = {path: checked(one, _node(path)) for path, one in given.items()}
    top = {path[0]: value for path, value in values.items() if path[0] not in _NAMED}
    proxied = bool(top.get("trusted_proxies"))
    settings = Settings(
        **top,
        sources={part.name.partition(".")[2]: source_of(part, proxied) for part in _parts("sources", values, given)},
        targets=_targets(list(_parts("targets", values, given))),
        dmp=dmp_of(_table("dmp", values, given)),
        packs=_nested({path[1:]: value for path, value in values.items() if path[0] == "packs"}),
    )
    _check_database(settings, given)
    _check_packs(settings, given)
    return Loaded(settings, given)


def _node(path: Place) -> Node:
    node = root()
    for name in path:
        node = child(node, name) or {}
    return node


def _parts(table: str, values: Mapping[Place, Any], given: Mapping[Place, Given]) -> Iterator[Part]:
    """What a table holds, by the names that the site chose."""
    of_table = {path[1:]: value for path, value in values.items() if path[0] == table}
    for name, nested in _nested(of_table).items():
        origins = {".".join(p[2:]): one.origin for p, one in given.items() if p[:2] == (table, name)}
        yield Part(f"{table}.{name}", nested, origins)


def _table(name: str, values: Mapping[Place, Any], given: Mapping[Place, Given]) -> Part:
    """A table whose keys are the adapter's own."""
    of_table = {path[1:]: value for path, value in values.items() if path[0] == name}
    return Part(name, _nested(of_table), {".".join(p[1:]): one.origin for p, one in given.items() if p[0] == name})


def _nested(values: Mapping[Place, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in values.items():
        below = tree
        for name in path[:-1]:
            below = below.setdefault(name, {})
        below[path[-1]] = value
    return tree


def _targets(parts: list[Part]) -> dict[str, TargetSettings]:
    """Every kind of resource has exactly one target; what nobody takes stays in our own database."""
    targets: dict[str, TargetSettings] = {}
    taken: dict[str, str] = {}
    for part in parts:
        target = target_of(part)
        targets[part.name.partition(".")[2]] = target
        for kind in target.kinds or ("the rest",):
            if kind in taken:
                raise part.bad("kinds", f"{kind} goes to {taken[kind]} already; let one target take it")
            taken[kind] = part.name
    if "the rest" not in taken:
        targets.setdefault(EMBEDDED, TargetSettings())
    return targets


def _check_database(settings: Settings, given: Mapping[Place, Given]) -> None:
    if settings.database_password is not None and not (settings.database or "").startswith("postgres"):
        origin = given["database_password",].origin
        raise BadSettings(f"{origin}: has no use without a PostgreSQL database; give database, or remove it")


def _check_packs(settings: Settings, given: Mapping[Place, Given]) -> None:
    """Settings of a pack that is not there would be silently without effect."""
    known = sorted(file.parent.name for file in settings.packs_folder.glob("*/pack.yaml"))
    for path, one in given.items():
        if path[0] == "packs" and path[1] not in known:
            raise unknown(one.origin, path[1], known)
