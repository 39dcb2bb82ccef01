"""The service as real processes on this machine: started, killed, started again, asked over HTTP."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.servers import LOCALHOST, free_port

_READY_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[2]


class Process:
    """`adapter serve` in a folder of its own; `port` stays the same over restarts."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self._folder = folder
        self._environment = {**os.environ, "PYTHONPATH": str(_ROOT), "ADAPTER_QUIET_SECONDS": "0", **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it is ready."""
        command = [sys.executable, "-m", "adapter", "serve", "--port", str(self.port)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + _READY_SECONDS
        while self.ask("GET", "/readyz")[0] != 200:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, "the service did not become ready"
            time.sleep(0.02)

    def kill(self) -> None:
        """Without a chance to tidy up."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """As an operator does; its exit status."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=60)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the content; (0, None) where nobody answers."""
        connection = HTTPConnection(LOCALHOST, self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/fhir+json", "Authorization": "Bearer token"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if data[:1] == b"{" else None
        except (OSError, HTTPException):
            return 0, None
        finally:
            connection.close()

    def page(self, path: str) -> str:
        """What a page says, as text."""
        with urlopen(f"http://{LOCALHOST}:{self.port}{path}", timeout=30) as answer:
            return str(answer.read().decode())
