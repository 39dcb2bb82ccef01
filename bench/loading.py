"""A client that costs little: one thread, kept-alive connections, requests that are ready before the clock starts."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence

CONNECTIONS = 16


def requests_per_second(address: tuple[str, int], requests: Sequence[bytes]) -> float:
    """Send every request once, one at a time on each connection; raises RuntimeError for any answer but 200."""
    waiting = iter(requests)
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
            _next(selector, connection, waiting)
        while selector.get_map():
            for key, _ in selector.select(timeout=30):
                _finish(key.fileobj)
                _next(selector, key.fileobj, waiting)
    return len(requests) / (time.perf_counter() - began)


def _next(selector: selectors.BaseSelector, connection: "socket.socket", waiting: Iterator[bytes]) -> None:
    request = next(waiting, None)
    if request is None:
        selector.unregister(connection)
        connection.close()
    else:
        connection.sendall(request)


def _finish(connection: "socket.socket") -> None:
    """Read one answer to its end."""
    answer = connection.recv(65536)
    while b"\r\n\r\n" not in answer:
        answer += _more(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"the service answered {head[:30]!r}")
    size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < size:
        body += _more(connection)


def _more(connection: "socket.socket") -> bytes:
    data = connection.recv(65536)
    if not data:
        raise RuntimeError("the service hung up")
    return data
