"""A service that runs in a thread behind its real server, asked over HTTP."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import sqlalchemy as sa

from adapter.core.packs import Pack
from adapter.fhir.json_text import dumps, loads
from adapter.settings import Settings
from adapter.store import marks
from adapter.store.engine import Store
from adapter.store.tables import event
from adapter.store.writer import GroupCommit
from adapter.web import create_app
from adapter.web.serving import Server
from tests.outbound.visits import pack
from tests.servers import LOCALHOST

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return loads(self.body)

    @property
    def issue(self) -> str:
        """The code of the OperationOutcome's first issue."""
        outcome = self.json
        assert outcome["resourceType"] == "OperationOutcome"
        return str(outcome["issue"][0]["code"])


def ask(port: int, method: str, path: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Answer:
    connection = HTTPConnection(LOCALHOST, port, timeout=30)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class Service:
    """A running service; its clock stands still until a test moves it."""

    def __init__(self, store: Store, inbox: GroupCommit, settings: Settings, packs: tuple[Pack, ...] | None = None):
        self.store, self.now = store, NOW
        self.app = create_app(store, inbox, settings, (pack(),) if packs is None else packs, lambda: self.now)
        self._stop = threading.Event()
        self._server = Server(self.app, LOCALHOST, 0, settings.body_limit)
        self.port = self._server.port
        self._thread = threading.Thread(target=self._server.run, args=(self._stop,))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def ask(self, method: str, path: str, body: Any = b"", **headers: str) -> Answer:
        """Ask; `body` may be a resource, and `X_Api_Key="…"` is a header."""
        sent = body if isinstance(body, bytes | str) else dumps(body)
        return ask(self.port, method, path, sent, {n.replace("_", "-"): v for n, v in headers.items()})

    def post(self, body: Any, source: str = "open", **headers: str) -> Answer:
        return self.ask("POST", f"/hooks/{source}", body, **headers)

    @property
    def events(self) -> list[Any]:
        """Every row of the inbox, in the order of arrival."""
        with self.store.read() as tx:
            return list(tx.execute(sa.select(event).order_by(event.c.id)))

    def marks(self, source: str = "open") -> dict[str, Any]:
        with self.store.read() as tx:
            return {name: value for name, (value, _) in marks.all_of(tx, source).items()}

    def metric(self, name: str) -> float:
        """The value of a line of /metrics that begins with this."""
        lines = self.ask("GET", "/metrics").body.decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))
