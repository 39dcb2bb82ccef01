"""A small HTTP server that says what a test wants, for what no real FHIR server at hand does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers import LOCALHOST

Reply = tuple[int, dict[str, Any], dict[str, str]]


@dataclass
class Small:
    """`says` answers a path below the base with its parameters; `asked` are the paths that came."""

    says: Callable[[str, dict[str, str]], Reply]
    asked: list[str] = field(default_factory=list)
    base_url: str = ""


@contextmanager
def small(says: Callable[[str, dict[str, str]], Reply]) -> Iterator[Small]:
    """The server on a free port, until the end of the block."""
    made = Small(says)
    server = ThreadingHTTPServer((LOCALHOST, 0), _handler(made))
    made.base_url = f"http://{LOCALHOST}:{server.server_address[1]}/fhir"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refused(status: int = 404, **headers: str) -> Reply:
    """An answer that gives nothing."""
    return status, {"resourceType": "OperationOutcome"}, {n.replace("_", "-"): v for n, v in headers.items()}


def bundle(kind: str, *entries: dict[str, Any], following: str | None = None) -> Reply:
    """A Bundle as answer."""
    links = [{"relation": "next", "url": following}] if following else []
    return 200, {"resourceType": "Bundle", "type": kind, "link": links, "entry": list(entries)}, {}


def found(*resources: dict[str, Any], following: str | None = None) -> Reply:
    """A search's answer."""
    return bundle("searchset", *({"resource": one} for one in resources), following=following)


def _handler(small: Small) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/fhir").strip("/")
            small.asked.append(path)
            status, content, headers = small.says(path, {n: v[0] for n, v in parse_qs(parts.query).items()})
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/fhir+json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
