"""A read-only FHIR API over what was written to the embedded target: read, history, search, JSON and XML.

What is served names persons: whoever asks must show a token of the settings, and where these have none it is open
to this machine alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from sqlalchemy.engine import Connection

from adapter.core.times import instant_text
from adapter.fhir.elements import is_resource
from adapter.inbound.dialects.authentication import Credentials, authenticate
from adapter.inbound.dialects.requests import Headers, Request
from adapter.store import embedded
from adapter.store.embedded import Version
from adapter.store.engine import Store
from adapter.web.capability import capability_statement
from adapter.web.outcomes import Refusal, rendered
from adapter.web.searches import Pages, Search, search_of
from adapter.web.senders import Proxies, is_loopback

PREFIX = "/fhir"
_PAGE = "_page"
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


@dataclass(frozen=True)
class FhirApi:
    """The API over a store; `now` is the clock, `credentials` what a reader must show, if anything."""

    store: Store
    proxies: Proxies
    now: Callable[[], datetime]
    credentials: Credentials = field(default_factory=Credentials)
    pages: Pages = field(default_factory=Pages)

    def blueprint(self) -> Blueprint:
        """The routes."""
        made = Blueprint("fhir", __name__, url_prefix=PREFIX)
        made.before_request(self._check_reader)
        for rule, name, view in (
            ("/metadata", "metadata", self.metadata),
            ("/<type_name>", "search", self.search),
            ("/<type_name>/<own_id>", "read", self.read),
            ("/<type_name>/<own_id>/_history", "history", self.history),
            ("/<type_name>/<own_id>/_history/<version>", "vread", self.vread),
        ):
            made.add_url_rule(rule, name, view, methods=["GET"], provide_automatic_options=False)
        made.add_url_rule("/<type_name>/_search", "post_search", self.post_search, methods=["POST"])
        return made

    def _check_reader(self) -> None:
        if not self.credentials.configured:
            self._check_machine()
        elif request.endpoint != "fhir.metadata":
            # Who looks for what to show finds it there, and nobody's data.
            asked = Request(request.method, headers=Headers(dict(request.headers)))
            if authenticate(asked, self.credentials):
                raise Refusal(401, "the FHIR API wants a token")

    def _check_machine(self) -> None:
        peer, asked = request.remote_addr, urlsplit(request.host_url).hostname
        # A page of the web in a browser here comes with its own host; what a proxy passes on is not from here.
        is_passed_on = peer in self.proxies or any(name in request.headers for name in _FORWARDED)
        if is_passed_on or not is_loopback(peer) or not is_loopback(asked):
            raise Refusal(403, "the FHIR API answers to this machine only")

    def metadata(self) -> Response:
        """The CapabilityStatement."""
        with self.store.read() as tx:
            types = embedded.types(tx)
        has_tokens = bool(self.credentials.configured)
        return rendered(capability_statement(_base(), types, instant_text(self.now()), has_tokens))

    def read(self, type_name: str, own_id: str) -> Response:
        """One resource as it is now."""
        _check_type(type_name)
        with self.store.read() as tx:
            found = embedded.read(tx, type_name, own_id)
        return _one(found)

    def vread(self, type_name: str, own_id: str, version: str) -> Response:
        """One version of a resource."""
        _check_type(type_name)
        if not version.isascii() or not version.isdigit() or len(version) > 15:
            raise Refusal(404, "there is no such version")
        with self.store.read() as tx:
            found = embedded.read(tx, type_name, own_id, int(version))
        return _one(found)

    def history(self, type_name: str, own_id: str) -> Response:
        """The newest versions of a resource, newest first."""
        _check_type(type_name)
        limit = search_of(type_name, [("_count", request.args.get("_count", ""))]).count
        with self.store.read() as tx:
            found = embedded.history(tx, type_name, own_id, limit)
        if not found:
            raise Refusal(404, "there is no such resource")
        entries = [_entry(one, _told(one)) for one in found]
        links = [("self", f"{_base()}/{type_name}/{own_id}/_history")]
        return rendered(_bundle("history", found[0].version, links, entries))

    def search(self, type_name: str) -> Response:
        """A search by the parameters of the query, or a further page of one."""
        _check_type(type_name)
        if page := request.args.get(_PAGE):
            return self._searched(self.pages.get(page, type_name))
        return self._searched(search_of(type_name, request.args.items(multi=True), _is_lenient()))

    def post_search(self, type_name: str) -> Response:
        """As `search`, with the parameters in the body, where no log sees them."""
        _check_type(type_name)
        given = [*request.args.items(multi=True), *request.form.items(multi=True)]
        return self._searched(search_of(type_name, given, _is_lenient()))

    def _searched(self, search: Search) -> Response:
        with self.store.read() as tx:
            total = embedded.count(tx, search.type, search.wanted)
            found = [] if search.total_only else _found(tx, search)
        page = found[: search.count]
        url = f"{_base()}/{search.type}"
        links = [("self", url)]
        if len(found) > len(page):
            last = page[-1]
            links.append(("next", f"{url}?{_PAGE}={self.pages.keep(replace(search, after=(last.updated, last.id)))}"))
        entries = [_entry(one, {"search": {"mode": "match"}}) for one in page]
        return rendered(_bundle("searchset", total, links, entries))


def _found(tx: Connection, search: Search) -> list[Version]:
    """One more than the page holds, which tells whether there is another."""
    return embedded.search(tx, search.type, search.wanted, search.count + 1, search.after, search.newest_first)


def _is_lenient() -> bool:
    return "handling=lenient" in request.headers.get("Prefer", "").lower()


def _check_type(type_name: str) -> None:
    if not is_resource(type_name):
        raise Refusal(404, "no such resource type in FHIR R4", "not-supported")


def _base() -> str:
    return f"{request.host_url.rstrip('/')}{PREFIX}"


def _one(found: Version | None) -> Response:
    if found is None:
        raise Refusal(404, "there is no such resource")
    tag = f'W/"{found.version}"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(found.updated, usegmt=True), "Vary": "Accept"}
    if request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers=headers)
    return rendered(found.content, headers=headers)


def _told(one: Version) -> dict[str, Any]:
    """How a version came to be, as a history tells it."""
    is_first = one.version == 1
    asked = {"method": "POST" if is_first else "PUT", "url": one.type if is_first else f"{one.type}/{one.id}"}
    answered = {
        "status": "201" if is_first else "200",
        "etag": f'W/"{one.version}"',
        "lastModified": instant_text(one.updated),
    }
    return {"request": asked, "response": answered}


def _entry(one: Version, more: Mapping[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"{_base()}/{one.type}/{one.id}", "resource": one.content, **more}


def _bundle(kind: str, total: int, links: list[tuple[str, str]], entries: list[dict[str, Any]]) -> dict[str, Any]:
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": kind, "total": total}
    bundle["link"] = [{"relation": relation, "url": url} for relation, url in links]
    return bundle | ({"entry": entries} if entries else {})
