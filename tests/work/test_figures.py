"""What a worker counts, as Prometheus reads it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from adapter.outbound.client import Target
from adapter.work.circuits import Circuits
from adapter.work.figures import Figures
from tests.replay.visits import visit
from tests.work.conftest import Running
from tests.work.targets import database, databases, worker


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with database(tmp_path / "adapter.db") as store:
        yield Running(store, None, None)  # type: ignore[arg-type]  # the test gives it its worker


def test_looks_and_writes_are_counted_by_how_they_went(running: Running, tmp_path: Path) -> None:
    registry, circuits = CollectorRegistry(), Circuits()
    figures = Figures(registry)
    figures.watch(["billing", "rest"], lambda name: circuits.left_alone(name, running.now) is not None)

    def value(name: str, **labels: str) -> float:
        return registry.get_sample_value(name, labels) or 0.0

    with databases(tmp_path, "rest") as rest, Target("http://127.0.0.1:9/fhir") as nobody:
        routes = {"ChargeItem": "billing", "Account": "billing"}
        worker(running, {**rest, "billing": nobody}, routes, circuits=circuits, figures=figures).send(*visit())
        for _ in range(3):
            running.settle()
            running.later(minutes=1)
    assert value("adapter_writes_total", target="rest", outcome="written") >= 1
    assert value("adapter_writes_total", target="billing", outcome="put-off") >= 3
    assert value("adapter_write_seconds_count", target="billing") >= 3
    assert value("adapter_looks_total", outcome="done") == value("adapter_look_seconds_count") > 0
    assert value("adapter_target_left_alone", target="billing") == 1
    assert registry.get_sample_value("adapter_target_left_alone", {"target": "rest"}) == 0
