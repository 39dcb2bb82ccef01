"""Shows a server who we are: login, client certificate, and the authorities that we trust.

What is secret goes to the configured base only: a request to any other address is refused before it leaves. No
message holds a token, a password, a key, or an answer's text.
"""

import ssl
from base64 import b64encode
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from adapter.outbound.access import Access, BackendService, Basic, Bearer
from adapter.outbound.errors import BadCredentials, OutsideBase
from adapter.outbound.tokens import Tokens


class Connection(NamedTuple):
    """What a session of `requests` needs in order to call a server: `Target(base, **connection_of(…)._asdict())`."""

    auth: AuthBase
    cert: str | tuple[str, str] | None
    verify: bool | str


def connection_of(access: Access, clock: Callable[[], float] = monotonic) -> Connection:
    """All that a session needs, checked without calling anybody; raises BadCredentials."""
    cert = client_certificate(access)
    verify = str(access.tls.ca) if access.tls.ca else True
    return Connection(session_auth(access, clock) or _OnlyBase(access.base_url), cert, verify)


def session_auth(access: Access, clock: Callable[[], float] = monotonic) -> AuthBase | None:
    """What logs every request in; None where there is no login. Raises BadCredentials for a key that does not fit."""
    match access.login:
        case Bearer(token):
            return _Fixed(access.base_url, f"Bearer {token}")
        case Basic(username, password):
            # By ourselves: `requests` would send Latin-1, which servers no longer expect (RFC 7617).
            return _Fixed(access.base_url, f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}")
        case BackendService():
            return _Service(access, Tokens(access, access.login, client_certificate(access), clock))
    return None


def client_certificate(access: Access) -> str | tuple[str, str] | None:
    """The certificate that we show, with its key; raises BadCredentials unless both can be read and belong together."""
    cert, key, ca = access.tls.cert, access.tls.key, access.tls.ca
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert:
            # An empty passphrase: without it OpenSSL would ask at the terminal.
            context.load_cert_chain(cert, key, password=lambda: "")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        what = "a certificate, its key or an authority cannot be used; give PEM files, the key without a passphrase"
        raise BadCredentials(what) from error
    if not cert:
        return None
    return (str(cert), str(key)) if key else str(cert)


class _OnlyBase(AuthBase):
    """Lets no request go anywhere but to the base: our certificate, too, is for nobody else."""

    def __init__(self, base_url: str) -> None:
        self._base = _parts_of(base_url)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by `requests` with what it is about to send; raises OutsideBase."""
        *origin, path = _parts_of(request.url or "")
        *our_origin, our_path = self._base
        is_below = path == our_path or path.startswith(f"{our_path}/")
        if origin != our_origin or not is_below or _climbs(path):
            raise OutsideBase("a request to another address than the server's base was not sent")
        return request


def _parts_of(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")


def _climbs(path: str) -> bool:
    """Whether a path goes up, which leaves the base although it begins with it."""
    return ".." in path.lower().replace("%2e", ".").replace("%2f", "/").split("/")


class _Fixed(_OnlyBase):
    """The same header with every request."""

    def __init__(self, base_url: str, value: str) -> None:
        super().__init__(base_url)
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by `requests` with what it is about to send."""
        request = super().__call__(request)
        request.headers["Authorization"] = self._value
        return request


class _Service(_OnlyBase):
    """A token that the server gives for a while; one that it no longer takes is renewed once."""

    def __init__(self, access: Access, tokens: Tokens) -> None:
        super().__init__(access.base_url)
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by `requests` with what it is about to send; raises as `Tokens.token` does."""
        request = super().__call__(request)
        token = self._tokens.token()
        request.headers["Authorization"] = f"Bearer {token}"

        def again(response: requests.Response, **sending: Any) -> requests.Response:
            return self._again(response, token, sending)

        request.register_hook("response", again)  # type: ignore[no-untyped-call]  # its stub has none
        return request

    def _again(self, response: requests.Response, refused: str, sending: dict[str, Any]) -> requests.Response:
        """The answer to the same request with a new token. A 401 says that nothing was done, so it may be repeated."""
        if response.status_code != 401:
            return response
        try:
            token = self._tokens.instead_of(refused)
        finally:
            response.close()
        request = response.request.copy()
        request.headers["Authorization"] = f"Bearer {token}"
        # The adapter itself, not the session: so there is no third time.
        answer: requests.Response = response.connection.send(request, **sending)
        answer.history.append(response)
        answer.request = request
        return answer
