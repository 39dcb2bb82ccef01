"""What we show a server that we call: to it alone, renewed when it must be, and never told."""

import json
import threading
import traceback
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import responses
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from adapter.core.errors import Temporary
from adapter.outbound.access import Access, BackendService, Basic, Bearer, Login
from adapter.outbound.credentials import connection_of, session_auth
from adapter.outbound.errors import BadCredentials, Denied, NoTokenEndpoint, OutsideBase, TokenRefused, TokenUnavailable
from tests.outbound.logins import serving, target
from tests.servers import LOCALHOST

KEY = RSAKey.generate_key(2048, auto_kid=False)
BASE = "https://fhir.example.org/r4"
TOKEN_URL = "https://login.example.org/token"


@dataclass
class Hospital:
    """A server with its own token endpoint; `taken` are the tokens that it takes."""

    lasts: int = 300
    gives: Iterator[int] = field(default_factory=count)
    taken: set[str] = field(default_factory=set)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    assertions: list[str] = field(default_factory=list)
    base_url: str = ""

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> tuple[int, dict[str, Any]]:
        """The status and the body of an answer."""
        self.seen.append((method, path, authorization))
        if path.endswith("/.well-known/smart-configuration"):
            return 200, {"token_endpoint": f"{self.base_url}/token"}
        if path.endswith("/token"):
            form = parse_qs(body.decode())
            assert form["grant_type"] == ["client_credentials"]
            assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
            assert form["scope"] == ["system/*.rs"]
            self.assertions += form["client_assertion"]
            token = f"token-{next(self.gives)}"
            self.taken.add(f"Bearer {token}")
            return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts}
        return (200, {"resourceType": "CapabilityStatement"}) if authorization in self.taken else (401, {})

    def asked(self, path: str) -> list[str]:
        """The Authorization headers of all requests to a path."""
        return [authorization for _, one, authorization in self.seen if one == f"/fhir{path}"]


@pytest.fixture
def hospital() -> Iterator[Hospital]:
    hospital = Hospital()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = hospital.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as server:
        hospital.base_url = f"http://{LOCALHOST}:{server.server_address[1]}/fhir"
        yield hospital


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def service(**changes: Any) -> BackendService:
    return BackendService(**{"client_id": "adapter", "key": pem(KEY), "scope": "system/*.rs", "key_id": "k1"} | changes)


def pem(key: RSAKey | ECKey) -> str:
    return key.as_pem(private=True).decode()


@pytest.mark.parametrize(
    ("login", "header"),
    [
        (Bearer("abc"), "Bearer abc"),
        (Basic("hôpital", "clé"), "Basic " + b64encode("hôpital:clé".encode()).decode()),
    ],
)
def test_a_fixed_login_goes_with_every_request(hospital: Hospital, login: Login, header: str) -> None:
    hospital.taken.add(header)
    with target(hospital.base_url, login) as server:
        server.capabilities()
        server.capabilities()
    assert hospital.asked("/metadata") == [header, header]


def test_no_login_shows_nothing(hospital: Hospital) -> None:
    hospital.taken.add("")
    assert session_auth(Access(hospital.base_url)) is None
    with target(hospital.base_url, None) as server:
        server.capabilities()
    assert hospital.asked("/metadata") == [""]


def test_a_service_discovers_signs_and_keeps_its_token(hospital: Hospital) -> None:
    with target(hospital.base_url, service()) as server:
        server.capabilities()
        server.capabilities()
    assert hospital.asked("/metadata") == ["Bearer token-0", "Bearer token-0"]
    assert len(hospital.asked("/token")) == 1
    assert hospital.asked("/token") == hospital.asked("/.well-known/smart-configuration") == [""]


def test_an_assertion_says_what_smart_wants_and_is_new_each_time(hospital: Hospital) -> None:
    hospital.lasts = 0
    with target(hospital.base_url, service()) as server:
        server.capabilities()
        server.capabilities()
    decoded = [jwt.decode(text, KEY, algorithms=["RS384"]) for text in hospital.assertions]
    assert len({one.claims["jti"] for one in decoded}) == len(decoded) == 2
    for one in decoded:
        assert one.header == {"alg": "RS384", "kid": "k1", "typ": "JWT"}
        assert one.claims["iss"] == one.claims["sub"] == "adapter"
        assert one.claims["aud"] == f"{hospital.base_url}/token"
        assert 0 < one.claims["exp"] - one.claims["iat"] <= 300


def test_es384_with_a_jwk_that_names_itself(hospital: Hospital) -> None:
    key = ECKey.generate_key("P-384", {"kid": "own"})
    login = service(key=json.dumps(key.as_dict(private=True)), algorithm="ES384", key_id=None)
    with target(hospital.base_url, login) as server:
        server.capabilities()
    decoded = jwt.decode(hospital.assertions[0], key, algorithms=["ES384"])
    assert decoded.header == {"alg": "ES384", "kid": "own", "typ": "JWT"}


def test_a_token_is_renewed_before_it_ends(hospital: Hospital) -> None:
    now = [0.0]
    with target(hospital.base_url, service(), clock=lambda: now[0]) as server:
        for at in (0.0, 239.0, 241.0):
            now[0] = at
            server.capabilities()
    assert hospital.asked("/metadata") == ["Bearer token-0", "Bearer token-0", "Bearer token-1"]


def test_a_token_that_is_taken_no_longer_is_renewed_once(hospital: Hospital) -> None:
    with target(hospital.base_url, service()) as server:
        server.capabilities()
        hospital.taken.clear()
        server.capabilities()
    assert hospital.asked("/metadata") == ["Bearer token-0", "Bearer token-0", "Bearer token-1"]


def test_a_server_that_takes_no_token_is_asked_twice_and_not_for_ever(hospital: Hospital) -> None:
    class Never(set[str]):
        def __contains__(self, _: object) -> bool:
            return False

    hospital.taken = Never()
    with target(hospital.base_url, service()) as server, pytest.raises(Denied) as denied:
        server.capabilities()
    assert denied.value.code == "target-denied"
    assert (len(hospital.asked("/metadata")), len(hospital.asked("/token"))) == (2, 2)


def test_what_was_sent_is_sent_again_with_the_new_token(hospital: Hospital) -> None:
    auth = session_auth(Access(hospital.base_url, service()))
    assert auth
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{hospital.base_url}/metadata", auth=auth)
        hospital.taken.clear()
        answer = session.post(f"{hospital.base_url}/Task", data=b"body", auth=auth)
    assert (answer.status_code, answer.request.body) == (200, b"body")
    assert [one.status_code for one in answer.history] == [401]


def test_many_threads_ask_for_one_token(hospital: Hospital) -> None:
    auth = session_auth(Access(hospital.base_url, service()))

    def call() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{hospital.base_url}/metadata", auth=auth)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hospital.asked("/metadata") == ["Bearer token-0"] * 8


@pytest.mark.parametrize("login", [None, Bearer("abc"), service()], ids=["none", "bearer", "service"])
@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example.org/r4/metadata",
        "http://fhir.example.org/r4/metadata",
        "https://fhir.example.org:8443/r4/metadata",
        "https://fhir.example.org/r4b/metadata",
        "https://fhir.example.org/admin",
        "https://fhir.example.org/r4/%2e%2e/admin",
        "https://fhir.example.org.evil.example/r4",
    ],
)
def test_no_other_address_is_ever_called(address: str, login: Login | None) -> None:
    auth = connection_of(Access(BASE, login)).auth
    with responses.RequestsMock() as net, requests.Session() as session:
        with pytest.raises(OutsideBase):
            session.get(address, auth=auth)
        assert len(net.calls) == 0


@pytest.mark.parametrize("address", [BASE, f"{BASE}/Encounter/e1?x=..", "https://FHIR.example.org:443/r4/metadata"])
def test_the_base_is_one_address_however_it_is_written(address: str) -> None:
    auth = session_auth(Access(BASE, Bearer("abc")))
    with responses.RequestsMock() as net:
        net.get(address, json={})
        assert requests.get(address, auth=auth, timeout=5).request.headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_client", "error_description": "SECRET"}, TokenRefused),
        (401, {}, TokenRefused),
        (302, {}, TokenRefused),
        (429, {}, TokenUnavailable),
        (503, {}, TokenUnavailable),
        (200, "no json: SECRET", TokenUnavailable),
        (200, ["SECRET"], TokenUnavailable),
        (200, {"token_type": "bearer"}, TokenUnavailable),
        (200, {"access_token": "a\r\nb", "token_type": "bearer"}, TokenUnavailable),
        (200, {"access_token": "SECRET", "token_type": "mac"}, TokenUnavailable),
    ],
)
def test_no_token(status: int, body: Any, error: type[Exception]) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    with responses.RequestsMock() as net, target(BASE, service(token_url=TOKEN_URL)) as server:
        net.post(TOKEN_URL, body=content, status=status, headers={"Retry-After": "7", "Location": "https://x.example"})
        with pytest.raises(error) as caught:
            server.capabilities()
    text = told(caught.value)
    assert "SECRET" not in text
    assert "PRIVATE KEY" not in text
    if isinstance(caught.value, Temporary) and status != 200:
        assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, {}, NoTokenEndpoint),
        (302, {}, NoTokenEndpoint),
        (500, {}, TokenUnavailable),
        (200, {}, NoTokenEndpoint),
        (200, {"token_endpoint": 3}, NoTokenEndpoint),
        (200, {"token_endpoint": "http://login.example.org/token"}, NoTokenEndpoint),
        (200, {"token_endpoint": "https://[x"}, NoTokenEndpoint),
    ],
)
def test_no_token_endpoint(status: int, body: Any, error: type[Exception]) -> None:
    with responses.RequestsMock() as net, target(BASE, service()) as server:
        net.get(f"{BASE}/.well-known/smart-configuration", json=body, status=status, headers={"Location": TOKEN_URL})
        with pytest.raises(error):
            server.capabilities()


def test_a_token_endpoint_that_cannot_be_reached_is_temporary() -> None:
    with responses.RequestsMock() as net, target(BASE, service(token_url=TOKEN_URL)) as server:
        net.post(TOKEN_URL, body=requests.exceptions.ConnectTimeout("SECRET"))
        with pytest.raises(TokenUnavailable) as caught:
            server.capabilities()
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "no key"},
        {"key": "{}"},
        {"key": "{"},
        {"key": KEY.as_pem(private=False).decode()},
        {"algorithm": "ES384"},
        {"algorithm": "ES384", "key": pem(ECKey.generate_key("P-256"))},
        {"key": RSAKey.generate_key(2048).as_pem(private=True, password="x").decode()},
    ],
    ids=["text", "empty", "half", "public", "kind", "curve", "passphrase"],
)
def test_a_key_that_cannot_sign_is_told_before_anything_is_called(changes: dict[str, str]) -> None:
    with pytest.raises(BadCredentials) as caught:
        session_auth(Access(BASE, service(**changes)))
    assert caught.value.code == "bad-credentials"
    assert not [
        line for line in changes.get("key", "-----").splitlines() if len(line) > 8 and line in told(caught.value)
    ]


def test_nothing_secret_is_in_a_repr() -> None:
    for login in (Bearer("SECRET"), Basic("u", "SECRET"), service(key="SECRET")):
        access = Access(BASE, login)
        assert "SECRET" not in f"{access!r} {access}"
    assert "SECRET" not in repr(session_auth(Access(BASE, Bearer("SECRET"))))
