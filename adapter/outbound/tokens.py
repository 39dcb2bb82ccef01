"""Tokens of SMART Backend Services: we sign an assertion with our key, the server gives a token for a while.

The assertion goes to the token endpoint that the settings name, or else to the one that the server itself names
below its base. It is good for that endpoint alone, for five minutes at most, and once.
"""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.oauth2.rfc7523 import private_key_jwt_sign  # type: ignore[import-untyped]  # has no types
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from adapter.fhir.json_text import BadJson, loads
from adapter.outbound.access import Access, BackendService
from adapter.outbound.answers import retry_after
from adapter.outbound.errors import BadCredentials, NoTokenEndpoint, TokenRefused, TokenUnavailable, Untrusted

ASSERTION_SECONDS = 240
MARGIN_SECONDS = 60.0
"""So long before its end a token is renewed: a request that is under way must not outlive it."""
TIMEOUTS = (5.0, 20.0)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_KEYS: dict[str, type[RSAKey] | type[ECKey]] = {"RS384": RSAKey, "ES384": ECKey}


class Tokens:
    """The token of one server, fetched when it is needed and kept while it is good; for many threads."""

    def __init__(
        self,
        access: Access,
        login: BackendService,
        cert: str | tuple[str, str] | None,
        clock: Callable[[], float],
    ) -> None:
        """Raises BadCredentials for a key that cannot sign; calls nobody yet."""
        self._access, self._login, self._cert, self._clock = access, login, cert, clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until = 0.0
        self._key = _key_of(login)
        _assertion(self._key, login, access.base_url)

    def token(self) -> str:
        """A token that is good for a while; raises TokenRefused, TokenUnavailable, NoTokenEndpoint, Untrusted."""
        with self._lock:
            if self._token is None or self._clock() >= self._until:
                return self._renewed()
            return self._token

    def instead_of(self, refused: str) -> str:
        """Another token than the one that was refused, unless a thread fetched one already; raises as `token`."""
        with self._lock:
            return self._renewed() if self._token in (None, refused) else str(self._token)

    def _renewed(self) -> str:
        self._token = None
        began = self._clock()
        with requests.Session() as session:
            session.trust_env = False
            endpoint = self._login.token_url or self._discovered(session)
            answer = self._asked(session, endpoint)
        token, lasts = answer.get("access_token"), _seconds(answer.get("expires_in"))
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
            raise TokenUnavailable("the token endpoint gave no token")
        if str(answer.get("token_type", "bearer")).lower() != "bearer":
            raise TokenUnavailable("the token endpoint gave a token of another type than bearer")
        self._token, self._until = token, began + max(lasts - MARGIN_SECONDS, lasts / 2)
        return token

    def _discovered(self, session: requests.Session) -> str:
        url = f"{self._access.base_url}/.well-known/smart-configuration"
        response = self._sent(session, "GET", url, "discovery", headers={"Accept": "application/json"})
        if response.status_code != 200:
            raise _failure(response, "discovery", NoTokenEndpoint)
        endpoint = _document(response, "discovery").get("token_endpoint")
        if not isinstance(endpoint, str) or not self._may_be_asked(endpoint):
            raise NoTokenEndpoint("the server names no token endpoint with https; set login.token_url")
        return endpoint

    def _may_be_asked(self, endpoint: str) -> bool:
        try:
            parts = urlsplit(endpoint)
        except ValueError:
            return False
        is_safe = parts.scheme == "https" or self._access.insecure or parts.hostname in _LOCAL
        return bool(parts.scheme in ("http", "https") and parts.hostname and is_safe and "@" not in parts.netloc)

    def _asked(self, session: requests.Session, endpoint: str) -> dict[str, Any]:
        form = {
            "grant_type": "client_credentials",
            "scope": self._login.scope,
            "client_assertion_type": _CLIENT_ASSERTION,
            "client_assertion": _assertion(self._key, self._login, endpoint),
        }
        response = self._sent(session, "POST", endpoint, "token", data=form, headers={"Accept": "application/json"})
        if response.status_code not in (200, 201):
            raise _failure(response, "token", TokenRefused)
        return _document(response, "token")

    def _sent(self, session: requests.Session, method: str, url: str, doing: str, **sending: Any) -> requests.Response:
        # Our certificate is shown to the server itself, and to an endpoint that the settings name.
        cert = self._cert if _origin(url) == _origin(self._access.base_url) or url == self._login.token_url else None
        verify = str(self._access.tls.ca) if self._access.tls.ca else True
        try:
            return session.request(
                method, url, timeout=TIMEOUTS, allow_redirects=False, cert=cert, verify=verify, **sending
            )
        except requests.exceptions.SSLError as error:
            raise Untrusted(f"{doing}: no trusted TLS connection") from error
        except requests.exceptions.RequestException as error:
            raise TokenUnavailable(f"{doing}: {type(error).__name__}") from error


def _key_of(login: BackendService) -> RSAKey | ECKey:
    try:
        key = _KEYS[login.algorithm].import_key(loads(login.key) if login.key.lstrip().startswith("{") else login.key)
        if not key.is_private:
            raise BadCredentials("login.key is a public key; give the private one")
    except (JoseError, ValueError, TypeError, KeyError) as error:
        what = "login.key cannot be used; give a private key (PEM without a passphrase, or JWK) that fits the algorithm"
        # Not chained: what the library says may quote the key.
        raise BadCredentials(f"{what} ({type(error).__name__})") from None
    return key


def _assertion(key: RSAKey | ECKey, login: BackendService, endpoint: str) -> str:
    """A new assertion, with an id of its own; raises BadCredentials."""
    key_id = login.key_id or key.get("kid")
    header = {"typ": "JWT", **({"kid": str(key_id)} if key_id else {})}
    try:
        signed = private_key_jwt_sign(
            key, login.client_id, endpoint, alg=login.algorithm, header=header, expires_in=ASSERTION_SECONDS
        )
    except (JoseError, ValueError) as error:
        what = f"login.key cannot sign {login.algorithm}; give an RSA key for RS384, a P-384 key for ES384"
        raise BadCredentials(f"{what} ({type(error).__name__})") from None
    return str(signed)


def _seconds(value: Any) -> float:
    """How long a token lasts; some servers write a text. Where nothing is said, it is asked for every time."""
    return float(value) if str(value).isdecimal() else 0.0


def _document(response: requests.Response, doing: str) -> dict[str, Any]:
    try:
        content = loads(response.content)
    except BadJson as error:
        raise TokenUnavailable(f"{doing}: the answer is no JSON") from error
    if not isinstance(content, dict):
        raise TokenUnavailable(f"{doing}: the answer is no JSON object")
    return content


def _failure(
    response: requests.Response, doing: str, permanent: type[NoTokenEndpoint] | type[TokenRefused]
) -> NoTokenEndpoint | TokenRefused | TokenUnavailable:
    """The status alone: the text of an answer may quote what was sent."""
    if response.status_code in (408, 425, 429) or response.status_code >= 500:
        return TokenUnavailable(
            f"{doing}: HTTP {response.status_code}", retry_after(response.headers.get("Retry-After"))
        )
    return permanent(f"{doing}: HTTP {response.status_code}; see that the server knows us, our key and our scopes")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
