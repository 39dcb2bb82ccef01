"""Databases on this machine for tests: SQLite files, and one PostgreSQL server from Debian's package."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapter.store.engine import migrate
from tests.parts import require
from tests.servers import LOCALHOST, free_port

_START_SECONDS = 60.0
_USER = "adapter"
_NOT_ROOT = "postgres"
"""Debian's user for it: the server refuses to run as root."""


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
        return f"postgresql://{_USER}@{LOCALHOST}:{self._port}/{name}"

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
    folder = _programs()
    with tempfile.TemporaryDirectory(prefix="adapter-postgres-", ignore_cleanup_errors=True) as made:
        home, port = Path(made), free_port()
        user = _NOT_ROOT if os.geteuid() == 0 else None
        if user:
            shutil.chown(home, user, user)
        # A dying test run must not wait for disks, and nothing here outlives it.
        where = (f"listen_addresses={LOCALHOST}", f"port={port}", "unix_socket_directories=")
        options = [o for s in ("fsync=off", "max_connections=60", *where, *settings) for o in ("-c", s)]
        data = str(home / "data")
        _run(user, home, str(folder / "initdb"), "-D", data, "-U", _USER, "-E", "UTF8", "--locale=C.UTF-8")
        command = [str(folder / "postgres"), "-D", data, *options]
        with (
            (home / "log").open("wb") as log,
            subprocess.Popen(command, cwd=home, user=user, group=user, stdout=log, stderr=log) as server,
        ):
            try:
                _wait_for(server, port, home / "log")
                yield Postgres(port)
            finally:
                # Everybody stops at once and nothing is tidied, since nothing stays.
                server.send_signal(signal.SIGQUIT)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        require("postgres", "postgresql")
        return Path(os.path.realpath(shutil.which("postgres") or "postgres")).parent
    return found[-1].parent


def _run(user: str | None, home: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=home, user=user, group=user, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{command[0]}: {done.stderr[-1000:]}", pytrace=False)


def _wait_for(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            psycopg.connect(f"postgresql://{_USER}@{LOCALHOST}:{port}/postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
