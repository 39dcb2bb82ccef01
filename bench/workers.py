"""What more workers bring: four beside one, on PostgreSQL, writing to a target that takes 50 ms for each answer.

Each is a process of its own, as `adapter work` is: threads of one process would share its one interpreter.
"""

import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

from adapter.core.references import Key
from adapter.fhir.json_text import dumps
from adapter.mappings import load_packs
from adapter.outbound.client import Target
from adapter.outbound.writing import Writer
from adapter.store import inbox, outbox, work
from adapter.store.engine import Store, migrate, open_store
from adapter.store.lanes import lane_of
from adapter.work import Surroundings, Worker
from adapter.work.loop import utc_now
from bench import postgresql
from bench.inputs import doctor, person
from bench.processes import LOCALHOST, started

DELAY = "0.05"
BASE = "https://hospital.example.org/fhir"
_LONGEST = 300.0
_SPAWN = multiprocessing.get_context("spawn")


def four_workers_against_one(persons: int = 24, rounds: int = 5) -> float:
    """How many times as fast four workers bring the same persons to their charges as one does."""
    names = (f"bench{n}" for n in count())
    with postgresql.server() as port, started("bench.slow_target", DELAY) as slow:
        target = f"http://{LOCALHOST}:{slow}/fhir"
        ratios = []
        for _ in range(rounds):
            one, four = (_seconds(database(port, next(names)), target, n, persons) for n in (1, 4))
            ratios.append(one / four)
    return statistics.median(ratios)


def database(port: int, name: str) -> str:
    """The URL of a new database with the store's tables."""
    with psycopg.connect(postgresql.url(port, "postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    made = postgresql.url(port, name)
    migrate(made)
    return made


def _seconds(url: str, target: str, workers: int, persons: int) -> float:
    """From the first claim until every person's decision is confirmed by the target."""
    store = open_store(url)
    try:
        _send(store, persons)
        with _working(url, target, workers):
            began = time.perf_counter()
            while not _is_done(store, persons):
                if time.perf_counter() - began > _LONGEST:
                    raise RuntimeError("the workers do not come to an end")
                # Seldom: who asks takes time from those who work.
                time.sleep(0.05)
            return time.perf_counter() - began
    finally:
        store.close()


@contextmanager
def _working(url: str, target: str, workers: int) -> Iterator[None]:
    """Processes that have loaded all they need, and begin together."""
    ready = _SPAWN.Barrier(workers + 1)
    processes = [_SPAWN.Process(target=_work, args=(url, target, number, ready)) for number in range(workers)]
    for process in processes:
        process.start()
    try:
        ready.wait(_LONGEST)
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def _work(url: str, target: str, number: int, ready: Any) -> None:
    _warm_up(target)
    worker = _worker(open_store(url), target, number)
    ready.wait(_LONGEST)
    worker.run(threading.Event())


def _warm_up(target: str) -> None:
    """What the first look and the first write load counts for nobody: a person in a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/warm.db"
        migrate(url)
        store = open_store(url)
        _send(store, 1)
        worker = _worker(store, target, 0)
        while not _is_done(store, 1):
            worker.tick()
        store.close()


def _send(store: Store, persons: int) -> None:
    """A visit of each person, all of it in the person's own lane."""
    with store.begin() as tx:
        for number in range(persons):
            inbox.accept(tx, [_event(number, one) for one in (doctor(), *person(number))])


def _event(number: int, resource: dict[str, Any]) -> inbox.NewEvent:
    kind, own_id = resource["resourceType"], resource["id"]
    lane, name = lane_of(Key(BASE, "Patient", f"p{number}")), f"{number} {kind}/{own_id}"
    body = dumps(resource).encode()
    return inbox.NewEvent("had", name, lane, utc_now(), "update", body, type=kind, resource_id=own_id)


def _worker(store: Store, target: str, number: int) -> Worker:
    packs = load_packs(only=["fr-vsp"])
    writers = {"slow": Writer(Target(target), time.sleep)}
    around = Surroundings(
        *(store, packs, b"bench", packs[0].base, writers), target_of=lambda _type: "slow", bases={"had": BASE}
    )
    return Worker(around, f"bench:{number}")


def _is_done(store: Store, persons: int) -> bool:
    with store.read() as tx:
        counts = outbox.counts(tx)
        lanes = work.counts(tx, utc_now())
    is_written = counts["confirmed"] >= persons and not counts["intended"] + counts["sending"]
    return is_written and not lanes["due"] + lanes["held"]
