"""AuditEvents in a chain: each row's hash covers the one before, so that a change or a gap is seen.

A chain cannot show that its end was cut off: keep `head` elsewhere from time to time and compare.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.fhir.json_text import dumps, loads
from adapter.store.engine import serialise_audits
from adapter.store.tables import audit

BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Chain:
    """How long the chain is and its last hash; `broken_at` is the first row that does not fit."""

    length: int
    head: str
    broken_at: int | None = None


def append(tx: Connection, audit_event: Mapping[str, Any]) -> int:
    """Add an AuditEvent; its number. Others who append wait until this transaction ends, so do it last."""
    serialise_audits(tx)
    number, previous = _last(tx)
    body = dumps(audit_event)
    row = {"number": number + 1, "body": body, "previous": previous, "hash": _hash(previous, body)}
    tx.execute(sa.insert(audit).values(**row))
    return number + 1


def head(tx: Connection) -> Chain:
    """The chain's length and last hash, unchecked."""
    return Chain(*_last(tx))


def verify(tx: Connection) -> Chain:
    """Go along the whole chain."""
    previous, length = BEGINNING, 0
    rows = tx.execution_options(yield_per=1000).execute(sa.select(audit).order_by(audit.c.number))
    for row in rows:
        fits = row.number == length + 1 and row.previous == previous and row.hash == _hash(previous, row.body)
        if not fits:
            rows.close()
            return Chain(length, previous, length + 1)
        previous, length = row.hash, row.number
    return Chain(length, previous)


def holds(tx: Connection, head: str) -> bool:
    """Whether a head of an earlier time is still part of the chain."""
    return head == BEGINNING or tx.scalar(sa.select(audit.c.number).where(audit.c.hash == head)) is not None


def read(tx: Connection, after: int = 0, limit: int = 100) -> list[tuple[int, dict[str, Any]]]:
    """AuditEvents with their numbers, oldest first."""
    query = sa.select(audit.c.number, audit.c.body).where(audit.c.number > after).order_by(audit.c.number)
    return [(number, loads(body)) for number, body in tx.execute(query.limit(limit))]


def _last(tx: Connection) -> tuple[int, str]:
    row = tx.execute(sa.select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)).one_or_none()
    return (row.number, row.hash) if row else (0, BEGINNING)


def _hash(previous: str, body: str) -> str:
    return hashlib.sha256(f"{previous}{body}".encode()).hexdigest()
