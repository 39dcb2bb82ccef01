"""The loop of a worker. One tick looks at one lane or writes one decision, and is callable from a test.

Nothing waits inside a transaction, and no result is stored by a worker whose lease ran out.
"""

import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from adapter.core.errors import AdapterError, Temporary
from adapter.core.references import Key
from adapter.inbound.relevance import Relevance
from adapter.outbound.answers import Stored
from adapter.store import inbox, outbox, work
from adapter.store.contents import contents
from adapter.store.engine import StoreUnavailable
from adapter.store.lanes import read_lane
from adapter.store.leases import LeaseLost
from adapter.work import looks
from adapter.work.applying import DELETE, Applier, Unsound
from adapter.work.fetching import fetch
from adapter.work.records import unknown_context
from adapter.work.surroundings import Surroundings

IDLE_SECONDS = 0.2
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 3600.0
MOST_ATTEMPTS = 12

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of a running worker; tests pass their own."""
    return datetime.now(UTC)


class Worker:
    """Looks and writes until it is told to stop; any number may share a store."""

    def __init__(self, around: Surroundings, owner: str, clock: Clock = utc_now) -> None:
        self._around, self._owner, self._clock = around, owner, clock
        self._applier = Applier(Relevance(around.packs), around.secret)

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set; a store that is out of reach is waited for."""
        while not stop.is_set():
            try:
                busy = self.tick()
            except StoreUnavailable as error:
                stop.wait(error.retry_after or IDLE_SECONDS)
                continue
            if not busy:
                stop.wait(IDLE_SECONDS)

    def tick(self) -> bool:
        """Look at one lane that is due, else write one decision; False where nothing was due."""
        return self._look() or self._send()

    def _look(self) -> bool:
        around = self._around
        with around.store.begin() as tx:
            claim = work.claim(tx, self._owner, self._clock(), around.lease_seconds)
        if claim is None:
            return False
        try:
            self._look_at(claim)
        except LeaseLost:
            return True
        except StoreUnavailable:
            raise
        except AdapterError as error:
            self._put_off(claim, error)
        return True

    def _look_at(self, claim: work.Claim) -> None:
        around, subject = self._around, read_lane(claim.lane)
        unread = self._apply(claim.lane)
        if isinstance(subject, Key):
            fetch(around, self._applier, unread | {subject} if self._is_unknown(subject) else unread, self._clock())
            with around.store.begin() as tx:
                work.finish(tx, claim, self._clock(), None)
            return
        fetch(around, self._applier, unread, self._clock())
        self._judge(claim, subject)

    def _apply(self, lane: str) -> set[Key]:
        """Take the lane's events into the record; answers the resources that events only named."""
        around, now = self._around, self._clock()
        lanes: set[str] = set()
        unread: set[Key] = set()
        with around.store.begin() as tx:
            for event in inbox.events_of(tx, lane):
                base = event.base or around.base_of(event.source)
                key = Key(base, event.type or "", event.resource_id or "")
                if not event.body and event.interaction != DELETE:
                    unread.add(key)
                    inbox.mark_applied(tx, [event.id])
                    continue
                try:
                    lanes |= self._applier.apply(tx, key, event)
                    inbox.mark_applied(tx, [event.id])
                except Unsound as error:
                    inbox.quarantine(tx, [event.id], error.code, now)
            work.enqueue(tx, lanes - {lane}, now)
        return {key for key in unread if key.type and key.id}

    def _is_unknown(self, key: Key) -> bool:
        with self._around.store.read() as tx:
            return not contents(tx, key)

    def _judge(self, claim: work.Claim, number: int) -> None:
        """Judge outside any transaction; the fence decides whether what was found may be stored."""
        around = self._around
        with around.store.read() as tx:
            person, record = looks.read(tx, around, number)
            lacking = unknown_context(tx, record) if record else set()
        if lacking and fetch(around, self._applier, lacking, self._clock()):
            with around.store.read() as tx:
                person, record = looks.read(tx, around, number)
        now = self._clock()
        decisions, again = looks.judged(around, record, now) if record else ([], None)
        with around.store.begin() as tx:
            if person is not None:
                wants = looks.wants_of(around, person, decisions, record, now)
                looks.intend(tx, person, wants, now)
            work.finish(tx, claim, self._clock(), again)

    def _put_off(self, claim: work.Claim, error: AdapterError) -> None:
        now = self._clock()
        with self._around.store.begin() as tx:
            if isinstance(error, Temporary) and claim.attempts < MOST_ATTEMPTS:
                work.retry(tx, claim, now, now + _pause(claim.attempts, error.retry_after), error.code)
            else:
                work.bury(tx, claim, now, error.code)

    def _send(self) -> bool:
        around = self._around
        with around.store.begin() as tx:
            sending = outbox.claim(tx, self._owner, self._clock(), around.lease_seconds)
        if sending is None:
            return False
        try:
            written = around.writers[sending.key.target].write(sending.desired)
        except StoreUnavailable:
            raise
        except (AdapterError, KeyError) as error:
            self._not_sent(sending, error)
            return True
        with around.store.begin() as tx:
            _confirm(tx, sending, written.confirmed.items(), self._clock())
        return True

    def _not_sent(self, sending: outbox.Sending, error: Exception) -> None:
        now, code = self._clock(), getattr(error, "code", "no-target")
        with self._around.store.begin() as tx:
            try:
                if isinstance(error, Temporary):
                    pause = _pause(sending.attempts, error.retry_after)
                    outbox.retry(tx, sending, now, now + pause, code)
                else:
                    outbox.fail(tx, sending, now, code)
            except LeaseLost:
                return


def _confirm(tx: Connection, sending: outbox.Sending, places: Iterable[tuple[str, Stored]], now: datetime) -> None:
    try:
        outbox.confirm(tx, sending, {our_id: (p.reference, p.version) for our_id, p in places}, now)
    except LeaseLost:
        return


def _pause(attempts: int, retry_after: float | None) -> timedelta:
    """Back-off with jitter, so that many that failed together do not come back together."""
    grown = min(FIRST_RETRY_SECONDS * 2 ** max(attempts - 1, 0), LONGEST_RETRY_SECONDS)
    return timedelta(seconds=max(grown * random.uniform(0.5, 1.0), retry_after or 0.0))  # noqa: S311  # no secret
