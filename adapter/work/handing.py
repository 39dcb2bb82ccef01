"""Hands documents over: step by step towards what is wanted of one, each noted before anything leaves.

What leaves is checked as it leaves. A step whose end is not known is repeated to the byte; the roads take that for
the same document.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from adapter.core.errors import Permanent
from adapter.dmp.codec import of_text, to_text
from adapter.dmp.envelopes import Action, Envelope
from adapter.dmp.faults import Fault, errors
from adapter.dmp.pfi.errors import NotForPfi
from adapter.dmp.preparing import faults_of, sealed
from adapter.dmp.transports.roads import NoVersionBefore, Receipt
from adapter.dmp.transports.xds import NeedsHomologation
from adapter.dmp.versions import Known, Step, away, towards
from adapter.outbound.errors import Refused
from adapter.store import audits, handed, outbox, work
from adapter.store.lanes import person_lane
from adapter.store.people import numbers_of
from adapter.work import auditing
from adapter.work.surroundings import Surroundings
from adapter.work.wishes import document_in, is_withdrawal

MOST_STEPS = 2
"""An earlier step that is repeated, and the one to what is wanted now."""

_ARRIVED_NOT = (NotForPfi, NeedsHomologation, Refused)
"""After these the receiver has nothing of a step, and will never take it; after others it may have it."""


class NoRoad(Permanent):
    """The settings have no road for documents any more."""

    code = "no-target"


class NotSound(Permanent):
    """The checks found an error in what was about to leave; the code is that of the first."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.place}: {fault.message}")
        self.code = fault.code


@dataclass(frozen=True, slots=True)
class Hander:
    """Brings receivers to what rows of the outbox want. `clock` is the worker's."""

    around: Surroundings
    clock: Callable[[], datetime]

    def hand_over(self, sending: outbox.Sending) -> str:
        """How it went: `written`, `unchanged`, `overtaken`. Raises LeaseLost, StoreUnavailable, NotSound, NoRoad,
        NotWritten, and what the road raises.
        """
        outcome = "unchanged"
        for _ in range(MOST_STEPS):
            step = self._next(sending)
            if step is None:
                break
            envelope = self._checked(step)
            if not self._begin(sending, step):
                return "overtaken"
            self._account_for(sending, step, self._sent(sending, envelope))
            outcome = "written"
        with self.around.store.begin() as tx:
            place = handed.read(tx, sending.number).place
            places = {one.id: (place, None) for one in sending.desired if place}
            outbox.confirm(tx, sending, places, self.clock())
        return outcome

    def _next(self, sending: outbox.Sending) -> Step | None:
        with self.around.store.read() as tx:
            there = handed.read(tx, sending.number)
        begun = Step(Action(there.begun_action), of_text(there.begun)) if there.begun and there.begun_action else None
        known = Known(of_text(there.document) if there.document else None, there.is_withdrawn, begun)
        if is_withdrawal(sending.desired):
            return away(known)
        wanted = document_in(sending.desired)
        patches = self.around.road.patches if self.around.road else False
        return towards(wanted, known, patches=patches) if wanted else None

    def _checked(self, step: Step) -> Envelope:
        """What leaves; raises NotSound, NotWritten, NoRoad. What is taken back is as it was."""
        if self.around.road is None:
            raise NoRoad("the settings have no road for documents")
        envelope = sealed(step.document, step.action)
        if step.action is not Action.DELETE and (found := errors(faults_of(envelope, self.around.sharing))):
            raise NotSound(found[0])
        return envelope

    def _begin(self, sending: outbox.Sending, step: Step) -> bool:
        """Note what is about to leave, unless something else is wanted by now."""
        with self.around.store.begin() as tx:
            if not outbox.hold_if_wanted(tx, sending, self.clock(), self.around.lease_seconds):
                return False
            handed.begin(tx, sending.number, sending.desired[0].id, step.action, to_text(step.document))
        return True

    def _sent(self, sending: outbox.Sending, envelope: Envelope) -> Receipt | None:
        """Where it is; None for what was to be taken back and never came there."""
        assert self.around.road is not None  # noqa: S101  # `_checked` saw it
        try:
            return self.around.road.transport.hand_over(envelope)
        except NoVersionBefore:
            if envelope.action is Action.DELETE and self._never_arrived(sending):
                return None
            raise
        except _ARRIVED_NOT:
            with self.around.store.begin() as tx:
                outbox.renew(tx, sending, self.clock(), self.around.lease_seconds)
                handed.forget_begun(tx, sending.number)
            raise

    def _never_arrived(self, sending: outbox.Sending) -> bool:
        with self.around.store.read() as tx:
            there = handed.read(tx, sending.number)
        return there.document is None or there.is_withdrawn

    def _account_for(self, sending: outbox.Sending, step: Step, receipt: Receipt | None) -> None:
        """The person is looked at again: what is told of the document is another thing now."""
        now, document = self.clock(), step.document
        with self.around.store.begin() as tx:
            outbox.renew(tx, sending, now, self.around.lease_seconds)
            if step.action is Action.DELETE:
                handed.withdrawn(tx, sending.number, to_text(document), document.unique_id)
            else:
                place = self._place(receipt) if receipt else ""
                handed.arrived(tx, sending.number, to_text(document), document.unique_id, place, now)
            look_again(tx, sending.key.person, now)
            self.around.figures.document(step.action.value)
            audits.append(tx, auditing.handing(self.around.base, sending.key.person, step, now))

    def _place(self, receipt: Receipt) -> str:
        home = self.around.road.home if self.around.road else ""
        return f"{home}/{receipt.place}" if home else receipt.place


def look_again(tx: Connection, person: str, now: datetime) -> None:
    """Ask for a look at a person, by pseudonym."""
    work.enqueue(tx, map(person_lane, numbers_of(tx, [person]).values()), now)
