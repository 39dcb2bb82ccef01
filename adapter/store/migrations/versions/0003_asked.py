"""When a source was asked and may be asked again; how a request came that nobody understood."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them."""
    op.add_column("event", sa.Column("request", TEXT))
    op.create_table(
        "asked",
        *(sa.Column(name, TEXT, nullable=False) for name in ("source", "what", "type", "id")),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "what", "type", "id"),
    )
