"""Databases on this machine for tests: SQLite files, and one PostgreSQL server from Debian's package."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

from adapter.store.engine import migrate
from bench.postgresql import programs, server, url
from tests.parts import require


class Postgres:
    """A running server; every `database` is new and has our tables."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)
        with self._admin() as admin:
            admin.execute("CREATE DATABASE model")
        migrate(self.url("model"))

    def url(self, name: str) -> str:
        """The URL of a database."""
        return url(self._port, name)

    def database(self, template: str = "model") -> str:
        """The URL of a new one; `template0` gives one without tables."""
        name = f"test{next(self._numbers)}"
        with self._admin() as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url(name)

    @contextmanager
    def _admin(self) -> "Iterator[psycopg.Connection[Any]]":
        with psycopg.connect(self.url("postgres"), autocommit=True) as admin:
            yield admin


@contextmanager
def postgres(*settings: str) -> Iterator[Postgres]:
    """A server of its own on loopback; its data goes when it does. `settings` as in "fsync=on"."""
    if programs() is None:
        require("postgres", "postgresql")
    with server(*settings) as port:
        yield Postgres(port)
