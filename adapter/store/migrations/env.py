"""What Alembic runs to reach the database: the connection that it was given."""

from alembic import context

from adapter.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite's tables are made in a transaction too, since we say BEGIN ourselves.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
