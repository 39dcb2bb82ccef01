"""Brings a database's tables from any version to this one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection


def upgrade(tx: Connection) -> None:
    """Apply what is missing, within the caller's transaction: all of it or nothing."""
    command.upgrade(configuration(tx), "head")


def configuration(tx: Connection | None = None) -> Config:
    """Alembic's configuration; no file of ini lines."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = tx
    return made
