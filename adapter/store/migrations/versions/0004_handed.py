"""What was handed over of each document for the shared record, and what was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "handed",
        sa.Column("decision", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("set_id", TEXT, nullable=False),
        sa.Column("document", TEXT),
        sa.Column("unique_id", TEXT),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("place", TEXT),
        sa.Column("at", INSTANT),
        sa.Column("begun_action", TEXT),
        sa.Column("begun", TEXT),
    )
