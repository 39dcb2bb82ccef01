"""What was handed over of each document for the shared record, beside the outbox's row that wants it.

A step is noted before anything leaves, with the whole document, so that it can be repeated to the byte after an
answer that was lost; its end is noted in the transaction that accounts for it.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.store.leases import change
from adapter.store.outbox import DecisionKey, key_of
from adapter.store.tables import handed, outbox
from adapter.store.upserts import insert_into


@dataclass(frozen=True, slots=True)
class Handed:
    """Texts of documents: the last version that arrived (None: none did), and the step that was begun, if any."""

    document: str | None = None
    is_withdrawn: bool = False
    place: str | None = None
    begun_action: str | None = None
    begun: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How far a wish for a document is. `code` says why it waits or died; `unique_id` and `place` (of the receiver)
    are those of the last version that arrived, `at` that instant; `is_begun`: the end of a step is not known.
    """

    key: DecisionKey
    state: str
    code: str | None
    set_id: str | None
    unique_id: str | None
    is_withdrawn: bool
    place: str | None
    at: datetime | None
    is_begun: bool


def read(tx: Connection, decision: int) -> Handed:
    """What is known of the document that a row of the outbox wants."""
    names = Handed.__dataclass_fields__
    row = tx.execute(sa.select(*(handed.c[n] for n in names)).where(handed.c.decision == decision)).one_or_none()
    return Handed(**row._mapping) if row else Handed()


def of_person(tx: Connection, pseudonym: str, target: str) -> list[Status]:
    """All documents of a person that a target was ever to have; none of their contents."""
    names = ("set_id", "unique_id", "place", "at")
    kept = [*(handed.c[n] for n in names), handed.c.is_withdrawn, handed.c.begun_action]
    own = [outbox.c[n] for n in ("target", "person", "pack", "kind", "occasion", "state", "code")]
    joined = outbox.outerjoin(handed, handed.c.decision == outbox.c.number)
    query = sa.select(*own, *kept).select_from(joined).where(outbox.c.person == pseudonym, outbox.c.target == target)
    return [
        Status(
            key_of(row),
            row.state,
            row.code,
            row.set_id,
            row.unique_id,
            bool(row.is_withdrawn),
            row.place,
            row.at,
            row.begun_action is not None,
        )
        for row in tx.execute(query.order_by(outbox.c.number))
    ]


def begin(tx: Connection, decision: int, set_id: str, action: str, document: str) -> None:
    """Something is about to leave."""
    begun = {"begun_action": action, "begun": document}
    made = insert_into(tx.dialect.name, handed).values(decision=decision, set_id=set_id, is_withdrawn=False, **begun)
    tx.execute(made.on_conflict_do_update(index_elements=["decision"], set_=begun))


def forget_begun(tx: Connection, decision: int) -> None:
    """What was begun did not arrive, and never will."""
    change(tx, handed, [decision], begun_action=None, begun=None)


def arrived(tx: Connection, decision: int, document: str, unique_id: str, place: str, at: datetime) -> None:
    """What was begun is there. A version keeps the instant at which it came there first."""
    row = tx.execute(sa.select(handed.c.unique_id, handed.c.at).where(handed.c.decision == decision)).one()
    since = row.at if row.unique_id == unique_id else at
    there = {"document": document, "unique_id": unique_id, "place": place, "at": since, "is_withdrawn": False}
    change(tx, handed, [decision], begun_action=None, begun=None, **there)


def withdrawn(tx: Connection, decision: int, document: str, unique_id: str) -> None:
    """What was there is taken back, or never came there."""
    gone = {"document": document, "unique_id": unique_id, "is_withdrawn": True}
    change(tx, handed, [decision], begun_action=None, begun=None, **gone)


def counts(tx: Connection) -> dict[str, int]:
    """How many documents are at their receivers (`handed`), taken back (`withdrawn`), or not known (`begun`)."""
    state = sa.case(
        (handed.c.begun_action.is_not(None), "begun"), (handed.c.is_withdrawn, "withdrawn"), else_="handed"
    ).label("state")
    there = sa.or_(handed.c.unique_id.is_not(None), handed.c.begun_action.is_not(None))
    rows = tx.execute(sa.select(state, sa.func.count()).where(there).group_by(state)).all()
    return {"handed": 0, "withdrawn": 0, "begun": 0} | {row[0]: row[1] for row in rows}
