"""One look: the person's record is judged by every pack, and what should exist goes into the outbox.

Reading and judging hold no lock; the fence of the claim decides at the end whether the result may be stored.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from adapter.core.decisions import Decision, judge
from adapter.core.desired import Desired, desired_of, doubts_of, split
from adapter.core.desired.withdrawals import left_over, naming_successors, withdrawn
from adapter.core.handing import NOTHING_KNOWN, HandOvers
from adapter.core.records import Record
from adapter.store import outbox
from adapter.store.outbox import DecisionKey
from adapter.store.people import StoredPerson, read_person
from adapter.work.records import read_record
from adapter.work.surroundings import DMP, Surroundings

CORRECTION = "correction"
"""The kind of a row for a Task to correct a billed charge by hand: it stays until a person ends it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What names a decision, wherever it is written; a doubt about the identity counts as one of its own."""

    pack: str
    kind: str
    occasion: tuple[str, ...]

    def at(self, target: str, person: str) -> DecisionKey:
        """Its row of the outbox."""
        return DecisionKey(target, person, self.pack, self.kind, self.occasion)


def cause_of(decision: Decision) -> Cause:
    """The name of a decision."""
    return Cause(decision.pack.id, decision.occasion.kind, decision.occasion.key)


Wants = Mapping[Cause, tuple[Desired, ...]]


def read(tx: Connection, around: Surroundings, number: int) -> tuple[StoredPerson | None, Record | None]:
    """A person by number, with their Record."""
    person = read_person(tx, number)
    return person, read_record(tx, person, around.secret) if person else None


def judged(around: Surroundings, record: Record, now: datetime) -> tuple[list[Decision], datetime | None]:
    """Every decision on a record, and when to look again although nothing happens."""
    judgements = [judge(pack, record, now) for pack in around.packs]
    again = [j.look_again_at for j in judgements if j.look_again_at is not None]
    return [d for j in judgements for d in j.decisions], min(again, default=None)


def wants_of(
    around: Surroundings,
    decisions: Iterable[Decision],
    record: Record | None,
    now: datetime,
    told: Mapping[Cause, HandOvers],
) -> Wants:
    """What should exist, by what wants it; `told` is what became of documents for the shared record."""
    doubts = doubts_of(record.person, around.base, now) if record else ()
    wants = {Cause("identity", "doubt", ()): doubts} if doubts else {}
    for decision in decisions:
        cause = cause_of(decision)
        wants[cause] = desired_of(decision, told.get(cause, NOTHING_KNOWN))
    return wants


def intend(
    tx: Connection,
    around: Surroundings,
    person: StoredPerson,
    wants: Wants,
    now: datetime,
    void: Collection[Cause] = (),
) -> int:
    """Put what changed into the outbox, by target, and withdraw what nothing wants any more; how many rows changed.

    What was told of a decision that is `void` is taken back, too. Documents for the shared record are apart.
    """
    pseudonym = person.pseudonym
    known = outbox.wanted_of_person(tx, pseudonym, not_at=DMP)
    earlier = {one.key: one.desired for one in known if one.key.kind != CORRECTION}
    shares = {
        cause.at(target, pseudonym): share
        for cause, group in wants.items()
        for target, share in split(group, around.target_of).items()
    }
    changed = 0
    for key in {**earlier, **shares}:
        before, cause = earlier.get(key, ()), Cause(key.pack, key.kind, key.occasion)
        if cause in wants:
            share = shares.get(key, ())
            standing = around.types_of(key.target) - ({"Communication"} if cause in void else set())
            wanted = (*share, *left_over(before, share, standing))
        else:
            of_pack = [one for other, group in wants.items() if other.pack == key.pack for one in group]
            wanted = naming_successors(withdrawn(before), of_pack)
        changed += outbox.intend(tx, key, wanted, now)
    return changed
