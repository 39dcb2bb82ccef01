"""The ledger: of each resource of ours, what we intend and what a target confirmed.

Intended before anything is sent, confirmed with the target's own id and version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.desired import Desired
from adapter.store.tables import given, ledger
from adapter.store.upserts import add_all, insert_into

INTENDED = "intended"
CONFIRMED = "confirmed"

Place = tuple[str | None, str | None]
"""Where a target keeps a resource (`Type/id`), and in which version, as far as it says so."""


@dataclass(frozen=True, slots=True)
class Line:
    """One resource of ours; `digest` is of what was wanted last, `decision` the outbox's number of who wants it."""

    target: str
    our_id: str
    type: str
    state: str
    person: str
    pack: str
    digest: str
    decision: int
    reference: str | None
    version: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """What a line belongs to."""

    target: str
    person: str
    pack: str
    decision: int


def intend(
    tx: Connection, owner: Owner, wanted: Iterable[tuple[Desired, str]], at: datetime, is_there: bool = False
) -> None:
    """Note what is about to be written, with digests; where it is already, it keeps its place.

    What only corrects an earlier write is no new intention. `is_there`: the target has it, nothing will be sent.
    """
    state = CONFIRMED if is_there else INTENDED
    for desired, digest in wanted:
        values = _values(owner, desired.id, desired.type, digest, at)
        changed = {"state": state, "digest": digest, "at": at, "decision": owner.decision}
        if desired.only_if_written:
            tx.execute(sa.update(ledger).where(_is(owner.target, desired.id)).values(**changed))
        else:
            made = insert_into(tx.dialect.name, ledger).values(state=state, **values)
            tx.execute(made.on_conflict_do_update(index_elements=["target", "our_id"], set_=changed))


def confirm(
    tx: Connection, owner: Owner, places: Mapping[str, Place], digests: Mapping[str, str], at: datetime
) -> None:
    """Note what a target confirmed, by our id; a Task of the writer's own making gets its line here."""
    for our_id, (reference, version) in places.items():
        type_name = (reference or "").partition("/")[0]
        values = _values(owner, our_id, type_name, digests.get(our_id, ""), at)
        place = {"state": CONFIRMED, "reference": reference, "version": version, "at": at}
        made = insert_into(tx.dialect.name, ledger).values(**{**values, **place})
        tx.execute(made.on_conflict_do_update(index_elements=["target", "our_id"], set_=place))
    rows = [{"target": owner.target, "reference": r, "version": v} for r, v in places.values() if r and v]
    add_all(tx, given, rows)


def is_echo(tx: Connection, target: str, type_name: str, id_: str, version: str | None) -> bool:
    """Whether a target only tells us of a version that it gave us; any other version is news."""
    where = (given.c.target == target, given.c.reference == f"{type_name}/{id_}", given.c.version == version)
    return tx.execute(sa.select(given.c.version).where(*where)).one_or_none() is not None


def line_at(tx: Connection, target: str, type_name: str, id_: str) -> Line | None:
    """Our line for a resource of a target; None where it is none of ours."""
    where = (ledger.c.target == target, ledger.c.reference == f"{type_name}/{id_}")
    return next(iter(_select(tx, *where)), None)


def line_of(tx: Connection, target: str, our_id: str) -> Line | None:
    """The line of a resource by our id."""
    return next(iter(_select(tx, _is(target, our_id))), None)


def charges_beginning(tx: Connection, beginning: str) -> dict[str, set[str]]:
    """Our ids of ChargeItems that begin so, by the pseudonym of their person."""
    where = (ledger.c.type == "ChargeItem", ledger.c.our_id.startswith(beginning, autoescape=True))
    found: dict[str, set[str]] = {}
    for line in _select(tx, *where):
        found.setdefault(line.person, set()).add(line.our_id)
    return found


def lines_of_decision(tx: Connection, decision: int) -> list[Line]:
    """All that one decision wrote or is about to write."""
    return _select(tx, ledger.c.decision == decision)


def lines_of_person(tx: Connection, pseudonym: str) -> list[Line]:
    """All that was ever intended for a person, so that what nothing wants any more can be withdrawn."""
    return _select(tx, ledger.c.person == pseudonym)


def _values(owner: Owner, our_id: str, type_name: str, digest: str, at: datetime) -> dict[str, object]:
    return {
        "target": owner.target,
        "our_id": our_id,
        "type": type_name,
        "person": owner.person,
        "pack": owner.pack,
        "digest": digest,
        "decision": owner.decision,
        "at": at,
    }


def _is(target: str, our_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(ledger.c.target == target, ledger.c.our_id == our_id)


def _select(tx: Connection, *where: sa.ColumnElement[bool]) -> list[Line]:
    names = Line.__dataclass_fields__
    query = sa.select(*(ledger.c[name] for name in names)).where(*where)
    return [Line(**row._mapping) for row in tx.execute(query.order_by(ledger.c.target, ledger.c.our_id))]
