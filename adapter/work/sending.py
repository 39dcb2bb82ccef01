"""The sending half of a worker: one tick writes what one decision wants to one target.

Nothing waits here: what fails for now is due again later, and a target that fails is left alone for a while.
"""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Connection

from adapter.core.desired import Desired
from adapter.core.desired.frame import urn
from adapter.core.desired.splits import with_logical
from adapter.core.desired.tasks import duplicates_task
from adapter.core.errors import AdapterError, Permanent, Temporary
from adapter.outbound.errors import SeveralMatches
from adapter.outbound.writing import Written
from adapter.store import audits, dead_letters, ledger, outbox
from adapter.store.engine import StoreUnavailable
from adapter.store.leases import LeaseLost
from adapter.work import auditing
from adapter.work.handing import Hander, look_again
from adapter.work.looks import CORRECTION
from adapter.work.pauses import pause
from adapter.work.surroundings import DMP, Surroundings
from adapter.work.unexpected import MOST_ATTEMPTS, Unexpected

LONGEST_PAUSE = 900.0
"""Seconds that a decision waits at most by our own choice, however often it failed."""


class NoTarget(Permanent):
    """The settings have no such target any more."""

    code = "no-target"


class Sender:
    """Writes decisions that are due; any number may share a store."""

    def __init__(self, around: Surroundings, owner: str, clock: Callable[[], datetime]) -> None:
        self._around, self._owner, self._clock = around, owner, clock
        self._hander = Hander(around, clock)

    def tick(self) -> bool:
        """Write one decision; False where none is due."""
        circuits = self._around.circuits
        left_alone, tried = circuits.ask(self._clock())
        try:
            sending = self._claim(left_alone)
            if sending is None:
                return False
            circuits.release(tried - {sending.key.target})
            self._send(sending)
            return True
        finally:
            circuits.release(tried)

    def _claim(self, left_alone: frozenset[str]) -> outbox.Sending | None:
        with self._around.store.begin() as tx:
            return outbox.claim(tx, self._owner, self._clock(), self._around.lease_seconds, left_alone)

    def _send(self, sending: outbox.Sending) -> None:
        started = time.perf_counter()
        try:
            outcome = self._outcome(sending)
        except StoreUnavailable:
            raise
        except Exception as error:
            self._around.tell(error)
            outcome = self._not_sent(sending, Unexpected(type(error).__name__))
        self._around.figures.wrote(sending.key.target, outcome, time.perf_counter() - started)

    def _outcome(self, sending: outbox.Sending) -> str:
        """Write, and say how that went; raises StoreUnavailable."""
        circuits, target = self._around.circuits, sending.key.target
        if target == DMP:
            return self._handed_over(sending)
        writer = self._around.writers.get(target)
        if writer is None:
            return self._not_sent(sending, NoTarget("the settings have no such target"))
        try:
            confirmed = self._confirmed(sending) if sending.attempts > 1 else None
            written = writer.write(sending.desired, confirmed, lambda: self._check(sending))
        except LeaseLost:
            return self._overtaken(sending)
        except StoreUnavailable:
            raise
        except AdapterError as error:
            circuits.failed(target, error, self._clock())
            return self._not_sent(sending, error)
        circuits.succeeded(target)
        return self._sent(sending, written)

    def _handed_over(self, sending: outbox.Sending) -> str:
        """The same for a document, which has a road of its own."""
        circuits = self._around.circuits
        try:
            outcome = self._hander.hand_over(sending)
        except LeaseLost:
            return "overtaken"
        except StoreUnavailable:
            raise
        except AdapterError as error:
            circuits.failed(DMP, error, self._clock())
            return self._not_sent(sending, error)
        circuits.succeeded(DMP)
        return outcome

    def _check(self, sending: outbox.Sending) -> None:
        with self._around.store.begin() as tx:
            outbox.still_held(tx, sending, self._clock())

    def _overtaken(self, sending: outbox.Sending) -> str:
        """Somebody else writes this decision: whatever of ours came late, what is there is read again."""
        with self._around.store.begin() as tx:
            outbox.look_there_again(tx, sending.number, self._clock())
        return "overtaken"

    def _confirmed(self, sending: outbox.Sending) -> dict[str, str | None]:
        """The versions that the target confirmed, before a write that was cut off."""
        with self._around.store.read() as tx:
            lines = ledger.lines_of_decision(tx, sending.number)
        return {line.our_id: line.version for line in lines if line.reference is not None}

    def _sent(self, sending: outbox.Sending, written: Written) -> str:
        now, places = self._clock(), written.confirmed
        with self._around.store.begin() as tx:
            try:
                outbox.confirm(tx, sending, {our_id: (p.reference, p.version) for our_id, p in places.items()}, now)
            except LeaseLost:
                outbox.look_there_again(tx, sending.number, now)
                return "overtaken"
            for task in written.for_elsewhere:
                self._ask_a_person(tx, sending, task, now)
            # What an earlier try wrote without an answer is accounted for now.
            if written.changes or sending.attempts > 1:
                self._audit(tx, sending, written, now)
        return "written" if written.changes else "unchanged"

    def _audit(self, tx: Connection, sending: outbox.Sending, written: Written, now: datetime) -> None:
        home = self._around.homes.get(sending.key.target, "")
        audits.append(tx, auditing.writing(self._around.base, home, sending.key.person, written.confirmed, now))

    def _ask_a_person(self, tx: Connection, sending: outbox.Sending, task: Desired, now: datetime) -> None:
        """A question about what is on this target, to the target that takes questions."""
        key, elsewhere = sending.key, {urn(one.id): one for one in sending.desired}
        place = outbox.DecisionKey(self._around.target_of("Task"), key.person, key.pack, CORRECTION, (task.id,))
        outbox.intend(tx, place, [Desired(with_logical(task.resource, elsewhere))], now)

    def _ask_about_duplicates(
        self, tx: Connection, sending: outbox.Sending, error: AdapterError, now: datetime
    ) -> None:
        our_id = error.our_id if isinstance(error, SeveralMatches) else None
        for one in sending.desired:
            if one.id == our_id:
                task = duplicates_task(one.resource, self._around.base, now)
                self._ask_a_person(tx, sending, Desired(task), now)

    def _not_sent(self, sending: outbox.Sending, error: AdapterError) -> str:
        now = self._clock()
        with self._around.store.begin() as tx:
            try:
                if isinstance(error, Temporary) and not _is_hopeless(error, sending):
                    after = now + pause(sending.attempts, error.retry_after, LONGEST_PAUSE)
                    outbox.retry(tx, sending, now, after, error.code)
                    return "put-off"
                if outbox.fail(tx, sending, now, error.code):
                    self._ask_about_duplicates(tx, sending, error, now)
                    if sending.key.target == DMP:
                        self._around.figures.document("failed")
                        look_again(tx, sending.key.person, now)
                    self._audit_death(tx, sending, error.code, now)
            except LeaseLost:
                outbox.look_there_again(tx, sending.number, now)
                return "overtaken"
        return "failed"

    def _audit_death(self, tx: Connection, sending: outbox.Sending, code: str, now: datetime) -> None:
        kind, name = dead_letters.Kind.WRITE.value, str(sending.number)
        audits.append(tx, auditing.dying(self._around.base, kind, name, code, sending.key.person, now))


def _is_hopeless(error: AdapterError, sending: outbox.Sending) -> bool:
    """A target that is down comes back; a bug of ours mostly does not go away."""
    return isinstance(error, Unexpected) and sending.attempts >= MOST_ATTEMPTS
