"""`adapter serve` as the process that a user starts: with nothing configured, stopped, killed, started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapter.store.engine import open_store
from adapter.store.tables import event
from tests.inbound.wire import ENCOUNTER
from tests.replay.visits import bundle, visit
from tests.servers import LOCALHOST, free_port
from tests.web.service import Answer, ask

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 60.0


class Process:
    """A running `adapter serve` or `adapter work`."""

    def __init__(self, folder: Path, *arguments: str, port: int | None = None, **settings: str) -> None:
        self.port = port or free_port()
        self._log = folder / "log"
        environment = {n: v for n, v in os.environ.items() if not n.startswith("ADAPTER_")}
        environment |= {"PYTHONPATH": str(ROOT), **{f"ADAPTER_{n}": v for n, v in settings.items()}}
        command = [sys.executable, "-m", "adapter", *arguments]
        if arguments[0] == "serve":
            command += ["--port", str(self.port)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        self.wait_for("started")

    def wait_for(self, word: str) -> None:
        until = time.monotonic() + _SECONDS
        while f'"event": "{word}"' not in self.log:
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError(self.log[-2000:])
            time.sleep(0.02)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def post(self, body: Any) -> Answer:
        return ask(self.port, "POST", "/hooks/local", json.dumps(body))

    def charges(self) -> Any:
        return ask(self.port, "GET", "/fhir/ChargeItem").json

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(_SECONDS)


@contextmanager
def running(folder: Path, *arguments: str, **more: Any) -> Iterator[Process]:
    made = Process(folder, *arguments, **more)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def _until(check: Any) -> None:
    until = time.monotonic() + _SECONDS
    while not check():
        assert time.monotonic() < until
        time.sleep(0.05)


def _stored(folder: Path) -> int:
    store = open_store(f"sqlite:///{folder / 'data' / 'adapter.db'}")
    with store.read() as tx:
        number = tx.scalar(sa.select(sa.func.count()).select_from(event))
    store.close()
    return int(number or 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_visit_becomes_a_charge_with_nothing_configured(tmp_path: Path, number: int) -> None:
    with running(tmp_path, "serve") as service:
        assert service.post(bundle(visit())).status == 200
        _until(lambda: service.charges()["total"])
        assert service.end(number) == 0
        assert service.log.splitlines()[-1].endswith('"event": "stopped"}')
    with running(tmp_path, "serve") as service:
        assert service.post(bundle(visit())).status == 200
        charges = service.charges()
        assert (charges["total"], charges["entry"][0]["resource"]["status"]) == (1, "billable")
        assert service.end() == 0
    assert _stored(tmp_path) == 5


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--no-work") as service:
        for number in range(10):
            assert service.post({**ENCOUNTER, "id": f"e{number}"}).status == 200
        service.end(signal.SIGKILL)
    assert _stored(tmp_path) == 10


def test_an_idle_connection_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with (
        running(tmp_path, "serve", "--no-work") as service,
        # A connection that is kept open and asks nothing must not hold up the end.
        socket.create_connection((LOCALHOST, service.port)) as idle,
    ):
        assert service.post(ENCOUNTER).status == 200
        assert service.end() == 0
        assert idle.recv(1) == b""
    assert _stored(tmp_path) == 1


def test_workers_may_be_processes_of_their_own(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--no-work") as service:
        service.post(bundle(visit()))
        assert service.charges()["total"] == 0
        (tmp_path / "worker").mkdir()
        with running(tmp_path / "worker", "work", DATA_FOLDER=str(tmp_path / "data")) as worker:
            _until(lambda: service.charges()["total"])
            assert worker.end() == 0
        assert service.end() == 0


def test_a_second_service_on_the_same_port_says_so(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with running(tmp_path, "serve", "--no-work") as first:
        with pytest.raises(AssertionError) as caught:
            Process(tmp_path / "second", "serve", "--no-work", port=first.port)
        assert f"cannot listen on {LOCALHOST}:{first.port}: Address already in use" in str(caught.value)


def test_elsewhere_than_on_this_machine_nobody_notifies_unless_configured(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--no-work", HOST="0.0.0.0") as service:  # noqa: S104  # that is what is tested
        assert service.post(ENCOUNTER).status == 404
        assert service.end() == 0
