"""How many looks a burst of news about one person costs."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from adapter.inbound.dialects.authentication import Credentials
from adapter.mappings import load_packs
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.writing import Writer
from adapter.settings import Settings, SourceSettings
from adapter.store.engine import Store, migrate, open_store
from adapter.store.writer import GroupCommit
from adapter.web import create_app
from adapter.work import Surroundings, Worker
from adapter.work.figures import Figures
from adapter.work.surroundings import EMBEDDED
from bench.inputs import person

BASE = "https://hospital.example.org/fhir"


def looks_for_many_events(events: int = 1000) -> float:
    """Looks that a worker takes until nothing is due, after so many notifications about one person."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'adapter.db'}"
        migrate(url)
        store = open_store(url)
        try:
            _notify(store, events)
            return _looks(store)
        finally:
            store.close()


def _notify(store: Store, events: int) -> None:
    source = SourceSettings(BASE, notifications=Credentials(allow_unauthenticated=True))
    # The log of each request would hide the figures.
    with GroupCommit(store) as inbox, open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        client = create_app(store, inbox, Settings(sources={"had": source}), ()).test_client()
        for resource in _news(events):
            answer = client.post("/hooks/had", data=json.dumps(resource), content_type="application/fhir+json")
            if answer.status_code != 200:
                raise RuntimeError(f"the service answered {answer.status_code}")


def _news(events: int) -> Iterator[dict[str, Any]]:
    """A person's resources in ever new versions."""
    resources, version = list(person(1, visits=9)), 0
    for number in range(events):
        version += number % len(resources) == 0
        resource = resources[number % len(resources)]
        yield {**resource, "meta": {**resource["meta"], "versionId": str(version)}}


def _looks(store: Store) -> float:
    packs, counted = load_packs(only=["fr-vsp"]), CollectorRegistry()
    writers = {EMBEDDED: Writer(EmbeddedTarget(store), lambda _seconds: None)}
    around = Surroundings(
        *(store, packs, b"bench", packs[0].base, writers), bases={"had": BASE}, figures=Figures(counted)
    )
    worker = Worker(around, "bench")
    while worker.tick():
        pass
    return sum(s.value for metric in counted.collect() for s in metric.samples if s.name == "adapter_looks_total")
