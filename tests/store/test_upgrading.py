"""A database that was in use under an older version of its tables goes on with everything that it held."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from adapter.store.engine import make_engine, migrate, open_store
from adapter.store.inbox import Accepted, NewEvent, accept, event_of, set_aside
from adapter.store.migrations import configuration

AT = datetime(2026, 1, 1, tzinfo=UTC)
POISON = NewEvent("had", "raw:1", "resource:had|Binary/1", AT, "unknown", b"?", content_type="")
VISIT = NewEvent("had", "version:1", "patient:had|p", AT, "update", b"{}", type="Encounter", resource_id="1")
_OLD = """INSERT INTO event (source, dedupe_key, lane, received_at, interaction, body, content_type, state)
          VALUES ('had', :key, 'resource:had|Binary/1', :at, 'unknown', :body, '', 'quarantined')"""


@contextmanager
def _as_of(revision: str, url: str) -> Iterator[sa.Connection]:
    """A database whose tables are those of an older version."""
    drivername = "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
    parsed = sa.make_url(url).set(drivername=drivername)
    if drivername == "sqlite":
        Path(parsed.database or "").parent.mkdir()
    engine = make_engine(parsed)
    with engine.begin() as tx:
        command.upgrade(configuration(tx), revision)
        yield tx
    engine.dispose()


def _partial(tx: sa.Connection) -> set[str]:
    query = "SELECT indexdef FROM pg_indexes WHERE tablename = 'event'"
    if tx.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE tbl_name = 'event' AND type = 'index' AND sql IS NOT NULL"
    return {text.split()[2].strip('"') for text in tx.scalars(sa.text(query)) if " WHERE " in text}


def test_what_was_not_understood_is_still_known_and_no_number_is_given_again(empty_url: str) -> None:
    with _as_of("0004", empty_url) as tx:
        for key in ("raw:1", "raw:2"):
            tx.execute(sa.text(_OLD), {"key": key, "at": AT, "body": b"?"})
        tx.execute(sa.text("DELETE FROM event WHERE dedupe_key = 'raw:2'"))
        before = _partial(tx)
    migrate(empty_url)
    store = open_store(empty_url)
    with store.begin() as tx:
        assert set_aside(tx, POISON, "not-fhir") is Accepted.DUPLICATE
        assert accept(tx, [VISIT, VISIT]) == [Accepted.STORED, Accepted.DUPLICATE]
        kept = event_of(tx, 1)
        assert tx.scalar(sa.text("SELECT max(id) FROM event")) > 2
        assert _partial(tx) == before == {"event_new", "event_quarantined"}
    assert kept is not None
    assert (kept.dedupe_key, kept.type, kept.resource_id, kept.body) == ("raw:1", "", "", b"?")
    store.close()
