"""Runs the service in one process: waitress in front, several threads, and an end that loses nothing."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress import create_server  # type: ignore[import-untyped]  # has no types

THREADS = 16
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.2
_SLACK = 1024 * 1024
"""Bodies a little over the limit are answered in FHIR; far larger ones by the server, unread."""


class Server:
    """Listens from the start; `run` answers until it is told to stop. Raises OSError where it cannot listen."""

    def __init__(self, app: Flask, host: str, port: int, body_limit: int) -> None:
        self._map: dict[int, Any] = {}
        sockets = _listening(host, port)
        self.port = int(sockets[0].getsockname()[1])
        self._server: Any = create_server(
            app,
            map=self._map,
            sockets=sockets,
            threads=THREADS,
            ident=None,
            max_request_body_size=body_limit + _SLACK,
            # Bodies are medical: they stay in memory and out of temporary files.
            inbuf_overflow=body_limit + 2 * _SLACK,
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,
        )

    def run(self, stop: threading.Event, stopping: Callable[[], object] = lambda: None) -> None:
        """Answer requests until `stop` is set; then accept nothing, finish what was begun, and return."""
        while not stop.is_set():
            self._turn()
        stopping()
        for listening in [one for one in self._map.values() if getattr(one, "accepting", False)]:
            listening.del_channel()
            listening.socket.close()
        until = time.monotonic() + STOP_SECONDS
        while self._is_busy() and time.monotonic() < until:
            self._turn()
        self._server.task_dispatcher.shutdown()
        for one in list(self._map.values()):
            one.close()

    def _turn(self) -> None:
        self._server.asyncore.loop(timeout=_POLL_SECONDS, map=self._map, use_poll=True, count=1)

    def _is_busy(self) -> bool:
        channels = [one for one in self._map.values() if hasattr(one, "total_outbufs_len")]
        return any(one.requests or one.total_outbufs_len for one in channels)


def _listening(host: str, port: int) -> list[socket.socket]:
    """A socket for every address of a host: a name may stand for one of IPv4 and one of IPv6."""
    made: list[socket.socket] = []
    try:
        for family, kind, proto, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            made.append(socket.socket(family, kind, proto))
            made[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made[-1].bind(address)
    except OSError:
        for one in made:
            one.close()
        raise
    return made
