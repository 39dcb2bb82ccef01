"""A PostgreSQL server of one's own on loopback, from the programs that Debian's package `postgresql` installs."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.processes import LOCALHOST

USER = "adapter"
_NOT_ROOT = "postgres"
"""Debian's user for it: the server refuses to run as root."""
_START_SECONDS = 60.0


@contextmanager
def server(*settings: str) -> Iterator[int]:
    """Its port; its data goes when it does. `settings` as in "fsync=on". Raises RuntimeError."""
    folder = programs()
    if folder is None:
        raise RuntimeError("postgres is missing: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="adapter-postgres-", ignore_cleanup_errors=True) as made:
        home, port = Path(made), _free_port()
        user = _NOT_ROOT if os.geteuid() == 0 else None
        if user:
            shutil.chown(home, user, user)
        # Whoever started it must not wait for disks, and nothing here outlives it.
        where = (f"listen_addresses={LOCALHOST}", f"port={port}", "unix_socket_directories=")
        options = [o for s in ("fsync=off", "max_connections=60", *where, *settings) for o in ("-c", s)]
        data = str(home / "data")
        _run(user, home, str(folder / "initdb"), "-D", data, "-U", USER, "-E", "UTF8", "--locale=C.UTF-8")
        command = [str(folder / "postgres"), "-D", data, *options]
        with (
            (home / "log").open("wb") as log,
            subprocess.Popen(command, cwd=home, user=user, group=user, stdout=log, stderr=log) as process,
        ):
            try:
                _wait_for(process, port, home / "log")
                yield port
            finally:
                # Everybody stops at once and nothing is tidied, since nothing stays.
                process.send_signal(signal.SIGQUIT)


def programs() -> Path | None:
    """The folder of the newest `postgres` on this machine; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    anywhere = shutil.which("postgres")
    return Path(os.path.realpath(anywhere)).parent if anywhere else None


def url(port: int, name: str) -> str:
    """The URL of a database of the server."""
    return f"postgresql://{USER}@{LOCALHOST}:{port}/{name}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])


def _run(user: str | None, home: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=home, user=user, group=user, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr[-1000:]}")


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(url(port, "postgres")).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
