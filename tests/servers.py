"""Servers on this machine that tests talk to: a real FHIR server, and a gateway before it that fails on demand."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

LOCALHOST = "127.0.0.1"
_START_SECONDS = 60.0
_HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


@contextmanager
def sekmet(folder: Path, port: int | None = None, **notifying: str | int) -> Iterator[str]:
    """A sekmet server (FHIR R4, SQLite) on a port, by default a free one; its base URL.

    It keeps its data below the folder, also when it is started again there. `notifying` are its `subscriptions`
    settings: `notify_method` ("put-resource" PUTs to hook/Type/id, "post-endpoint" POSTs to the hook), `retries`.
    """
    port = port or free_port()
    base = f"http://{LOCALHOST}:{port}/fhir"
    config = folder / "settings.yaml"
    config.write_text(
        f"base_url: {base}\nhost: {LOCALHOST}\nport: {port}\nlog_inbound: false\nsimulator: {{enabled: false}}\n"
        f"subscriptions: {json.dumps(notifying)}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-c", "from sekmet.cli import app; app()", "serve", "--config", str(config)]
    # A bare environment: neither settings of the machine nor the coverage of the tests are the server's.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            _wait_for(process, port, folder / "log")
            yield base
        finally:
            process.kill()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((LOCALHOST, port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


@dataclass(frozen=True)
class Request:
    """What came to the gateway."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the gateway sends back; with `cut`, only so many bytes of the body, and then it hangs up."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None


Fault = Callable[[Request, Callable[[], Answer]], Answer | None]
"""Called with a request and with what forwards it; None hangs up without an answer."""


class Gateway:
    """Forwards everything to a server; `faults` may answer instead, the first that wants to."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or LOCALHOST, parts.port or 80)
        self.seen: list[Request] = []
        self.fault: Fault | None = None
        self._server = ThreadingHTTPServer((LOCALHOST, 0), _handler(self))
        self._server.daemon_threads = True
        self.base_url = f"http://{LOCALHOST}:{self._server.server_address[1]}{parts.path}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: Request) -> Answer | None:
        """The answer to a request, of the fault or of the server."""
        self.seen.append(request)
        return self.fault(request, lambda: self._forward(request)) if self.fault else self._forward(request)

    def _forward(self, request: Request) -> Answer:
        connection = HTTPConnection(*self._upstream, timeout=30)
        try:
            headers = {n: v for n, v in request.headers.items() if n.lower() not in (*_HOP_BY_HOP, "host")}
            connection.request(request.method, request.path, request.body, headers)
            answer: HTTPResponse = connection.getresponse()
            kept = {n: v for n, v in answer.getheaders() if n.lower() not in _HOP_BY_HOP}
            return Answer(answer.status, kept, answer.read())
        finally:
            connection.close()


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                answer = gateway.answer(Request(self.command, self.path, dict(self.headers), body))
            except (OSError, HTTPException):
                answer = Answer(502)
            self.close_connection = True
            # Whoever asked may have stopped waiting.
            with suppress(ConnectionError):
                self.send(answer)

        def send(self, answer: Answer | None) -> None:
            if answer is None:
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])

        # The names by which http.server finds them.
        do_GET = do_POST = do_PUT = do_PATCH = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
