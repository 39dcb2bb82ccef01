"""What the inbox still holds of a resource of which nothing was kept, since no pack read it.

A version that arrives late may be one that a pack reads, although a later one was filed as something else: without
that later one it would count as current.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.fhir.json_text import BadJson, loads
from adapter.inbound.admitting import is_poison
from adapter.store import inbox
from adapter.store.inbox import Event


@dataclass(frozen=True)
class Earlier:
    """`bases`: the base URL of each source by name (a source without one keeps its name). `clock` is the worker's."""

    bases: Mapping[str, str]
    clock: Callable[[], datetime]

    def contents(self, tx: Connection, key: Key, source: str | None) -> Iterator[tuple[Event, Mapping[str, Any]]]:
        """Every content that events of the retention time brought; `source` named the resource just now."""
        for event in inbox.of_resource(tx, self._sources(key, source), key.type, key.id):
            if is_poison(event) or (event.base or self.bases.get(event.source, event.source)) != key.source:
                continue
            try:
                yield event, loads(event.body)
            except BadJson:
                continue

    def is_named(self, tx: Connection, key: Key) -> bool:
        """Whether an event named the resource."""
        return inbox.is_named(tx, self._sources(key, None), key.type, key.id)

    def set_aside(self, tx: Connection, event: Event, code: str) -> None:
        """What it brought cannot be relied on: a person is to look at it."""
        inbox.quarantine(tx, [event.id], code, self.clock())

    def _sources(self, key: Key, source: str | None) -> set[str]:
        return {*self.bases, key.source, *filter(None, [source])}
