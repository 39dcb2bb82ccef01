"""The outbox: what each decision wants on each target, and whether the target has it.

One row a decision and target, always with what is wanted last: a newer decision takes the place of what was
not sent. So nothing is sent twice in the wrong order, and an outage piles up nothing.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from adapter.core.desired import Desired
from adapter.core.plans import VOLATILE
from adapter.fhir.json_text import dumps, loads
from adapter.store import ledger
from adapter.store.leases import FREE, change, claim_first, claiming, held, state_is
from adapter.store.tables import TEXT, outbox

INTENDED, SENDING, CONFIRMED, FAILED = "intended", "sending", "confirmed", "failed"

_HEARD = "heard-of"
"""In place of what is confirmed, while sending: the target changed something meanwhile, so look there again."""


@dataclass(frozen=True, slots=True)
class DecisionKey:
    """What names a decision: who, by which pack, on which occasion, and the target that is to hold it."""

    target: str
    person: str
    pack: str
    kind: str
    occasion: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """The right to send what a decision wants, until the lease ends; `attempts` counts this one."""

    number: int
    key: DecisionKey
    desired: tuple[Desired, ...]
    digest: str
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a decision wanted last, and how far that came."""

    number: int
    key: DecisionKey
    desired: tuple[Desired, ...]
    state: str
    code: str | None


def intend(tx: Connection, key: DecisionKey, desired: Sequence[Desired], now: datetime) -> bool:
    """Have a target hold what a decision wants; False where it is to be sent already, or there.

    What a dead letter wants stays one until something else is wanted, or a person retries it.
    """
    digest = digest_of(desired)
    row = tx.execute(_by_key(key).with_for_update()).one_or_none()
    if row is not None and row.digest == digest:
        return False
    wanted = {"desired": _text(desired), "digest": digest, "intended_at": now}
    if row is None:
        number = _insert(tx, key, wanted, now)
    else:
        number = row.number
        change(tx, outbox, [number], **wanted, **_reopened(row, digest, now))
    is_there = row is not None and row.confirmed_digest == digest
    owner = ledger.Owner(key.target, key.person, key.pack, number)
    ledger.intend(tx, owner, [(one, digest_of([one])) for one in desired], now, is_there)
    return not is_there


def _insert(tx: Connection, key: DecisionKey, wanted: Mapping[str, object], now: datetime) -> int:
    made = sa.insert(outbox).values(
        target=key.target,
        person=key.person,
        pack=key.pack,
        kind=key.kind,
        occasion=_occasion(key),
        state=INTENDED,
        due_at=now,
        attempts=0,
        fence=0,
        **wanted,
    )
    return int(tx.execute(made.returning(outbox.c.number)).scalar_one())


def _reopened(row: Row[tuple[object, ...]], digest: str, now: datetime) -> dict[str, object]:
    """How a row goes on when it wants something else."""
    if digest == row.confirmed_digest:
        return {"state": CONFIRMED, "code": None, "failed_at": None}
    if row.state == SENDING:
        return {}
    # A target that is down is not asked more often because people are busy.
    due_at = row.due_at if row.state == INTENDED and row.attempts else now
    attempts = row.attempts if row.state == INTENDED else 0
    return {"state": INTENDED, "due_at": due_at, "attempts": attempts, "code": None, "failed_at": None}


_CLAIMING = claiming(
    outbox,
    sa.and_(
        state_is(outbox, INTENDED, SENDING), outbox.c.target.not_in(sa.bindparam("not_to", type_=TEXT, expanding=True))
    ),
    state=SENDING,
    confirmed_digest=None,
)


def claim(tx: Connection, owner: str, now: datetime, seconds: float, not_to: Collection[str] = ()) -> Sending | None:
    """Lease what has been due longest, except to some targets; None where nothing is. Commit before sending.

    From here until a confirmation nobody knows what the target holds, so nothing counts as confirmed.
    """
    row = claim_first(tx, _CLAIMING, (owner, now, seconds), not_to=list(not_to))
    if row is None:
        return None
    return Sending(row.number, key_of(row), _desired(row.desired), row.digest, row.fence, row.attempts)


def renew(tx: Connection, sending: Sending, now: datetime, seconds: float) -> None:
    """Hold on for longer; raises LeaseLost."""
    held(tx, outbox, sending.number, sending.fence, now)
    change(tx, outbox, [sending.number], lease_until=now + timedelta(seconds=seconds))


def still_held(tx: Connection, sending: Sending, now: datetime) -> None:
    """Ask just before sending: a worker that slept must send nothing any more. Raises LeaseLost."""
    held(tx, outbox, sending.number, sending.fence, now)


def hold_if_wanted(tx: Connection, sending: Sending, now: datetime, seconds: float) -> bool:
    """Hold on for longer, unless something else is wanted by now: then the row is due at once, and False is
    returned. Raises LeaseLost.
    """
    row = held(tx, outbox, sending.number, sending.fence, now)
    if row.digest == sending.digest:
        change(tx, outbox, [sending.number], lease_until=now + timedelta(seconds=seconds))
        return True
    change(tx, outbox, [sending.number], state=INTENDED, due_at=now, attempts=0, **FREE)
    return False


def confirm(tx: Connection, sending: Sending, places: Mapping[str, ledger.Place], now: datetime) -> bool:
    """The target has it: `places` says where, by our id. Raises LeaseLost.

    True where that is still what is wanted, and nothing was heard of the target meanwhile; otherwise the row is
    due again.
    """
    row = held(tx, outbox, sending.number, sending.fence, now)
    is_last = bool(row.digest == sending.digest) and row.confirmed_digest != _HEARD
    owner = ledger.Owner(sending.key.target, sending.key.person, sending.key.pack, sending.number)
    sent = {one.id: digest_of([one]) for one in sending.desired}
    ledger.confirm(tx, owner, places, sent, now)
    state = {"state": CONFIRMED} if is_last else {"state": INTENDED, "due_at": now}
    done = {"confirmed_digest": sending.digest, "confirmed_at": now, "attempts": 0, "code": None}
    change(tx, outbox, [sending.number], **state, **done, **FREE)
    if not is_last:
        ledger.intend(tx, owner, [(one, digest_of([one])) for one in _desired(row.desired)], now)
    return is_last


def retry(tx: Connection, sending: Sending, now: datetime, after: datetime, code: str) -> None:
    """Sending failed for now: try again after an instant. Raises LeaseLost."""
    held(tx, outbox, sending.number, sending.fence, now)
    change(tx, outbox, [sending.number], state=INTENDED, due_at=after, code=code, **FREE)


def fail(tx: Connection, sending: Sending, now: datetime, code: str) -> bool:
    """Sending would fail the same way again: a dead letter, unless something else is wanted now. Raises LeaseLost.

    True where it is a dead letter.
    """
    row = held(tx, outbox, sending.number, sending.fence, now)
    is_last = bool(row.digest == sending.digest)
    if is_last:
        change(tx, outbox, [sending.number], state=FAILED, code=code, failed_at=now, **FREE)
    else:
        change(tx, outbox, [sending.number], state=INTENDED, due_at=now, attempts=0, code=code, **FREE)
    return is_last


def look_there_again(tx: Connection, number: int, now: datetime) -> None:
    """A target changed a resource of this decision: what is there is read again, and the difference written.

    A dead letter stays one.
    """
    query = sa.select(outbox.c.state).where(outbox.c.number == number).with_for_update()
    state = tx.scalar(query)
    if state == CONFIRMED:
        change(tx, outbox, [number], state=INTENDED, due_at=now, attempts=0, code=None, confirmed_digest=None)
    elif state == SENDING:
        change(tx, outbox, [number], confirmed_digest=_HEARD)


def wanted_of_person(tx: Connection, pseudonym: str, not_at: str = "") -> list[Wanted]:
    """All that decisions on a person want: an occasion that is no more among them is to be withdrawn.

    What is wanted of the target `not_at` is left out.
    """
    where = (outbox.c.person == pseudonym, outbox.c.target != not_at)
    query = sa.select(outbox).where(*where).order_by(outbox.c.number)
    return [Wanted(r.number, key_of(r), _desired(r.desired), r.state, r.code) for r in tx.execute(query)]


def wanted(tx: Connection, key: DecisionKey) -> Wanted | None:
    """What one decision wants."""
    row = tx.execute(_by_key(key)).one_or_none()
    return Wanted(row.number, key, _desired(row.desired), row.state, row.code) if row else None


def counts(tx: Connection) -> dict[str, int]:
    """How many decisions are in each state."""
    rows = tx.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)).all()
    return dict.fromkeys((INTENDED, SENDING, CONFIRMED, FAILED), 0) | {row[0]: row[1] for row in rows}


def waiting(tx: Connection) -> list[tuple[str, str, int]]:
    """Which targets decisions wait for after a failure: (target, code, how many)."""
    where = (state_is(outbox, INTENDED, SENDING), outbox.c.code.is_not(None))
    query = sa.select(outbox.c.target, outbox.c.code, sa.func.count()).where(*where)
    rows = tx.execute(query.group_by(outbox.c.target, outbox.c.code).order_by(outbox.c.target, outbox.c.code))
    return [(target, code, number) for target, code, number in rows]


def digest_of(desired: Sequence[Desired]) -> str:
    """Tells wishes apart, whatever the order of their keys; when we wrote and what tells of it are no wishes."""
    told = [one for one in desired if one.type != "Provenance"]
    kept = [(one.only_if_written, {n: v for n, v in one.resource.items() if n not in VOLATILE}) for one in told]
    return hashlib.sha256(dumps(_sorted(kept)).encode()).hexdigest()


def _sorted(node: object) -> object:
    if isinstance(node, Mapping):
        return {name: _sorted(node[name]) for name in sorted(node)}
    return [_sorted(child) for child in node] if isinstance(node, list | tuple) else node


def _by_key(key: DecisionKey) -> "sa.Select[tuple[object, ...]]":
    return sa.select(outbox).where(
        outbox.c.person == key.person,
        outbox.c.pack == key.pack,
        outbox.c.kind == key.kind,
        outbox.c.occasion == _occasion(key),
        outbox.c.target == key.target,
    )


def key_of(row: Row[tuple[object, ...]]) -> DecisionKey:
    """The key in a row of the table."""
    return DecisionKey(row.target, row.person, row.pack, row.kind, tuple(json.loads(row.occasion)))


def _occasion(key: DecisionKey) -> str:
    return json.dumps(key.occasion, ensure_ascii=False)


def _text(desired: Sequence[Desired]) -> str:
    return dumps([{"resource": one.resource, "only_if_written": one.only_if_written} for one in desired])


def _desired(text: str) -> tuple[Desired, ...]:
    return tuple(Desired(one["resource"], one["only_if_written"]) for one in loads(text))
