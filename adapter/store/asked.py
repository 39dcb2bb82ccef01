"""When a source was asked for something, and from when on it may be asked again: no event may hammer a source.

`search`: a person's resources of a type (`id` is the Patient's); `read`: one resource; `type`: a type that the
source refuses to search; `source`: the source itself, which did not answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.store.tables import asked
from adapter.store.upserts import put
from adapter.store.work import bring_forward


class What(StrEnum):
    """What was asked for."""

    SEARCH = "search"
    READ = "read"
    TYPE = "type"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Asked:
    """How often in a row nothing came of it, and from when on it may be asked again."""

    tries: int
    again_at: datetime


def searched(tx: Connection, patient: Key) -> dict[str, Asked]:
    """The types that were searched for a Patient."""
    return _by_type(tx, patient.source, What.SEARCH, patient.id)


def refused_types(tx: Connection, source: str) -> dict[str, Asked]:
    """The types that a source refused to search."""
    return _by_type(tx, source, What.TYPE, "")


def read_before(tx: Connection, key: Key) -> Asked | None:
    """When a resource was read in vain."""
    return _by_type(tx, key.source, What.READ, key.id).get(key.type)


def searched_before(tx: Connection, about: Key) -> Asked | None:
    """When a type was searched for a Patient; `about` holds the type, and the Patient's id."""
    return searched(tx, about).get(about.type)


def refused_before(tx: Connection, about: Key) -> Asked | None:
    """When a type was refused."""
    return refused_types(tx, about.source).get(about.type)


def silent(tx: Connection, source: str) -> Asked | None:
    """Since how many tries a source does not answer; None where it did last."""
    return _by_type(tx, source, What.SOURCE, "").get("")


def note(tx: Connection, what: What, key: Key, one: Asked) -> None:
    """Remember; `key` holds the source, and type and id as far as they matter."""
    of = {"source": key.source, "what": what.value, "type": key.type, "id": key.id}
    put(tx, asked, {**of, "tries": one.tries, "again_at": one.again_at})


def end_silence(tx: Connection, source: str, now: datetime) -> None:
    """The source answers again: whoever waits until it may be asked is due now."""
    silence = silent(tx, source)
    if silence is not None:
        forget(tx, What.SOURCE, Key(source, "", ""))
        bring_forward(tx, silence.again_at, now)


def forget(tx: Connection, what: What, key: Key) -> None:
    """It may be asked again at once."""
    of = {"source": key.source, "what": what.value, "type": key.type, "id": key.id}
    tx.execute(sa.delete(asked).filter_by(**of))


def _by_type(tx: Connection, source: str, what: What, own_id: str) -> dict[str, Asked]:
    where: Mapping[str, str] = {"source": source, "what": what.value, "id": own_id}
    rows = tx.execute(sa.select(asked.c.type, asked.c.tries, asked.c.again_at).filter_by(**where))
    return {row.type: Asked(row.tries, row.again_at) for row in rows}
