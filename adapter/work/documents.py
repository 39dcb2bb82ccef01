"""What one look wants of documents for the shared record, and what its Communications may tell of them.

Documents are made outside any transaction. Whatever goes wrong here touches no charge: a document that cannot be made
waits, and what was wanted of it stays as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from adapter.core.decisions import Decision
from adapter.core.handing import Handing, HandOver, HandOvers
from adapter.core.occasions import Outcome
from adapter.core.records import Record
from adapter.core.times import instant_text
from adapter.dmp.documents import oid_of
from adapter.dmp.fhir.elements import unique_id
from adapter.dmp.preparing import Prepared, prepared
from adapter.dmp.telling import told_before, told_of
from adapter.store import handed, outbox
from adapter.store.handed import Status
from adapter.store.outbox import DecisionKey
from adapter.work.looks import Cause, cause_of
from adapter.work.surroundings import DMP, Surroundings
from adapter.work.wishes import Wish, wish_for, withdrawal

_KIND = "document"
_VOID = frozenset({Outcome.CANCELLED, Outcome.ENTERED_IN_ERROR})
_UNKNOWN = "whether it was handed over is not known, and it may not be sent any more [hand-over-unknown]"
_BEFORE = "it was handed over before; whether it stays there is for a person to say [handed-before]"


@dataclass(frozen=True, slots=True)
class Papers:
    """`told`: what Communications may say, by decision. `wishes`: what is wanted, by row of the outbox.

    `void`: decisions that turned out to be none; what was told of them is taken back.
    """

    told: Mapping[Cause, HandOvers] = field(default_factory=dict)
    wishes: Mapping[DecisionKey, Wish] = field(default_factory=dict)
    void: frozenset[Cause] = frozenset()


_Made = tuple[HandOvers, tuple[Prepared, ...]]


def papers_of(around: Surroundings, person: str, decisions: Iterable[Decision], record: Record | None) -> Papers:
    """Make and judge the documents that a look wants for a person (pseudonym); raises StoreUnavailable."""
    with around.store.read() as tx:
        known = handed.of_person(tx, person, DMP)
    told: dict[Cause, HandOvers] = {}
    wishes = {status.key: _taken_back(status) for status in known}
    void = set()
    for decision in decisions:
        cause = cause_of(decision)
        if decision.outcome in _VOID:
            void.add(cause)
            continue
        own = {path: status for status in known if (path := _path(cause, status.key)) is not None}
        made = _made(around, decision, record) if record else None
        told[cause] = _told(made[0] if made else None, own)
        for status in own.values():
            if made:
                wishes[status.key] = ()
            else:
                # What could not be made is left as it was wanted last.
                del wishes[status.key]
        wishes |= _ready(cause, person, made[1] if made else ())
    return Papers(told, wishes, frozenset(void))


def _ready(cause: Cause, person: str, made: Iterable[Prepared]) -> dict[DecisionKey, Wish]:
    """What may leave, whoever may see it."""
    return {
        _key(cause, person, one.draft.shared.path): wish_for(one.draft.document)
        for one in made
        if one.draft.document and one.readiness.is_ready
    }


def intend(tx: Connection, papers: Papers, now: datetime) -> None:
    """Put what is wanted into the outbox; where nothing is, it is for what was wanted before only."""
    for key, wish in papers.wishes.items():
        outbox.intend(tx, key, wish, now)


def _made(around: Surroundings, decision: Decision, record: Record) -> _Made | None:
    """What may be told while nothing is handed over, and the documents; None where that failed for a fault of ours."""
    sharing = around.sharing
    try:
        if not sharing.is_on:
            return told_before(decision, record, sharing), ()
        made = tuple(prepared(decision, record, sharing))
        return told_of(made, decision.pack.base), made
    except Exception as error:
        around.figures.document("broken")
        around.tell(error)
        return None


def _told(before: HandOvers | None, own: Mapping[tuple[str, ...], Status]) -> HandOvers:
    """With what is known of hand-overs."""
    told = dict(before or {})
    for path, status in own.items():
        is_wanted = before is None or path in before
        if (hand_over := _known(told.get(path), status, is_wanted)) is not None:
            told[path] = hand_over
    return told


def _known(before: HandOver | None, status: Status, is_wanted: bool) -> HandOver | None:
    may_leave = is_wanted and (before is None or before.state is not Handing.NOT_DONE)
    mend = before.mend if before else ()
    if status.state == outbox.FAILED and may_leave:
        mend = (*mend, f"it could not be handed over [{status.code}]")
    if status.unique_id and not status.is_withdrawn:
        mend = mend if may_leave else (*mend, _BEFORE)
        at = instant_text(status.at) if status.at else None
        return HandOver(Handing.DONE, _reference(status.unique_id, status.place), mend=mend, at=at)
    if status.is_begun and not may_leave:
        return HandOver(mend=(*mend, _UNKNOWN))
    return replace(before or HandOver(), mend=mend) if is_wanted else None


def _reference(own: str, place: str | None) -> dict[str, Any]:
    """By the unique id, which is the same on every road, and by the address at a server."""
    ours = unique_id(oid_of(own))
    named = {"type": "DocumentReference", "identifier": {name: ours[name] for name in ("system", "value")}}
    return {"reference": place, **named} if place and "://" in place else named


def _taken_back(status: Status) -> Wish:
    return withdrawal(status.set_id) if status.set_id else ()


def _key(cause: Cause, person: str, path: tuple[str, ...]) -> DecisionKey:
    return DecisionKey(DMP, person, cause.pack, cause.kind, (*cause.occasion, _KIND, *path))


def _path(cause: Cause, key: DecisionKey) -> tuple[str, ...] | None:
    """Which document of a decision a row is about; None where it is another's."""
    before, path = key.occasion[: len(cause.occasion) + 1], key.occasion[len(cause.occasion) + 1 :]
    is_own = (key.pack, key.kind, before) == (cause.pack, cause.kind, (*cause.occasion, _KIND))
    return path if is_own else None
