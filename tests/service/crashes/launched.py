"""Processes of the adapter that stop in a named window when they are told to; see `windows`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conventions.project_files import ROOT
from tests.service.crashes.waiting import wait_until
from tests.service.crashes.windows import journal_of
from tests.service.processes import Process


class Launcher:
    """Starts processes quickly; `order` answers what `launching` does."""

    def __init__(self, program: "subprocess.Popen[str]") -> None:
        self._program = program

    def order(self, **order: Any) -> int:
        assert self._program.stdin
        assert self._program.stdout
        print(json.dumps(order), file=self._program.stdin, flush=True)
        return int(self._program.stdout.readline())


@contextmanager
def launcher() -> Iterator[Launcher]:
    """A launcher, until the end of the block."""
    command = [sys.executable, "-m", "tests.service.crashes.launching"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as program:
        try:
            yield Launcher(program)
        finally:
            assert program.stdin
            program.stdin.close()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a journal: what happened, to what, at which second of the machine's clock."""

    what: str
    of: Any
    at: float


class Launched(Process):
    """One adapter in a folder: `begin` may name the window in which it is to stop. A journal is kept over restarts.

    Use it as a context manager: at the end of the block it is killed, if it still runs.
    """

    def __init__(
        self, launcher: Launcher, folder: Path, arguments: tuple[str, ...] = ("serve",), **environment: str
    ) -> None:
        super().__init__(folder, environment)
        self._launcher, self._given = launcher, environment
        self._arguments = (*arguments, "--port", str(self.port)) if "serve" in arguments else arguments
        self.max_pages: Path | None = None
        self.pid = 0

    def __enter__(self) -> "Launched":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def begin(self, window: str | None = None) -> None:
        """Start, and wait for nothing."""
        self.pid = self._launcher.order(
            start={
                "arguments": self._arguments,
                "folder": str(self._folder),
                "environment": self._given,
                "window": window,
                "max_pages": str(self.max_pages) if self.max_pages else None,
            }
        )

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self.begin()
        wait_until(self.is_ready, "the service is ready")

    def answers_ready(self) -> bool:
        """Whether it became ready before it was killed."""
        while self.pid and not self.is_ready():
            time.sleep(0.01)
        return bool(self.pid)

    def is_ready(self) -> bool:
        """Whether it answers that it is."""
        return self.ask("GET", "/readyz")[0] == 200

    def kill(self) -> None:
        """Without a chance to tidy up, stopped or not."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self._launcher.order(wait=self.pid)
            self.pid = 0

    def stop(self) -> int:
        """As an operator does; its exit status."""
        os.kill(self.pid, signal.SIGTERM)
        pid, self.pid = self.pid, 0
        return self._launcher.order(wait=pid)

    def resume(self) -> None:
        """Let it go on that stopped in a window."""
        os.kill(self.pid, signal.SIGCONT)

    def journal(self, what: str) -> list[Line]:
        """What this process noted so far."""
        return [line for line in _read(self._folder / journal_of(self.pid)) if line.what == what]

    def until(self, what: str) -> None:
        """Wait until this process noted something."""
        wait_until(lambda: bool(self.journal(what)), what)


def journals(folder: Path) -> list[Line]:
    """What all processes of a folder noted, in the order of time."""
    return sorted((line for file in folder.glob(str(journal_of("*"))) for line in _read(file)), key=lambda x: x.at)


def _read(file: Path) -> Iterator[Line]:
    for line in file.read_text().splitlines(keepends=True) if file.exists() else ():
        if line.endswith("\n"):
            yield Line(**json.loads(line))
