"""What the store alone does in a second, as docs/service.md states it. Absolutes: they do not travel."""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from adapter.core.references import Key
from adapter.store import work
from adapter.store.engine import Store, migrate, open_store
from adapter.store.inbox import NewEvent
from adapter.store.lanes import lane_of
from adapter.store.writer import GroupCommit
from adapter.work.loop import utc_now
from bench import postgresql
from bench.workers import BASE, database

THREADS = 16
_LEASE = 60.0
_SPAWN = multiprocessing.get_context("spawn")


def store_figures(events: int = 8000, lanes: int = 1500) -> Iterator[str]:
    """A line a figure."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        migrate(url)
        yield f"group commit on SQLite, {THREADS} threads: {_accepting(url, events)}"
        yield f"claims and finishes on SQLite, one worker: {_claims(url, 1, lanes):.0f} a second"
    with postgresql.server("fsync=on") as port:
        for workers, name in ((1, "one"), (4, "four")):
            rate = _claims(database(port, name), workers, lanes)
            yield f"claims and finishes on PostgreSQL (fsync=on), workers: {name}: {rate:.0f} a second"


def _accepting(url: str, events: int) -> str:
    """Each thread submits an event and waits until it is on disk."""
    store = open_store(url)
    waits: list[float] = []
    try:
        with GroupCommit(store) as inbox, ThreadPoolExecutor(THREADS) as threads:

            def accept(number: int) -> None:
                began = time.perf_counter()
                inbox.submit([_event(number)]).result()
                waits.append(time.perf_counter() - began)

            began = time.perf_counter()
            list(threads.map(accept, range(events)))
            rate = events / (time.perf_counter() - began)
    finally:
        store.close()
    return f"{rate:.0f} events/s, p99 {statistics.quantiles(waits, n=100)[-1] * 1000:.0f} ms"


def _event(number: int) -> NewEvent:
    lane = lane_of(Key(BASE, "Patient", f"p{number // 4}"))
    body = b"{" + b" " * 1000 + b"}"
    own_id, name = str(number), f"version:{number}"
    return NewEvent("had", name, lane, utc_now(), "update", body, type="Encounter", resource_id=own_id)


def _claims(url: str, workers: int, lanes: int) -> float:
    """Claims and finishes a second, each in a transaction of its own, by workers that are processes."""
    store = open_store(url)
    try:
        _fill(store, lanes)
        ready = _SPAWN.Barrier(workers + 1)
        processes = [_SPAWN.Process(target=_drain, args=(url, ready)) for _ in range(workers)]
        for process in processes:
            process.start()
        ready.wait()
        began = time.perf_counter()
        for process in processes:
            process.join()
        return lanes / (time.perf_counter() - began)
    finally:
        store.close()


def _fill(store: Store, lanes: int) -> None:
    with store.begin() as tx:
        while (held := work.claim(tx, "bench", utc_now(), _LEASE)) is not None:
            work.finish(tx, held, utc_now(), None)
        work.enqueue(tx, (f"person:{number}" for number in range(lanes)), utc_now())


def _drain(url: str, ready: Any) -> None:
    store = open_store(url)
    ready.wait()
    while True:
        with store.begin() as tx:
            held = work.claim(tx, "bench", utc_now(), _LEASE)
        if held is None:
            return
        with store.begin() as tx:
            work.finish(tx, held, utc_now(), None)
