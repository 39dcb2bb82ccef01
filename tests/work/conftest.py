"""A worker on a real database of its own, writing to a real FHIR server."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapter.core.references import Key
from adapter.fhir.json_text import dumps
from adapter.mappings import load_packs
from adapter.outbound.client import Target
from adapter.outbound.writing import Writer
from adapter.store import inbox
from adapter.store.engine import Store, migrate, open_store
from adapter.store.lanes import lane_of
from adapter.work import Surroundings, Worker
from tests.parts import require
from tests.servers import sekmet

SOURCE = "had"
BASE = "https://had.example.org/fhir"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    with sekmet(tmp_path_factory.mktemp("work-target")) as base:
        yield base


@dataclass
class Running:
    """A worker, the clock it reads, and ways to send it news."""

    store: Store
    worker: Worker
    target: Target
    now: datetime = NOW
    sent: int = 0
    around: Surroundings | None = None

    def send(self, *resources: dict[str, Any], interaction: str = "update") -> None:
        """Put resources (or, for a deletion, what names them) into the inbox, each as an event of its own."""
        events = []
        for resource in resources:
            self.sent += 1
            key = Key(BASE, resource["resourceType"], resource["id"])
            body = b"" if interaction == "delete" else dumps(resource).encode()
            events.append(
                inbox.NewEvent(
                    *(SOURCE, str(self.sent), lane_of(key), self.now, interaction, body),
                    type=key.type,
                    resource_id=key.id,
                )
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
        """Let time go by."""
        self.now += timedelta(**by)

    def written(self, kind: str) -> list[dict[str, Any]]:
        """What the target holds for the persons of this source."""
        found = self.target.search(kind, {})
        return [r for r in found if BASE in str(r.get("subject") or r.get("for"))]


@pytest.fixture
def running(tmp_path: Path, server: str) -> Iterator[Running]:
    url = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(url)
    store = open_store(url)
    with Target(server) as target:
        packs = load_packs(only=["fr-vsp"])
        around = Surroundings(
            *(store, packs, str(tmp_path).encode(), packs[0].base, {"server": Writer(target, lambda _s: None)}),
            target_of=lambda _type: "server",
            bases={SOURCE: BASE},
        )
        made = Running(store, Worker(around, "test"), target, around=around)
        made.worker = Worker(around, "test", clock=lambda: made.now)
        yield made
        store.close()
