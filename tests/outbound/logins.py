"""Small servers that ask who we are, and a target that shows it to them."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adapter.outbound.access import Access, Login
from adapter.outbound.client import Target
from adapter.outbound.credentials import connection_of
from tests.servers import LOCALHOST


class serving:  # noqa: N801
    """A server on a free port of this machine, for as long as the block lasts; with TLS if a context is given."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> None:
        self._server = ThreadingHTTPServer((LOCALHOST, 0), handler)
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> ThreadingHTTPServer:
        self._thread.start()
        return self._server

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def target(base_url: str, login: Login | None, **access: Any) -> Target:
    clock = access.pop("clock", None)
    given = Access(base_url, login, **access)
    connection = connection_of(given, clock) if clock else connection_of(given)
    return Target(base_url, **connection._asdict())
