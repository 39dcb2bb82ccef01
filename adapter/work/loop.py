"""The loop of a worker. One tick looks at one lane or writes one decision, and is callable from a test.

Nothing waits inside a transaction, and no result is stored by a worker whose lease ran out.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from adapter.core.errors import AdapterError, Temporary
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.inbound.relevance import Relevance
from adapter.store import audits, dead_letters, work
from adapter.store.contents import contents, contents_of_patient
from adapter.store.engine import StoreUnavailable
from adapter.store.lanes import read_lane
from adapter.store.leases import LeaseLost
from adapter.store.people import StoredPerson, read_person
from adapter.work import auditing, documents, looks
from adapter.work.applying import Applier
from adapter.work.asking import Asker
from adapter.work.earlier import Earlier
from adapter.work.echoes import Ours
from adapter.work.pauses import pause
from adapter.work.records import DEEPEST
from adapter.work.seeking import Seeker
from adapter.work.sending import Sender
from adapter.work.surroundings import Surroundings
from adapter.work.taking import Taker
from adapter.work.unexpected import MOST_ATTEMPTS, Unexpected

IDLE_SECONDS = 0.2

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of a running worker; tests pass their own."""
    return datetime.now(UTC)


class Worker:
    """Looks and writes until it is told to stop; any number may share a store."""

    def __init__(self, around: Surroundings, owner: str, clock: Clock = utc_now) -> None:
        self._around, self._owner, self._clock = around, owner, clock
        ours = Ours(around.targets_at, around.base, clock)
        earlier = Earlier(around.bases, clock)
        applier = Applier(Relevance(around.packs), around.secret, ours, earlier, around.forms)
        self._reads = applier.reads
        self._taker, self._seeker = Taker(around, applier, clock), Seeker(around, applier, clock)
        self._sender = Sender(around, owner, clock)

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
        return self._look() or self._sender.tick()

    def _look(self) -> bool:
        around = self._around
        with around.store.begin() as tx:
            claim = work.claim(tx, self._owner, self._clock(), around.lease_seconds)
        if claim is None:
            return False
        started = time.perf_counter()
        outcome = self._outcome(claim)
        self._account_for_reads(claim)
        around.figures.looked(outcome, time.perf_counter() - started)
        return True

    def _outcome(self, claim: work.Claim) -> str:
        """Look, and say how that went; raises StoreUnavailable."""
        self._reads.clear()
        try:
            self._look_at(claim)
        except LeaseLost:
            return "overtaken"
        except StoreUnavailable:
            raise
        except AdapterError as error:
            return self._put_off(claim, error)
        except Exception as error:
            self._around.tell(error)
            return self._put_off(claim, Unexpected(type(error).__name__))
        return "done"

    def _account_for_reads(self, claim: work.Claim) -> None:
        """One AuditEvent a look, whatever became of it: what was read was read."""
        around, subject = self._around, read_lane(claim.lane)
        if self._reads:
            with around.store.begin() as tx:
                person = read_person(tx, subject) if isinstance(subject, int) else None
                name = person.pseudonym if person else None
                audits.append(tx, auditing.reading(around.base, name, self._reads, self._clock()))

    def _look_at(self, claim: work.Claim) -> None:
        asker, subject = Asker(self._around, self._clock), read_lane(claim.lane)
        self._taker.take(claim.lane, asker)
        if isinstance(subject, int):
            self._judge(claim, subject, asker)
            return
        if self._is_awaited(subject):
            self._seeker.patient(subject, claim.lane, asker)
        with self._around.store.begin() as tx:
            work.finish(tx, claim, self._clock(), asker.again_at)

    def _is_awaited(self, key: Key) -> bool:
        """Whether something names a Patient whom nobody knows."""
        with self._around.store.read() as tx:
            return key.type == "Patient" and not contents(tx, key) and bool(contents_of_patient(tx, key))

    def _judge(self, claim: work.Claim, number: int, asker: Asker) -> None:
        """Judge outside any transaction; the fence decides whether what was found may be stored."""
        around = self._around
        person, record = self._known(claim, number, asker)
        decisions, again = looks.judged(around, record, self._clock()) if record else ([], None)
        asked_before = asker.number
        if person and record:
            self._seeker.missing(person, record, decisions, claim.lane, asker)
        if asker.number != asked_before:
            person, record = self._known(claim, number, asker)
            decisions, again = looks.judged(around, record, self._clock()) if record else ([], None)
        papers = documents.papers_of(around, person.pseudonym, decisions, record) if person else documents.Papers()
        now = self._clock()
        with around.store.begin() as tx:
            if person is not None:
                wants = looks.wants_of(around, decisions, record, now, papers.told)
                looks.intend(tx, around, person, wants, now, papers.void)
                documents.intend(tx, papers, now)
            work.finish(tx, claim, self._clock(), min(filter(None, (again, asker.again_at)), default=None))

    def _known(self, claim: work.Claim, number: int, asker: Asker) -> tuple[StoredPerson | None, Record | None]:
        """The person with the record, once their sources were asked for what it lacks.

        Read again after every question: while it was asked, others may have stored the answer.
        """
        for _ in range(DEEPEST):
            person, record = self._stored(number)
            asked_before = asker.number
            if person is not None and record is not None:
                self._seeker.complete(person, record, claim.lane, asker)
            if asker.number == asked_before:
                return person, record
        return self._stored(number)

    def _stored(self, number: int) -> tuple[StoredPerson | None, Record | None]:
        with self._around.store.read() as tx:
            return looks.read(tx, self._around, number)

    def _put_off(self, claim: work.Claim, error: AdapterError) -> str:
        now = self._clock()
        with self._around.store.begin() as tx:
            try:
                if isinstance(error, Temporary) and claim.attempts < MOST_ATTEMPTS:
                    work.retry(tx, claim, now, now + pause(claim.attempts, error.retry_after), error.code)
                    return "put-off"
                if work.bury(tx, claim, now, error.code):
                    kind = dead_letters.Kind.LOOK.value
                    audits.append(tx, auditing.dying(self._around.base, kind, claim.lane, error.code, None, now))
            except LeaseLost:
                return "overtaken"
        return "failed"
