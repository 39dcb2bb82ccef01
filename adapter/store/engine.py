"""Opens the durable store: SQLite (WAL, every commit on disk) by default, PostgreSQL by its URL.

On SQLite one transaction writes at a time. Threads of one process queue for a lock, because SQLite's own
waiting is a poll that starves whoever came first; processes wait for each other by `busy_timeout`.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from adapter.core.errors import Permanent, Temporary
from adapter.store.tables import SCHEMA

BUSY_SECONDS = 10
RETRY_AFTER = 5.0

_IDENTITY, _AUDIT, _SCHEMA = 1, 2, 3


class StoreUnavailable(Temporary):
    """The database took nothing: full, locked, or out of reach. Nothing is half-written."""

    code = "store-unavailable"


class Store:
    """An open database; `close` it. Every change goes through `begin`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writing = threading.Lock()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that may write; commits at the end, or takes everything back on an exception.

        Keep it short, with no other I/O inside and never one within another. Raises StoreUnavailable.
        """
        with ExitStack() as stack:
            if self.is_sqlite:
                stack.enter_context(self._alone())
            stack.enter_context(_translated())
            yield stack.enter_context(self.engine.begin())

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, and on SQLite waits for no writer. Raises StoreUnavailable."""
        with _translated(), self.engine.connect().execution_options(reads=True) as tx, tx.begin():
            yield tx

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise StoreUnavailable("another thread of this process holds the database", RETRY_AFTER)
        try:
            yield
        finally:
            self._writing.release()


def open_store(url: str, max_pages: int | None = None) -> Store:
    """The store at a URL, which `migrate` has made; creates nothing itself.

    `max_pages` bounds the size of a SQLite file. Raises Permanent: `bad-database` for a URL that is none of
    ours, `schema-old` before `migrate`, `schema-newer` for a database that a newer version made; and
    StoreUnavailable.
    """
    parsed = _checked(url)
    if parsed.drivername == "sqlite" and not Path(str(parsed.database)).exists():
        raise Permanent("there is no database yet; run `adapter migrate`", code="schema-old")
    store = Store(make_engine(parsed, max_pages))
    try:
        with store.read() as tx:
            check_schema(tx)
    except BaseException:
        store.close()
        raise
    return store


def migrate(url: str) -> None:
    """Bring the database to this version's tables, making it where there is none; safe to run twice, or at once.

    Raises Permanent `bad-database` or `schema-newer`, and StoreUnavailable.
    """
    from adapter.store.migrations import upgrade  # Alembic is slow to import, and only this needs it.

    parsed = _checked(url)
    if parsed.drivername == "sqlite":
        # What is kept is medical: nobody else on the machine may look.
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(make_engine(parsed))
    try:
        with store.begin() as tx:
            serialise(tx, _SCHEMA)
            refuse_newer(tx)
            if schema_of(tx) != SCHEMA:
                upgrade(tx)
    finally:
        store.close()


def check_schema(tx: Connection) -> None:
    """Raise Permanent unless the database has the tables that this version works with."""
    refuse_newer(tx)
    if schema_of(tx) != SCHEMA:
        raise Permanent("the database's tables are of an older version; run `adapter migrate`", code="schema-old")


def refuse_newer(tx: Connection) -> None:
    """Raise Permanent where a newer version made the tables; revisions are numbers that grow."""
    if (schema_of(tx) or "") > SCHEMA:
        raise Permanent("a newer version of the adapter made this database; install that", code="schema-newer")


def schema_of(tx: Connection) -> str | None:
    """The database's revision; None where there is none yet."""
    if not sa.inspect(tx).has_table("alembic_version"):
        return None
    revision: str | None = tx.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


def serialise_identity(tx: Connection) -> None:
    """Let nobody else regroup patients until this transaction ends."""
    serialise(tx, _IDENTITY)


def serialise_audits(tx: Connection) -> None:
    """Let nobody else append to the audit chain until this transaction ends."""
    serialise(tx, _AUDIT)


def serialise(tx: Connection, what: int) -> None:
    """A lock until the end of the transaction; on SQLite a writing transaction is alone already."""
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("SELECT pg_advisory_xact_lock(7235, :what)"), {"what": what})


def make_engine(url: URL, max_pages: int | None = None) -> Engine:
    """An engine as the store needs it; parameters stay out of its errors, since they hold bodies."""
    if url.drivername != "sqlite":
        engine = sa.create_engine(url, hide_parameters=True, connect_args={"connect_timeout": BUSY_SECONDS})
        sa.event.listen(engine, "connect", _set_up_postgresql)
        return engine
    engine = sa.create_engine(url, hide_parameters=True)

    def set_up(connection: Any, _: object) -> None:
        # None: we say BEGIN ourselves, and the driver begins nothing behind our back.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}"):
            connection.execute(f"PRAGMA {pragma}")
        if max_pages is not None:
            connection.execute(f"PRAGMA max_page_count={max_pages:d}")

    sa.event.listen(engine, "connect", set_up)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(tx: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes then would fail on a newer commit instead of waiting.
    tx.exec_driver_sql("BEGIN" if tx.get_execution_options().get("reads") else "BEGIN IMMEDIATE")


def _set_up_postgresql(connection: Any, _: object) -> None:
    # A server may be set to answer before it has stored; ours may not.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        # Not chained: SQLAlchemy's message quotes the URL, which may hold a password.
        raise Permanent("the database's address is no URL", code="bad-database") from None
    match parsed.drivername:
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed
    raise Permanent("the database must be sqlite:///FILE or postgresql://…", code="bad-database")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        name = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "no connection"
        raise StoreUnavailable(f"the database took nothing: {name}", RETRY_AFTER) from error
    except sa.exc.TimeoutError as error:
        raise StoreUnavailable("no free connection to the database", RETRY_AFTER) from error
