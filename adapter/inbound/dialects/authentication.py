"""Who may send: decided over the raw bytes, before anything in them is read, and in constant time.

Every method that is `required` must hold, and of the other configured ones at least one. Each method knows up to two
values at once, so that a secret can be changed without losing a notification. A denial says nothing but its code.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property

from adapter.inbound.dialects.requests import Request

_DIGESTS = frozenset({"sha256", "sha384", "sha512"})


class Method(StrEnum):
    """How a sender can show who it is."""

    HEADER = "header"
    BEARER = "bearer"
    SIGNATURE = "signature"
    HUB_SIGNATURE = "hub-signature"
    SUBJECT = "subject"


class Denial(StrEnum):
    """Why a request is not let in; documented in docs/errors.md, and told to operators only."""

    NOTHING_CONFIGURED = "nothing-configured"
    NO_CREDENTIALS = "no-credentials"
    WRONG_CREDENTIALS = "wrong-credentials"


@dataclass(frozen=True, slots=True)
class Denied:
    """The request is not let in."""

    code: Denial


@dataclass(frozen=True, repr=False)
class Credentials:
    """What a source may show. With none configured it is open only if `allow_unauthenticated` says so.

    `signatures` are HMAC secrets of X-Signature (Medplum), `hub_signatures` of X-Hub-Signature (WebSub, athenahealth).
    `subjects` are client certificates' subjects, which a proxy that the settings trust passes in `subject_header`.
    `unsigned_deletes` waives signatures, and nothing else, where a request can only tell of a deletion.
    Raises ValueError for an empty value, or for more than two of one method.
    """

    header: str = "X-Api-Key"
    header_values: tuple[str, ...] = ()
    bearer_tokens: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    hub_signatures: tuple[str, ...] = ()
    subject_header: str = "X-Client-Subject"
    subjects: tuple[str, ...] = ()
    required: frozenset[Method] = frozenset()
    unsigned_deletes: bool = False
    allow_unauthenticated: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            values = getattr(self, field.name)
            if isinstance(values, tuple) and (len(values) > 2 or not all(values)):
                raise ValueError(f"{field.name}: one value, or two while it is being changed, and none empty")
        if not self.required <= self.configured:
            raise ValueError("required: a required method has no value")

    @cached_property
    def configured(self) -> frozenset[Method]:
        """The methods that have a value."""
        values = {
            Method.HEADER: self.header_values,
            Method.BEARER: self.bearer_tokens,
            Method.SIGNATURE: self.signatures,
            Method.HUB_SIGNATURE: self.hub_signatures,
            Method.SUBJECT: self.subjects,
        }
        return frozenset(method for method, of_method in values.items() if of_method)

    @cached_property
    def known(self) -> Mapping[Method, list[bytes]]:
        """What is compared as it is shown, by method."""
        values = {
            Method.HEADER: self.header_values,
            Method.BEARER: self.bearer_tokens,
            Method.SUBJECT: self.subjects,
        }
        return {method: [one.encode() for one in of_method] for method, of_method in values.items()}

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self.configured))})"


def authenticate(request: Request, credentials: Credentials) -> Denied | None:
    """None where the request is let in: with True for that, `if authenticate(...)` would let a Denied in as well."""
    configured = credentials.configured
    if not configured:
        return None if credentials.allow_unauthenticated else Denied(Denial.NOTHING_CONFIGURED)
    # All of them, always: how long it takes must not tell which one failed.
    held = {method: _holds(method, request, credentials) for method in configured}
    others = configured - credentials.required
    if all(held[method] for method in credentials.required) and (not others or any(held[one] for one in others)):
        return None
    shown = any(_shown(method, request, credentials) for method in configured)
    return Denied(Denial.WRONG_CREDENTIALS if shown else Denial.NO_CREDENTIALS)


def _holds(method: Method, request: Request, credentials: Credentials) -> bool:
    shown = _shown(method, request, credentials)
    if method in (Method.SIGNATURE, Method.HUB_SIGNATURE):
        if credentials.unsigned_deletes and request.deletes:
            return True
        secrets = credentials.signatures if method is Method.SIGNATURE else credentials.hub_signatures
        return _is_signed(shown, request.body, secrets)
    return bool(shown) and _is_one_of(_on_the_wire(shown), credentials.known[method])


def _shown(method: Method, request: Request, credentials: Credentials) -> str:
    """What the request shows for a method; empty where it shows nothing."""
    if method is Method.BEARER:
        scheme, _, token = request.headers.get("Authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
    if method is Method.SUBJECT and not request.proxied:
        return ""
    names = {
        Method.HEADER: credentials.header,
        Method.SIGNATURE: "X-Signature",
        Method.HUB_SIGNATURE: "X-Hub-Signature",
        Method.SUBJECT: credentials.subject_header,
    }
    return request.headers.get(names[method])


def _is_signed(shown: str, body: bytes, secrets: tuple[str, ...]) -> bool:
    """`sha256=<hex>`, or the hex alone; the methods of WebSub but SHA-1, which is broken."""
    method, _, digest = shown.lower().rpartition("=")
    name = method or "sha256"
    if name not in _DIGESTS or not digest:
        return False
    return _is_one_of(
        _on_the_wire(digest), [hmac.new(one.encode(), body, name).hexdigest().encode() for one in secrets]
    )


def _is_one_of(shown: bytes, known: list[bytes]) -> bool:
    """Compares with every known value, so that the time tells neither which matched nor whether one did."""
    return sum(hmac.compare_digest(shown, one) for one in known) > 0


def _on_the_wire(value: str) -> bytes:
    """The bytes of a header: web servers hand them over as Latin-1, whatever they were."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
