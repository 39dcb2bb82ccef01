"""The embedded target, with what it is searched by; the server that an event names, and the newest of a resource."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    op.add_column("event", sa.Column("base", TEXT))
    op.create_index("event_of_resource", "event", ["source", "type", "resource_id", "id"])
    _make_embedded()
    _make_embedded_term()


def _column(name: str, kind: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **more)


def _make_embedded() -> None:
    op.create_table(
        "embedded",
        _column("type", TEXT),
        _column("id", TEXT),
        _column("version", NUMBER, autoincrement=False),
        _column("updated", INSTANT),
        _column("is_current", sa.Boolean()),
        _column("body", TEXT),
        sa.PrimaryKeyConstraint("type", "id", "version"),
    )
    current = sa.text("is_current")
    op.create_index(
        "embedded_current", "embedded", ["type", "updated", "id"], sqlite_where=current, postgresql_where=current
    )


def _make_embedded_term() -> None:
    op.create_table(
        "embedded_term",
        *(_column(name, TEXT) for name in ("type", "name", "value", "system", "id")),
        sa.PrimaryKeyConstraint("type", "name", "value", "system", "id"),
    )
    op.create_index("embedded_term_of", "embedded_term", ["type", "id"])
