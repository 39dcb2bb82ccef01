"""Events are found by one index, so that an event costs fewer writes; versions that cannot be relied on are noted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NAMED = ("type", "resource_id")
_ONCE = ("source", "type", "resource_id", "dedupe_key")


def upgrade() -> None:
    """Make them; no number of an event is ever given twice."""
    op.create_table(
        "doubt",
        *(sa.Column(name, TEXT, nullable=False) for name in ("id", "type", "source", "body")),
        sa.PrimaryKeyConstraint("id", "type", "source", "body"),
    )
    tx = op.get_bind()
    is_sqlite = tx.dialect.name == "sqlite"
    last = tx.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'event'")) if is_sqlite else None
    for name in _NAMED:
        op.execute(f"UPDATE event SET {name} = '' WHERE {name} IS NULL")  # noqa: S608  # names of our own
    op.drop_index("event_of_resource", "event")
    with op.batch_alter_table("event", table_kwargs={"sqlite_autoincrement": True}) as event:
        event.drop_constraint("event_once", type_="unique")
        for name in _NAMED:
            event.alter_column(name, nullable=False)
        event.create_unique_constraint("event_once", _ONCE)
    if last is not None:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'event'")
        op.execute(sa.text("INSERT INTO sqlite_sequence VALUES ('event', :last)").bindparams(last=last))
