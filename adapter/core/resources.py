"""One resource as we hold it, and which of several contents of it is current.

Versions order by `meta.versionId` and `meta.lastUpdated`, never by arrival: senders repeat, delay and
reorder (R4 http, versioning; no sender guarantees order).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapter.core.references import Key
from adapter.core.times import BadTime, read_instant

_NO_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource's content under its key; `digest` tells equal contents apart from different ones.

    A deletion is a Resource whose content is empty.
    """

    key: Key
    content: Mapping[str, Any]
    digest: str = ""
    deleted_at: str | None = None

    @property
    def version(self) -> str | None:
        """`meta.versionId` as sent."""
        version = self.content.get("meta", {}).get("versionId")
        return version if isinstance(version, str) else None

    @property
    def reference(self) -> str:
        """The version-specific reference where a version is known."""
        version = self.version
        return (
            f"{self.key.text}/_history/{version}" if version and not self.key.id.startswith("urn:") else self.key.text
        )


@dataclass(frozen=True, slots=True)
class Current:
    """The content in force, and the contents that nothing orders against it (empty, as a rule)."""

    resource: Resource
    rivals: tuple[Resource, ...] = ()


def current(contents: Iterable[Resource]) -> Current:
    """Pick the newest of all contents of one resource; contents that no version orders become rivals.

    The choice between rivals is by digest, so that it does not depend on arrival.
    """
    by_name = {(c.digest, c.deleted_at or ""): c for c in contents}
    distinct = [by_name[name] for name in sorted(by_name)]
    newest = [c for c in distinct if not any(replaced(other, c) for other in distinct)] or distinct
    return Current(newest[0], tuple(newest[1:]))


def replaced(one: Resource, other: Resource) -> bool:
    """Whether `one` surely replaced `other`; version numbers come before clocks, which drift."""
    mine, yours = one.version, other.version
    if mine and yours and mine != yours and mine.isdigit() and yours.isdigit():
        return int(mine) > int(yours)
    ours, theirs = _updated(one), _updated(other)
    return _NO_TIME not in (ours, theirs) and ours > theirs


def _updated(resource: Resource) -> datetime:
    text = resource.deleted_at or resource.content.get("meta", {}).get("lastUpdated")
    try:
        return read_instant(text) if text else _NO_TIME
    except BadTime:
        return _NO_TIME
