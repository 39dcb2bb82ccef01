"""Hooks: `/hooks/{source}` and below. Authenticate the raw bytes, classify, store durably, and only then answer."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from flask import Flask, Response, request
from sqlalchemy.engine import Connection

from adapter.core.errors import AdapterError, Temporary
from adapter.inbound.admitting import Intake, intake_of, poison_of
from adapter.inbound.dialects.authentication import authenticate
from adapter.inbound.dialects.classification import classify
from adapter.inbound.dialects.reading import UNPACKED_LIMIT
from adapter.inbound.dialects.received import Code, Kind, Received
from adapter.inbound.dialects.replies import Reply, denied, not_stored, reply_to, too_long, unknown_source
from adapter.inbound.dialects.requests import Headers, Request
from adapter.store.engine import Store
from adapter.store.inbox import Accepted, set_aside
from adapter.store.writer import GroupCommit
from adapter.web.counters import Counters
from adapter.web.notes import Hearing, notes_of
from adapter.web.outcomes import RETRY_AFTER, accepted
from adapter.web.senders import Proxies, Sender

STORE_SECONDS = 25.0
"""How long a request waits for its events to be stored, less than senders wait for an answer."""

_METHODS = ["POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Hooks:
    """What the hooks work with; `now` is the clock."""

    store: Store
    inbox: GroupCommit
    senders: Mapping[str, Sender]
    proxies: Proxies
    body_limit: int
    refuse_poison: bool
    counters: Counters
    now: Callable[[], datetime]
    hearing: Hearing = field(default_factory=Hearing)

    def route(self, app: Flask) -> None:
        """Add the routes: to the app itself, since Flask asks for the Blueprint of a request again and again."""
        for rule in ("/hooks/<source>", "/hooks/<source>/<kind>", "/hooks/<source>/<kind>/<own_id>"):
            app.add_url_rule(rule, "receive", self.receive, methods=_METHODS, provide_automatic_options=False)

    def receive(self, source: str, kind: str | None = None, own_id: str | None = None) -> Response:
        """Take one notification."""
        # Each look at the current request costs a lookup of its context.
        reply = self._reply(source, kind, own_id, request.environ, accepted())
        return Response(reply.body, reply.status, reply.headers)

    def _reply(self, source: str, kind: str | None, own_id: str | None, sent: Mapping[str, Any], accept: str) -> Reply:
        sender = self.senders.get(source)
        if sender is None:
            return unknown_source(accept)
        # The server ends what it hands over where the body ends.
        body: bytes = sent["wsgi.input"].read(self.body_limit + 1)
        if len(body) > self.body_limit:
            return too_long(accept)
        asked = Request(
            sent["REQUEST_METHOD"], kind, own_id, _headers(sent), body, sent.get("REMOTE_ADDR") in self.proxies
        )
        if denial := authenticate(asked, sender.credentials):
            self.counters.denied(sender.name, denial.code)
            return denied(denial, accept)
        received = classify(asked, max(UNPACKED_LIMIT, self.body_limit))
        self.counters.received(sender.name, received.kind)
        return self._stored(sender, asked, received, accept)

    def _stored(self, sender: Sender, asked: Request, received: Received, accept: str) -> Reply:
        reply = reply_to(received, accept, self.refuse_poison)
        if received.kind is Kind.MALFORMED:
            return reply
        now = self.now()
        try:
            self._store(sender, self._intake(sender, asked, received, now), received, now)
        except (Temporary, TimeoutError) as error:
            wait = error.retry_after if isinstance(error, Temporary) else None
            return not_stored(int(wait or RETRY_AFTER), accept)
        except AdapterError as error:
            return self._keep_aside(sender, asked, error.code, accept)
        return reply

    def _intake(self, sender: Sender, asked: Request, received: Received, now: datetime) -> Intake:
        if received.kind is Kind.POISON:
            poison = poison_of(sender, asked, now)
            return Intake(aside=[(poison, received.code or Code.NOT_FHIR)])
        if not received.events and not received.context:
            return Intake()
        with ExitStack() as stack:
            reading = cache(lambda: stack.enter_context(self.store.read()))
            return intake_of(reading, sender, received, now)

    def _store(self, sender: Sender, intake: Intake, received: Received, now: datetime) -> None:
        """Wait until everything is on disk; raises what the inbox raises, or TimeoutError."""
        heard = self.hearing.note(sender.name, now)
        notes = notes_of(sender.name, received, intake.empty, now) + ([heard] if heard else [])
        if not (intake.events or intake.aside or notes):
            return

        def also(tx: Connection) -> None:
            for one, code in intake.aside:
                set_aside(tx, one, code)
            for note in notes:
                note(tx)

        became = self.inbox.submit(intake.events, also if intake.aside or notes else None).result(STORE_SECONDS)
        if heard:
            self.hearing.noted(sender.name, now)
        self.counters.kept(sender.name, became.count(Accepted.STORED), became.count(Accepted.DUPLICATE))
        self.counters.aside(sender.name, len(intake.aside))

    def _keep_aside(self, sender: Sender, asked: Request, code: str, accept: str) -> Reply:
        """What the database will never take as events is kept as the bytes that came."""
        poison = replace(poison_of(sender, asked, self.now()), content_type="")
        try:
            self.inbox.submit([], lambda tx: set_aside(tx, poison, code)).result(STORE_SECONDS)
        except (AdapterError, TimeoutError):
            return not_stored(RETRY_AFTER, accept)
        self.counters.aside(sender.name, 1)
        return reply_to(Received(Kind.POISON), accept, self.refuse_poison)


def _headers(environ: Mapping[str, Any]) -> Headers:
    """The headers as WSGI names them."""
    named = {name[5:].replace("_", "-"): value for name, value in environ.items() if name[:5] == "HTTP_"}
    named["Content-Type"] = environ.get("CONTENT_TYPE", "")
    return Headers(named)
