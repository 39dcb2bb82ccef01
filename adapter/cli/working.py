"""Workers in threads of this process, made from the settings; each has connections of its own."""

import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from prometheus_client import CollectorRegistry

from adapter import __version__
from adapter.cli.catch_up import ordered
from adapter.cli.roads import road_of
from adapter.cli.sharing import sharing_of
from adapter.cli.subscribe import header_of
from adapter.core.identity import pseudonym
from adapter.core.packs import Pack
from adapter.inbound.catching_up import Reach
from adapter.inbound.relevance import Relevance
from adapter.inbound.sources import SourceClient
from adapter.inbound.subscriptions import Asked, SubscriptionClient
from adapter.outbound.access import Access, Tls
from adapter.outbound.client import Target
from adapter.outbound.credentials import connection_of
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.writing import Manner, Writer
from adapter.settings import Settings, SourceSettings, TargetSettings
from adapter.store.engine import Store
from adapter.store.tables import SCHEMA
from adapter.web.logs import log
from adapter.work import Surroundings, Worker
from adapter.work.chores import FORGOT, Chores, fingerprint
from adapter.work.circuits import Circuits
from adapter.work.figures import Figures
from adapter.work.keeping import CAUGHT, FAILED, NOT_RENEWED, RENEWED, Keeper, Subscribing, Watched
from adapter.work.loop import utc_now
from adapter.work.surroundings import DMP, EMBEDDED
from adapter.work.unexpected import place_of

PAUSE_SECONDS = 1.0
KEEP_SECONDS = 10.0


def start_workers(
    store: Store,
    packs: Sequence[Pack],
    settings: Settings,
    stop: threading.Event,
    registry: CollectorRegistry | None = None,
) -> list[threading.Thread]:
    """Start as many workers as the settings say; they end after `stop`, each with what it has begun.

    `registry` gets what they count.
    """
    circuits, figures = Circuits(), Figures(registry)
    figures.watch([*_targets_of(settings), DMP], lambda name: circuits.left_alone(name, utc_now()) is not None)
    arounds = [surroundings_of(store, packs, settings, stop, circuits, figures) for _ in range(settings.workers)]
    threads = [
        threading.Thread(target=_run, args=(around, number, stop), name=f"worker-{number}")
        for number, around in enumerate(arounds)
    ]
    chores, keeper = chores_of(store, packs, settings), keeper_of(store, packs, settings)
    threads.append(threading.Thread(target=_keep, args=(chores, stop), name="chores"))
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
            keeping = _subscribing(name, one, packs)
            watched[name] = Watched(Reach(name, types, *skips), _source(one.access), one.heartbeat_seconds, keeping)
    return Keeper(store, watched, _tell)


def _subscribing(name: str, one: SourceSettings, packs: Sequence[Pack]) -> Subscribing | None:
    """How to keep our Subscriptions there; None where nothing tells its notifications from others'."""
    known = one.notifications
    if one.access is None or not (known.configured or known.allow_unauthenticated):
        return None
    client = SubscriptionClient(one.access.base_url, **connection_of(one.access)._asdict())
    types = ordered({reader.spec.resource for pack in packs for reader in pack.readers})
    return Subscribing(client, Asked(name, types, one.fhir_version, one.notified_by), header_of(name, one))


def chores_of(store: Store, packs: Sequence[Pack], settings: Settings) -> Chores:
    """What the service does for itself."""
    sources = sorted((name, one.base_url, one.fhir_version, one.time_zone) for name, one in settings.sources.items())
    targets = sorted((name, one.base_url, one.kinds) for name, one in settings.targets.items())
    key = pseudonym(settings.secret, "decides")
    shared = replace(settings.dmp, login=None, tls=Tls())
    decides = fingerprint(packs, __version__, SCHEMA, sources, targets, key, shared, settings.cda_kit)
    return Chores(store, timedelta(days=settings.retention_days), decides, _tell_of_ourselves)


def surroundings_of(
    store: Store,
    packs: Sequence[Pack],
    settings: Settings,
    stop: threading.Event,
    circuits: Circuits,
    figures: Figures,
) -> Surroundings:
    """What one worker works with; raises BadCredentials."""
    targets = _targets_of(settings)
    accesses = [one.access for one in settings.sources.values() if one.access is not None]
    return Surroundings(
        store,
        tuple(packs),
        settings.secret,
        settings.site.base,
        # A writer that waits for a target that is down must not hold up the end.
        {name: Writer(_target(store, one), stop.wait, _manner(settings, name)) for name, one in targets.items()},
        settings.target_of,
        {name: one.base_url.rstrip("/") for name, one in targets.items() if one.access is not None},
        {name: one.base_url.rstrip("/") for name, one in settings.sources.items() if one.base_url},
        {one.base_url.rstrip("/"): _source(one) for one in accesses},
        float(settings.lease_seconds),
        circuits,
        figures,
        {one.base_url.rstrip("/"): one.form for one in settings.sources.values() if one.base_url}
        | {name: one.form for name, one in settings.sources.items() if not one.base_url},
        sharing=sharing_of(settings, packs),
        road=road_of(settings.dmp),
        tell=_tell_of_a_bug,
    )


def _targets_of(settings: Settings) -> dict[str, TargetSettings]:
    """With our own database among them, which takes what no other target takes and needs no entry."""
    return {EMBEDDED: TargetSettings(), **settings.targets}


def _manner(settings: Settings, name: str) -> Manner:
    """One quick second try: what fails longer waits in the outbox, and holds up no worker."""
    overrides = _targets_of(settings)[name].overrides
    return Manner(
        tries=2,
        longest_wait=1.0,
        no_transactions=overrides.no_transactions,
        no_conditional_update=overrides.no_conditional_update,
        takes_tasks=settings.target_of("Task") == name,
    )


def _source(access: Access) -> SourceClient:
    connection = connection_of(access)
    return SourceClient(access.base_url, connection.auth, cert=connection.cert, verify=connection.verify)


def _target(store: Store, settings: TargetSettings) -> Target | EmbeddedTarget:
    if settings.access is None:
        return EmbeddedTarget(store)
    return Target(settings.base_url, **connection_of(settings.access)._asdict())


def _keep(keeper: Keeper | Chores, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            keeper.tick(utc_now())
        except Exception as error:
            _tell_of_a_bug(error)
        stop.wait(KEEP_SECONDS)


def _tell(event: str, source: str, words: str) -> None:
    if event == CAUGHT:
        log("caught-up", source=source, text=words)
    elif event == FAILED:
        log("not-caught-up", source=source, text=words)
    elif event == RENEWED:
        log("renewed", source=source, text=words)
    elif event == NOT_RENEWED:
        log("not-renewed", source=source, text=words)
    else:
        log("swept", source=source, text=words)


def _tell_of_ourselves(event: str, words: str) -> None:
    if event == FORGOT:
        log("forgot", text=words)
    else:
        log("judged-by", text=words)


def _tell_of_a_bug(error: Exception) -> None:
    log("worker-failed", error=type(error).__name__, place=place_of(error))


def _run(around: Surroundings, number: int, stop: threading.Event) -> None:
    """One worker for as long as the process lives: what nobody expected ends a look, not the work."""
    worker = Worker(around, f"{socket.gethostname()}:{os.getpid()}:{number}")
    while not stop.is_set():
        try:
            worker.run(stop)
        except Exception as error:
            _tell_of_a_bug(error)
            stop.wait(PAUSE_SECONDS)
