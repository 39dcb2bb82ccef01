"""Migrations make exactly the tables that the code works with, and code and database must be of one version."""

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from adapter.core.errors import Permanent
from adapter.store.engine import Store, StoreUnavailable, make_engine, migrate, open_store
from adapter.store.migrations import configuration
from adapter.store.tables import METADATA, SCHEMA
from tests.databases import Postgres
from tests.servers import LOCALHOST, free_port


def test_the_newest_migration_is_the_one_that_the_code_works_with() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == SCHEMA


def test_an_empty_database_gets_the_tables_and_a_current_one_stays(empty_url: str) -> None:
    for _ in range(2):
        migrate(empty_url)
        store = open_store(empty_url)
        with store.begin() as tx:
            assert compare_metadata(MigrationContext.configure(tx), METADATA) == []
            tx.execute(sa.text("INSERT INTO given VALUES ('t', 'r', 'v') ON CONFLICT DO NOTHING"))
            assert tx.scalar(sa.text("SELECT count(*) FROM given")) == 1
        store.close()


def test_several_programs_may_migrate_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty_url] * 4))
    open_store(empty_url).close()


def test_a_migration_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapter.store import migrations

    upgrade = migrations.upgrade

    def fail_late(tx: sa.Connection) -> None:
        upgrade(tx)
        raise ZeroDivisionError

    monkeypatch.setattr(migrations, "upgrade", fail_late)
    with pytest.raises(ZeroDivisionError):
        migrate(empty_url)
    with pytest.raises(Permanent, match="adapter migrate") as caught:
        open_store(empty_url)
    assert caught.value.code == "schema-old"
    monkeypatch.undo()
    migrate(empty_url)
    open_store(empty_url).close()


def test_a_database_of_a_newer_version_is_left_alone(url: str, store: Store) -> None:
    with store.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (open_store, migrate):
        with pytest.raises(Permanent) as caught:
            refused(url)
        assert caught.value.code == "schema-newer"
    with store.read() as tx:
        assert tx.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_opening_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(Permanent) as caught:
        open_store(f"sqlite:///{tmp_path / 'store.db'}")
    assert caught.value.code == "schema-old"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["", "no url", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "://secret@x"])
def test_an_address_that_is_none_of_ours_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Permanent) as caught:
        open_store(url)
    assert caught.value.code == "bad-database"
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_a_failure_for_now() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_store(f"postgresql://user:secret@{LOCALHOST}:{free_port()}/db")
    assert "secret" not in str(caught.value)


def test_a_folder_that_we_make_is_nobody_elses(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'data' / 'store.db'}")
    assert stat.S_IMODE(os.stat(tmp_path / "data").st_mode) == 0o700


def test_sqlite_stores_before_it_answers(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'store.db'}")
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    with store.read() as tx:
        assert tx.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert tx.scalar(sa.text("PRAGMA synchronous")) == 2
    store.close()


def test_on_sqlite_who_may_write_holds_the_database_from_the_start(tmp_path: Path) -> None:
    """Else a transaction that reads before it writes fails on what another stored in between."""
    migrate(f"sqlite:///{tmp_path / 'store.db'}")
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    other = sqlite3.connect(tmp_path / "store.db", timeout=0)
    with store.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()
    store.close()


def test_postgresql_stores_before_it_answers_whatever_its_settings_say(server: Postgres) -> None:
    url = server.database()
    name = sa.make_url(url).database
    store = open_store(url)
    with store.begin() as tx:
        tx.execute(sa.text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    store.close()
    plain = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with plain.connect() as connection:
        assert connection.scalar(sa.text("SHOW synchronous_commit")) == "off"
    plain.dispose()
    store = open_store(url)
    with store.read() as tx:
        assert tx.scalar(sa.text("SHOW synchronous_commit")) == "on"
    store.close()


def test_errors_hold_no_content(store: Store) -> None:
    failing = "INSERT INTO nowhere VALUES (:canary)" if store.is_sqlite else "SELECT pg_sleep(5), :canary"
    with pytest.raises(StoreUnavailable) as caught:
        _try(store, failing, canary="Mme Durand")
    assert caught.value.retry_after
    assert "Durand" not in f"{caught.value} {caught.value.__cause__}"


def _try(store: Store, statement: str, **parameters: str) -> None:
    with store.begin() as tx:
        if not store.is_sqlite:
            tx.execute(sa.text("SET LOCAL statement_timeout = 1"))
        tx.execute(sa.text(statement), parameters)


def test_a_reader_waits_for_no_writer(store: Store) -> None:
    with store.begin() as tx:
        tx.execute(sa.text("INSERT INTO given VALUES ('t', 'r', 'v')"))
        with store.read() as other:
            assert other.scalar(sa.text("SELECT count(*) FROM given")) == 0


def test_an_engine_keeps_parameters_out_of_its_log(url: str) -> None:
    drivername = "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
    engine = make_engine(sa.make_url(url).set(drivername=drivername))
    assert engine.hide_parameters
    engine.dispose()
