"""One look: the person's record is judged by every pack, and what should exist goes into the outbox.

Reading and judging hold no lock; the fence of the claim decides at the end whether the result may be stored.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from adapter.core.decisions import Decision, judge
from adapter.core.desired import Desired, desired_of, doubts_of
from adapter.core.desired.withdrawals import is_withdrawn, withdrawn
from adapter.core.records import Record
from adapter.store import outbox
from adapter.store.people import StoredPerson, read_person
from adapter.work.records import read_record
from adapter.work.surroundings import Surroundings

Wants = dict[outbox.DecisionKey, tuple[Desired, ...]]


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
    around: Surroundings, person: StoredPerson, decisions: Iterable[Decision], record: Record | None, now: datetime
) -> Wants:
    """What should exist, by decision; a doubt about the identity counts as a decision of its own."""
    wants: Wants = {}
    doubts = doubts_of(record.person, around.base, now) if record else ()
    if doubts:
        wants[outbox.DecisionKey(around.target, person.pseudonym, "identity", "doubt", ())] = doubts
    for decision in decisions:
        occasion = decision.occasion
        key = outbox.DecisionKey(around.target, person.pseudonym, decision.pack.id, occasion.kind, occasion.key)
        wants[key] = desired_of(decision)
    return wants


def intend(tx: Connection, person: StoredPerson, wants: Wants, now: datetime) -> int:
    """Put what changed into the outbox, and withdraw what no decision wants any more; how many decisions changed."""
    changed = sum(outbox.intend(tx, key, group, now) for key, group in wants.items() if group or _is_known(tx, key))
    for earlier in outbox.wanted_of_person(tx, person.pseudonym):
        if earlier.key not in wants and not is_withdrawn(earlier.desired):
            changed += outbox.intend(tx, earlier.key, withdrawn(earlier.desired), now)
    return changed


def _is_known(tx: Connection, key: outbox.DecisionKey) -> bool:
    return outbox.wanted(tx, key) is not None
