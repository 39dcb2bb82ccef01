"""Puts the service together."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from flask import Flask, Response
from prometheus_client import CollectorRegistry
from werkzeug.exceptions import HTTPException

from adapter.core.errors import AdapterError
from adapter.core.packs import Pack
from adapter.inbound.dialects.authentication import Credentials
from adapter.settings import Settings
from adapter.store.engine import Store
from adapter.store.writer import GroupCommit
from adapter.web.counters import Counters
from adapter.web.fhir_api import FhirApi
from adapter.web.health import health
from adapter.web.hooks import Hooks
from adapter.web.logs import Log, log, log_requests
from adapter.web.metrics import StoreCollector, metrics
from adapter.web.outcomes import Refusal, of_failure, of_http, of_surprise, refused
from adapter.web.senders import Proxies, senders_of


def utc_now() -> datetime:
    """The clock of a running service; tests pass their own."""
    return datetime.now(UTC)


def create_app(
    store: Store,
    inbox: GroupCommit,
    settings: Settings,
    packs: Sequence[Pack],
    now: Callable[[], datetime] = utc_now,
    registry: CollectorRegistry | None = None,
    request_log: Log = log,
) -> Flask:
    """The service as a WSGI application; whoever passes the store, the inbox and a log closes them.

    `registry` holds what else `/metrics` is to show.
    """
    app = Flask("adapter", static_folder=None)
    app.url_map.strict_slashes = False
    # Senders follow no redirects.
    app.url_map.merge_slashes = False
    senders, registry = senders_of(settings), registry or CollectorRegistry()
    registry.register(StoreCollector(store, now))
    proxies = Proxies(settings.trusted_proxies)
    hooks = Hooks(
        store,
        inbox,
        senders,
        proxies,
        settings.body_limit,
        settings.poison_status != 200,
        Counters(registry),
        now,
    )
    hooks.route(app)
    for blueprint in (
        health(store, packs),
        metrics(registry),
        FhirApi(store, proxies, now, Credentials(bearer_tokens=settings.api_tokens)).blueprint(),
    ):
        app.register_blueprint(blueprint)
    _answer_errors(app)
    log_requests(app, lambda name: name if name in senders else None, request_log)
    return app


def _answer_errors(app: Flask) -> None:
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(AdapterError, of_failure)

    @app.errorhandler(Exception)
    def surprise(error: Exception) -> Response:
        log("failure", error=type(error).__name__)
        return of_surprise(error)
