"""Takes a lane's events into the record: what came whole is stored, what was only named is read at its source.

An event counts as applied in the transaction that stores what it brought. One whose source does not answer stays,
and is tried again; it stops neither the others nor the judging of what is there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from adapter.core.errors import Permanent
from adapter.core.references import Key
from adapter.inbound.admitting import Origin, intake_of, is_poison, request_of
from adapter.inbound.catching_up.wanting import WANTED
from adapter.inbound.dialects.classification import classify
from adapter.inbound.dialects.received import Code, Kind
from adapter.inbound.sources import Answer, SourceRefuses
from adapter.store import inbox, marks
from adapter.store.inbox import Event
from adapter.work.applying import DELETE, Applier, Unsound
from adapter.work.asking import Asker, NotNow
from adapter.work.surroundings import Surroundings

BATCH = 500


class NotReadable(Permanent):
    """The event only names a resource, and its server is none that we may ask."""

    code = "not-readable"


@dataclass(frozen=True)
class Taker:
    """Takes events in. `clock` is the worker's."""

    around: Surroundings
    applier: Applier
    clock: Callable[[], datetime]

    def take(self, lane: str, asker: Asker) -> None:
        """All of a lane's events; `asker` says afterwards whether some wait for a source."""
        named: dict[Key, list[int]] = {}
        after, is_last = 0, False
        while not is_last:
            with self.around.store.begin() as tx:
                events = inbox.events_of(tx, lane, BATCH, after)
                lanes = {found for event in events for found in self._taken(tx, event, named)}
                unread = {number for ids in named.values() for number in ids}
                inbox.mark_applied(tx, [event.id for event in events if event.id not in unread])
                self.applier.ask_for_looks(tx, lanes, self.clock(), lane)
            is_last = len(events) < BATCH
            after = events[-1].id if events else after
        for key, ids in sorted(named.items()):
            self._read(lane, key, ids, asker)

    def _taken(self, tx: Connection, event: Event, named: dict[Key, list[int]]) -> set[str]:
        """The lanes of whoever an event concerns; what it only names is put down in `named`."""
        if is_poison(event):
            self._classified_again(tx, event)
            return set()
        key = Key(event.base or self.around.base_of(event.source), event.type or "", event.resource_id or "")
        try:
            if event.body or event.interaction == DELETE:
                return self.applier.apply(tx, key, event)
            if (changed := self.applier.ours.changed(tx, key, event.version)) is not None:
                return changed
            named.setdefault(key, []).append(event.id)
        except Unsound as error:
            inbox.quarantine(tx, [event.id], error.code, self.clock())
            return set(error.lanes)
        return set()

    def _classified_again(self, tx: Connection, event: Event) -> None:
        """A request that nobody understood, and that was asked to be tried again: as if it came now."""
        received, now = classify(request_of(event)), self.clock()
        if received.kind in (Kind.POISON, Kind.MALFORMED):
            inbox.quarantine(tx, [event.id], received.code or Code.NOT_FHIR, now)
            return
        made = intake_of(lambda: tx, self._origin(event.source), received, now)
        inbox.accept(tx, made.events)
        for one, code in made.aside:
            inbox.set_aside(tx, one, code)
        if made.empty or received.kind is Kind.EMPTY:
            marks.write(tx, event.source, WANTED, "empty", now)

    def _origin(self, source: str) -> Origin:
        base = self.around.base_of(source)
        others = frozenset(self.around.bases.values()) - {base}
        return Origin(source, base, others, self.around.client_of(base) is not None)

    def _read(self, lane: str, key: Key, ids: list[int], asker: Asker) -> None:
        code, answer = None, Answer(None)
        if key.type in self.applier.relevance.types:
            if self.around.client_of(key.source) is None or not key.id or key.id.startswith("urn:"):
                code = NotReadable.code
            else:
                try:
                    answer = asker.read(key)
                except NotNow:
                    return
                except SourceRefuses as error:
                    code = error.code
        with self.around.store.begin() as tx:
            code = code or self._stored(tx, lane, key, answer)
            if code:
                inbox.quarantine(tx, ids, code, self.clock())
            else:
                inbox.mark_applied(tx, ids)

    def _stored(self, tx: Connection, lane: str, key: Key, answer: Answer) -> str | None:
        """Why what was read cannot be relied on; None where it can, or where there is nothing."""
        try:
            if answer.gone:
                lanes = self.applier.remove(tx, key, self.clock())
            else:
                lanes = self.applier.store(tx, key, answer.content) if answer.content is not None else set()
        except Unsound as error:
            self.applier.ask_for_looks(tx, error.lanes, self.clock(), lane)
            return error.code
        self.applier.ask_for_looks(tx, lanes, self.clock(), lane)
        return None
