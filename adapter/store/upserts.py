"""INSERT … ON CONFLICT, which SQLite and PostgreSQL both have and SQLAlchemy spells per database."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection


def insert_into(dialect: str, table: sa.Table) -> postgresql.Insert:
    """An INSERT with `on_conflict_do_…`; the two databases' have the same methods, so one type stands for both."""
    if dialect == "sqlite":
        return sqlite.insert(table)  # type: ignore[return-value]  # stands for both, see above
    return postgresql.insert(table)


def add_all(tx: Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows; those whose key is there already stay as they are."""
    if rows:
        tx.execute(insert_into(tx.dialect.name, table).on_conflict_do_nothing(), list(rows))


def put(tx: Connection, table: sa.Table, row: dict[str, object]) -> None:
    """Insert a row, or replace what its key holds."""
    made = insert_into(tx.dialect.name, table).values(**row)
    keys = [column.name for column in table.primary_key.columns]
    others = {name: value for name, value in row.items() if name not in keys}
    tx.execute(made.on_conflict_do_update(index_elements=keys, set_=others))
