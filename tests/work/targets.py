"""A worker with several targets: real ones, or databases of our own in their place."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from adapter.mappings import load_packs
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.targets import AnyTarget
from adapter.outbound.writing import Manner, Writer
from adapter.store import audits, outbox, work
from adapter.store.engine import Store, migrate, open_store
from adapter.work import Surroundings, Worker
from tests.work.conftest import BASE, SOURCE, Running


@contextmanager
def database(file: Path) -> Iterator[Store]:
    """A store with our tables, made where there is none."""
    migrate(f"sqlite:///{file}")
    store = open_store(f"sqlite:///{file}")
    try:
        yield store
    finally:
        store.close()


@contextmanager
def databases(folder: Path, *names: str) -> Iterator[dict[str, EmbeddedTarget]]:
    """A target for each name, each a database."""
    with ExitStack() as stack:
        yield {n: EmbeddedTarget(stack.enter_context(database(folder / f"{n}.db"))) for n in names}


def worker(running: Running, targets: Mapping[str, AnyTarget], routes: Mapping[str, str], **more: Any) -> Running:
    """The same running with a worker that has these targets, each type going where `routes` says, else to the first."""
    first = next(iter(targets))
    packs = load_packs(only=["fr-vsp"])
    writers = {
        name: Writer(one, lambda _s: None, Manner(tries=1, takes_tasks=routes.get("Task", first) == name))
        for name, one in targets.items()
    }
    around = Surroundings(
        *(running.store, packs, b"a key", packs[0].base, writers, lambda kind: routes.get(kind, first)),
        homes={name: one.base_url for name, one in targets.items() if one.base_url},
        **{"bases": {SOURCE: BASE}, **more},
    )
    running.worker = Worker(around, "test", clock=lambda: running.now)
    return running


def look_again(running: Running) -> None:
    """Ask for a look at the one person."""
    with running.store.begin() as tx:
        work.enqueue(tx, ["person:1"], running.now)


def counts(running: Running) -> dict[str, int]:
    """Decisions by state, without the states that have none."""
    with running.store.read() as tx:
        return {state: number for state, number in outbox.counts(tx).items() if number}


def audited(running: Running) -> list[dict[str, Any]]:
    """Every AuditEvent."""
    with running.store.read() as tx:
        return [event for _, event in audits.read(tx, limit=1000)]
