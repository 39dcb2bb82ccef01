"""`adapter serve` and `adapter work`: the service in one process, and more workers beside it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from adapter.cli.exits import Exit, Failure
from adapter.core.packs import Pack
from adapter.mappings import load_packs
from adapter.settings import Settings, SourceSettings, load_settings, worries
from adapter.store.engine import Store, migrate, open_store

LOCAL = "local"
"""The source of a service that has none configured, for trying out on one's own machine."""


@click.command("serve")
@click.option("--host", help="The address to listen on (default: this machine only).")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: 8080).")
@click.option("--no-work", is_flag=True, help="Only take notifications and serve; let `adapter work` do the rest.")
@click.pass_context
def serve_command(ctx: click.Context, host: str | None, port: int | None, no_work: bool) -> None:
    """Run the service until SIGTERM or Ctrl-C; needs no configuration."""
    settings = _with_local(_settings(ctx, host=host, port=port))
    with _opened(settings) as (store, packs, stop):
        _serve(store, packs, settings, stop, no_work)


@click.command("work")
@click.pass_context
def work_command(ctx: click.Context) -> None:
    """Run workers until SIGTERM or Ctrl-C, as many as `workers` says; any number of processes may."""
    settings = _settings(ctx)
    with _opened(settings) as (store, packs, stop):
        from adapter.cli.working import start_workers
        from adapter.web.logs import log

        threads = start_workers(store, packs, settings, stop)
        log("started", workers=len(threads))
        while not stop.wait(1.0):
            pass
        log("stopping")
        _join(threads)
        log("stopped")


def _serve(store: Store, packs: tuple[Pack, ...], settings: Settings, stop: threading.Event, no_work: bool) -> None:
    # Imported late: other commands of this file's group need no server.
    from prometheus_client import CollectorRegistry

    from adapter.store.writer import GroupCommit
    from adapter.web import create_app
    from adapter.web.batched_logs import BatchedLog
    from adapter.web.logs import log
    from adapter.web.serving import Server

    registry = CollectorRegistry()
    with GroupCommit(store, timedelta(seconds=settings.quiet_seconds)) as inbox, BatchedLog() as request_log:
        app = create_app(store, inbox, settings, packs, registry=registry, request_log=request_log)
        try:
            server = Server(app, settings.host, settings.port, settings.body_limit)
        except OSError as error:
            what = f"cannot listen on {settings.host}:{settings.port}: {error.strerror or 'no such address'}"
            raise Failure(what, Exit.SETUP) from error
        threads = [] if no_work else _workers(store, packs, settings, stop, registry)
        log("started", host=settings.host, port=server.port, workers=len(threads))
        try:
            server.run(stop, lambda: log("stopping"))
        finally:
            stop.set()
            _join(threads)
    log("stopped")


def _workers(
    store: Store, packs: tuple[Pack, ...], settings: Settings, stop: threading.Event, registry: Any
) -> list[threading.Thread]:
    from adapter.cli.working import start_workers

    return start_workers(store, packs, settings, stop, registry)


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


def _settings(ctx: click.Context, **flags: Any) -> Settings:
    config = ctx.find_root().obj
    return load_settings(Path(config) if config else None, flags=flags)


def _with_local(settings: Settings) -> Settings:
    """With nothing configured, whoever tries it out on this machine may notify; nobody else ever may."""
    from adapter.inbound.dialects.authentication import Credentials
    from adapter.web.senders import is_loopback

    if settings.sources or not is_loopback(settings.host):
        return settings
    return replace(settings, sources={LOCAL: SourceSettings(notifications=Credentials(allow_unauthenticated=True))})


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Store, tuple[Pack, ...], threading.Event]]:
    """The store, the packs, and an event that a signal sets; SQLite's tables are brought up to date."""
    from adapter.web.logs import log, quiet_libraries

    quiet_libraries()
    for text in worries(settings):
        log("worry", text=text)
    packs = load_packs(settings.site, settings.packs_folder)
    if settings.database_url.startswith("sqlite"):
        migrate(settings.database_url)
    store = open_store(settings.database_url)
    try:
        with _signals() as stop:
            yield store, packs, stop
    finally:
        store.close()


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that the first SIGTERM or SIGINT sets; the second ends the process as it would any command."""
    stop = threading.Event()
    earlier = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in earlier.items():
            signal.signal(number, handler)

    def end(*_: object) -> None:
        stop.set()
        restore()

    for number in earlier:
        signal.signal(number, end)
    try:
        yield stop
    finally:
        restore()
