"""A hospital that can be asked: a real FHIR server behind a gateway that counts, and a worker that knows it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import requests
import sqlalchemy as sa

from adapter.core.references import Key
from adapter.fhir.json_text import dumps, loads
from adapter.inbound.forms import Form
from adapter.inbound.sources import SourceClient
from adapter.mappings import load_packs
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.writing import Writer
from adapter.store import inbox
from adapter.store.engine import Store, migrate, open_store
from adapter.store.lanes import lane_of
from adapter.store.tables import embedded
from adapter.work import Surroundings, Worker
from tests.replay.visits import visit
from tests.servers import Gateway

SOURCE = "hospital"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_NAMED = ("p1", "d1", "e1", "c1", "r1")


@dataclass
class Hospital:
    """The server, what a service knows of it, and the service's worker."""

    gateway: Gateway
    server: str
    store: Store
    worker: Worker
    around: Surroundings
    mark: str
    now: datetime = NOW
    sent: int = 0
    asked_before: int = 0
    clients: list[SourceClient] = field(default_factory=list)

    def visit(self, **changes: Any) -> list[dict[str, Any]]:
        """A billable visit whose ids are this test's own."""
        text = dumps(visit(**changes))
        for name in _NAMED:
            text = text.replace(f'/{name}"', f'/{name}-{self.mark}"')
        return [{**one, "id": f"{one['id']}-{self.mark}"} for one in loads(text)]

    def keep(self, *resources: dict[str, Any]) -> None:
        """Store resources at the hospital, which tells nobody."""
        for one in resources:
            url = f"{self.server}/{one['resourceType']}/{one['id']}"
            headers = {"Content-Type": "application/fhir+json"}
            requests.put(url, data=dumps(one), headers=headers, timeout=30).raise_for_status()

    def lose(self, resource: dict[str, Any]) -> None:
        """Delete a resource at the hospital, which tells nobody."""
        url = f"{self.server}/{resource['resourceType']}/{resource['id']}"
        requests.delete(url, timeout=30).raise_for_status()

    def tell(self, *resources: dict[str, Any], interaction: str = "update", whole: bool = True) -> None:
        """Notifications arrive, with the resource or only with its id."""
        events = []
        for one in resources:
            self.sent += 1
            key = Key(self.gateway.base_url, one["resourceType"], one["id"])
            body = dumps(one).encode() if whole and interaction != "delete" else b""
            named = {"type": key.type, "resource_id": key.id}
            events.append(
                inbox.NewEvent(SOURCE, str(self.sent), lane_of(key), self.now, interaction, body, **named)  # type: ignore[arg-type]
            )
        with self.store.begin() as tx:
            inbox.accept(tx, events)

    def settle(self, most: int = 500) -> int:
        """Tick until nothing is due; how many ticks that took."""
        for ticks in range(most):
            if not self.worker.tick():
                return ticks
        raise AssertionError("the worker never comes to rest")

    def later(self, **by: float) -> None:
        """Time goes by, and the worker does what falls due."""
        self.now += timedelta(**by)
        self.settle()

    def asked(self) -> list[str]:
        """What the hospital was asked since the last time: "read Type" or "search Type"."""
        seen = self.gateway.seen[self.asked_before :]
        self.asked_before = len(self.gateway.seen)
        return [_said(one.method, one.path) for one in seen]

    def charges(self) -> list[str]:
        """The states of all charges written."""
        with self.store.read() as tx:
            rows = tx.scalars(sa.select(embedded.c.body).where(embedded.c.type == "ChargeItem", embedded.c.is_current))
            return sorted(loads(body)["status"] for body in rows)

    def searched_for(self) -> list[str]:
        """The patients that searches named, in their bodies."""
        found = (parse_qs(one.body.decode()).get("patient", []) for one in self.gateway.seen if one.method == "POST")
        return [name for names in found for name in names]


def _said(method: str, path: str) -> str:
    parts = path.partition("?")[0].strip("/").split("/")
    return f"search {parts[-2]}" if method == "POST" else f"read {parts[-2]}"


@contextmanager
def hospital(folder: Path, server: str, mark: str, form: Form | None = None) -> Iterator[Hospital]:
    """A hospital whose sources are its own; `mark` tells its ids from those of other tests."""
    url = f"sqlite:///{folder / 'adapter.db'}"
    migrate(url)
    store, gateway = open_store(url), Gateway(server)
    client = SourceClient(gateway.base_url)
    packs = load_packs(only=["fr-vsp"])
    made: list[Hospital] = []
    clock: Callable[[], datetime] = lambda: made[0].now  # noqa: E731
    around = Surroundings(
        *(store, packs, mark.encode(), packs[0].base, {"embedded": Writer(EmbeddedTarget(store), lambda _s: None)}),
        bases={SOURCE: gateway.base_url},
        sources={gateway.base_url: client},
        forms={gateway.base_url: form} if form else {},
    )
    made.append(Hospital(gateway, server, store, Worker(around, "test", clock=clock), around, mark))
    try:
        yield made[0]
    finally:
        client.close()
        gateway.close()
        store.close()
