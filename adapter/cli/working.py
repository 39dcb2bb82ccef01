"""Workers in threads of this process, made from the settings; each has connections of its own."""

import os
import socket
import threading
from collections.abc import Sequence

from adapter.cli.catch_up import ordered
from adapter.core.packs import Pack
from adapter.inbound.catching_up import Reach
from adapter.inbound.relevance import Relevance
from adapter.inbound.sources import SourceClient
from adapter.outbound.access import Access
from adapter.outbound.client import Target
from adapter.outbound.credentials import connection_of
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.writing import Writer
from adapter.settings import Settings, TargetSettings
from adapter.store.engine import Store
from adapter.web.logs import log
from adapter.work import Surroundings, Worker
from adapter.work.keeping import CAUGHT, FAILED, Keeper, Watched
from adapter.work.loop import utc_now

PAUSE_SECONDS = 1.0
KEEP_SECONDS = 10.0


def start_workers(
    store: Store, packs: Sequence[Pack], settings: Settings, stop: threading.Event
) -> list[threading.Thread]:
    """Start as many workers as the settings say; they end after `stop`, each with what it has begun."""
    threads = [
        threading.Thread(
            target=_run, args=(surroundings_of(store, packs, settings, stop), number, stop), name=f"worker-{number}"
        )
        for number in range(settings.workers)
    ]
    keeper = keeper_of(store, packs, settings)
    if keeper.sources:
        threads.append(threading.Thread(target=_keep, args=(keeper, stop), name="keeper"))
    for thread in threads:
        thread.start()
    return threads


def keeper_of(store: Store, packs: Sequence[Pack], settings: Settings) -> Keeper:
    """Who keeps up with the sources that may be asked; raises BadCredentials."""
    types = ordered(Relevance(packs).types)
    watched = {}
    for name, one in settings.sources.items():
        if one.access is not None:
            skips = (one.overrides.no_events, one.overrides.no_history, one.overrides.no_last_updated)
            watched[name] = Watched(Reach(name, types, *skips), _source(one.access), one.heartbeat_seconds)
    return Keeper(store, watched, _tell)


def surroundings_of(store: Store, packs: Sequence[Pack], settings: Settings, stop: threading.Event) -> Surroundings:
    """What one worker works with; raises BadCredentials."""
    accesses = [one.access for one in settings.sources.values() if one.access is not None]
    return Surroundings(
        store,
        tuple(packs),
        settings.secret,
        settings.site.base,
        # A writer that waits for a target that is down must not hold up the end.
        {name: Writer(_target(store, one), stop.wait) for name, one in settings.targets.items()},
        settings.target_of("ChargeItem"),
        {name: one.base_url.rstrip("/") for name, one in settings.sources.items() if one.base_url},
        {one.base_url.rstrip("/"): _source(one) for one in accesses},
        float(settings.lease_seconds),
    )


def _source(access: Access) -> SourceClient:
    connection = connection_of(access)
    return SourceClient(access.base_url, connection.auth, cert=connection.cert, verify=connection.verify)


def _target(store: Store, settings: TargetSettings) -> Target | EmbeddedTarget:
    if settings.access is None:
        return EmbeddedTarget(store)
    return Target(settings.base_url, **connection_of(settings.access)._asdict())


def _keep(keeper: Keeper, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            keeper.tick(utc_now())
        except Exception as error:
            log("worker-failed", error=type(error).__name__)
        stop.wait(KEEP_SECONDS)


def _tell(event: str, source: str, words: str) -> None:
    if event == CAUGHT:
        log("caught-up", source=source, text=words)
    elif event == FAILED:
        log("not-caught-up", source=source, text=words)
    else:
        log("swept", source=source, text=words)


def _run(around: Surroundings, number: int, stop: threading.Event) -> None:
    """One worker for as long as the process lives: what nobody expected ends a look, not the work."""
    worker = Worker(around, f"{socket.gethostname()}:{os.getpid()}:{number}")
    while not stop.is_set():
        try:
            worker.run(stop)
        except Exception as error:
            log("worker-failed", error=type(error).__name__)
            stop.wait(PAUSE_SECONDS)
