"""`/metrics` for Prometheus: counters of this process, and what the store holds when it is asked.

Labels are closed lists and the sources of the settings: no person, resource, event or message is ever one.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.engine import Connection

from adapter import __version__
from adapter.core.errors import AdapterError
from adapter.store import dead_letters, inbox, outbox, work
from adapter.store.engine import Store
from adapter.store.tables import SCHEMA

_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics(registry: CollectorRegistry) -> Blueprint:
    """The page."""
    made = Blueprint("metrics", __name__)

    @made.get("/metrics")
    def page() -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": _TYPE})

    return made


class StoreCollector(Collector):
    """What the store holds; while it cannot be read, only that is told."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Called by the registry at each scrape."""
        info = GaugeMetricFamily("adapter_build_info", "Version and schema", labels=["version", "schema"])
        info.add_metric([__version__, SCHEMA], 1)
        yield info
        try:
            with self._store.read() as tx:
                found = list(_of_store(tx, self._now()))
        except AdapterError:
            found = []
        yield GaugeMetricFamily("adapter_store_up", "Whether the database can be read", value=bool(found))
        yield from found


def _of_store(tx: Connection, now: datetime) -> Iterable[GaugeMetricFamily]:
    yield _by_state("adapter_work_lanes", "Lanes of the work list", work.counts(tx, now))
    yield _by_state("adapter_inbox_events", "Events of the inbox", inbox.counts(tx))
    yield _by_state("adapter_outbox", "Decisions on their way to a target", outbox.counts(tx))
    yield _waiting(tx)
    yield GaugeMetricFamily("adapter_dead_letters", "What a person must look at", value=dead_letters.count(tx))
    oldest = inbox.oldest_new(tx)
    age = max((now - oldest).total_seconds(), 0.0) if oldest else 0.0
    yield GaugeMetricFamily("adapter_event_age_seconds", "Age of the oldest event that was not applied", value=age)


def _waiting(tx: Connection) -> GaugeMetricFamily:
    text = "Decisions that wait for another try, by target and by how the last one failed"
    family = GaugeMetricFamily("adapter_outbox_waiting", text, labels=["target", "code"])
    for target, code, number in outbox.waiting(tx):
        family.add_metric([target, code], number)
    return family


def _by_state(name: str, text: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["state"])
    for state, number in counts.items():
        family.add_metric([state], number)
    return family
