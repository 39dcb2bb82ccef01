"""The settings as a person may see them: each with its origin, nothing secret, and what gives reason to worry."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapter.settings.given import Given
from adapter.settings.load import Loaded
from adapter.settings.model import PUBLIC_KEY, Settings
from adapter.settings.parts import is_loopback
from adapter.settings.schema import Node, is_secret, leaves, root

MASK = "***"


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting: its dotted key, its value (a secret masked), and where it comes from."""

    key: str
    value: str
    origin: str


def shown(loaded: Loaded) -> Iterator[Shown]:
    """Every setting that has a value, in the order of docs/settings.md."""
    settings = loaded.settings
    names = {"sources": [*settings.sources], "targets": [*settings.targets]}
    for path, node in leaves(root(), names):
        given = loaded.given.get(path)
        if given:
            yield Shown(".".join(path), _told(node, given.value), _origin(given, ".".join(path)))
        elif (value := _default(settings, path, node)) is not None:
            yield Shown(".".join(path), _told(node, value), "default")
    for path, given in loaded.given.items():
        if path[0] == "packs":
            yield Shown(".".join(path), _told({}, given.value), _origin(given, ".".join(path)))


def worries(settings: Settings) -> Iterator[str]:
    """What is allowed, and yet should not be so where real people are concerned."""
    if settings.pseudonym_key == PUBLIC_KEY:
        yield "pseudonym_key: the public default key; set one of yours"
    for name, source in settings.sources.items():
        if not source.notifications.configured:
            is_open = source.notifications.allow_unauthenticated
            what = "anybody may notify" if is_open else "every notification is refused: nothing to show is configured"
            yield f"sources.{name}.notifications: {what}"
        if source.base_url is None:
            yield f"sources.{name}.base_url: none, so nothing can be read from it: resources must be sent whole"
    if settings.dmp.road == "xds":
        yield "dmp.road: xds is not open (certificates, homologation): every document is refused; use file or fhir"
    for name, part in (
        *_prefixed("sources", settings.sources),
        *_prefixed("targets", settings.targets),
        ("dmp", settings.dmp),
    ):
        if part.insecure and part.access and not is_loopback(part.access.base_url):
            yield f"{name}.insecure: http:// is allowed: what we send can be read on the way"


def _prefixed(table: str, parts: Any) -> list[tuple[str, Any]]:
    return [(f"{table}.{name}", part) for name, part in parts.items()]


def _origin(given: Given, key: str) -> str:
    """Environment and flag name themselves; a file is named once, not with every key."""
    return f"file: {given.origin.removesuffix(f': {key}')}" if given.by == "file" else given.origin


def _default(settings: Settings, path: tuple[str, ...], node: Node) -> Any:
    if path == ("database",):
        return settings.database_url
    if path[0] == "targets" and path[-1] == "base_url":
        return settings.targets[path[1]].base_url
    return getattr(settings, path[0]) if len(path) == 1 else node.get("default")


def _told(node: Node, value: Any) -> str:
    if is_secret(node):
        return ", ".join([MASK] * len(value)) if isinstance(value, list) else MASK
    if node.get("format") == "database":
        return _without_password(str(value))
    return str(value) if isinstance(value, str | Path) else json.dumps(value, ensure_ascii=False, default=str)


def _without_password(url: str) -> str:
    """A password stands before the last `@`, or somewhere in the query."""
    url = re.sub(r"^([^:/]+://[^:/@]*):.*@", rf"\1:{MASK}@", url)
    return re.sub(r"\?.*$", f"?{MASK}", url)
