"""Who is let in: right, wrong, changed, missing and tampered credentials of every kind."""

import hmac
from collections.abc import Mapping
from typing import Any

import pytest

from adapter.inbound.dialects.authentication import Credentials, Denial, Denied, Method, authenticate
from adapter.inbound.dialects.requests import Headers, Request

BODY = b'{"resourceType":"Encounter","id":"279035121518989"}'
OLD, NEW = "s3cret-old", "s3cret-new"
WRONG, MISSING = Denied(Denial.WRONG_CREDENTIALS), Denied(Denial.NO_CREDENTIALS)


def signed(secret: str, body: bytes = BODY, method: str = "sha256") -> str:
    return hmac.new(secret.encode(), body, method).hexdigest()


def judged(
    credentials: Credentials,
    headers: Mapping[str, str] | None = None,
    body: bytes = BODY,
    method: str = "POST",
    proxied: bool = False,
) -> Denied | None:
    return authenticate(Request(method, headers=Headers(headers), body=body, proxied=proxied), credentials)


HEADER = Credentials(header="X-Secret", header_values=(OLD, NEW))
BEARER = Credentials(bearer_tokens=(OLD, NEW))
SIGNATURE = Credentials(signatures=(OLD, NEW))
HUB = Credentials(hub_signatures=(OLD, NEW))


@pytest.mark.parametrize(
    ("credentials", "headers", "verdict"),
    [
        (HEADER, {"x-secret": OLD}, None),
        (HEADER, {"X-Secret": NEW}, None),
        (HEADER, {"X-Secret": "other"}, WRONG),
        (HEADER, {"X-Secret": "s3cret-öld"}, WRONG),
        (HEADER, {"X-Secret": "s3cret-\u20ac"}, WRONG),
        (HEADER, {"X-Secret": ""}, MISSING),
        (HEADER, {}, MISSING),
        (Credentials(header="Authorization", header_values=("Basic eDp5",)), {"Authorization": "Basic eDp5"}, None),
        (BEARER, {"Authorization": f"Bearer {OLD}"}, None),
        (BEARER, {"authorization": f"bearer  {NEW} "}, None),
        (BEARER, {"Authorization": f"Bearer {OLD}x"}, WRONG),
        (BEARER, {"Authorization": OLD}, MISSING),
        (BEARER, {"Authorization": f"Basic {OLD}"}, MISSING),
        (BEARER, {}, MISSING),
        (SIGNATURE, {"X-Signature": signed(OLD)}, None),
        (SIGNATURE, {"X-Signature": signed(NEW).upper()}, None),
        (SIGNATURE, {"X-Signature": signed("other")}, WRONG),
        (SIGNATURE, {"X-Signature": signed(OLD, BODY + b" ")}, WRONG),
        (SIGNATURE, {"X-Signature": "sha256="}, WRONG),
        (SIGNATURE, {"X-Hub-Signature": signed(OLD)}, MISSING),
        (SIGNATURE, {}, MISSING),
        (HUB, {"X-Hub-Signature": f"sha256={signed(OLD)}"}, None),
        (HUB, {"X-Hub-Signature": f"SHA512={signed(NEW, method='sha512')}"}, None),
        (HUB, {"X-Hub-Signature": f"sha1={signed(OLD, method='sha1')}"}, WRONG),
        (HUB, {"X-Hub-Signature": f"sha512={signed(OLD)}"}, WRONG),
        (HUB, {"X-Hub-Signature": "=="}, WRONG),
        (HUB, {}, MISSING),
    ],
)
def test_one_method(credentials: Credentials, headers: dict[str, str], verdict: Denied | None) -> None:
    assert judged(credentials, headers) == verdict


def test_a_tampered_body_is_not_what_was_signed() -> None:
    headers = {"X-Signature": signed(OLD)}
    assert judged(SIGNATURE, headers, BODY.replace(b"2790", b"2791")) == WRONG


def test_a_certificate_counts_only_from_a_trusted_proxy() -> None:
    credentials = Credentials(subject_header="X-Subject", subjects=("CN=had.example.fr",))
    headers = {"X-Subject": "CN=had.example.fr"}
    assert judged(credentials, headers, proxied=True) is None
    assert judged(credentials, headers) == MISSING
    assert judged(credentials, {"X-Subject": "CN=other"}, proxied=True) == WRONG


def test_a_header_in_utf_8_arrives_as_latin_1() -> None:
    credentials = Credentials(header="X-Secret", header_values=("clé",))
    assert judged(credentials, {"X-Secret": "clé".encode().decode("latin-1")}) is None


def test_with_nothing_configured_a_source_is_closed_unless_it_is_said_to_be_open() -> None:
    assert judged(Credentials(), {"X-Api-Key": ""}) == Denied(Denial.NOTHING_CONFIGURED)
    assert judged(Credentials(allow_unauthenticated=True)) is None
    assert judged(Credentials(bearer_tokens=(OLD,), allow_unauthenticated=True)) == MISSING


@pytest.mark.parametrize(
    ("required", "shown", "let_in"),
    [
        ((), ("bearer",), True),
        ((), ("signature",), True),
        ((), (), False),
        ((Method.SIGNATURE,), ("signature",), False),
        ((Method.SIGNATURE,), ("signature", "header"), True),
        ((Method.SIGNATURE,), ("bearer", "header"), False),
        ((Method.SIGNATURE, Method.BEARER, Method.HEADER), ("signature", "bearer"), False),
        ((Method.SIGNATURE, Method.BEARER, Method.HEADER), ("signature", "bearer", "header"), True),
    ],
)
def test_all_that_are_required_and_one_of_the_rest(
    required: tuple[Method, ...], shown: tuple[str, ...], let_in: bool
) -> None:
    credentials = Credentials(
        header_values=(OLD,), bearer_tokens=(OLD,), signatures=(OLD,), required=frozenset(required)
    )
    headers = {
        "bearer": ("Authorization", f"Bearer {OLD}"),
        "signature": ("X-Signature", signed(OLD)),
        "header": ("X-Api-Key", OLD),
    }
    assert (judged(credentials, dict(headers[one] for one in shown)) is None) is let_in


MEDPLUM = {"X-Medplum-Deleted-Resource": "Encounter/1", "X-Medplum-Interaction": "delete"}


@pytest.mark.parametrize("credentials", [{"signatures": (OLD,)}, {"hub_signatures": (OLD,)}])
@pytest.mark.parametrize(
    ("method", "headers", "body", "waived"),
    [
        ("DELETE", {}, b"", True),
        ("delete", {}, BODY, True),
        ("POST", MEDPLUM, b"{}", True),
        ("POST", MEDPLUM | {"X-Signature": signed(OLD, b"another body")}, b"", True),
        ("POST", MEDPLUM, BODY, False),
        ("POST", {"X-Medplum-Interaction": "delete"}, b"{}", False),
        ("POST", {}, b"", False),
    ],
)
def test_deletions_go_unsigned_only_by_setting(
    credentials: dict[str, Any], method: str, headers: dict[str, str], body: bytes, waived: bool
) -> None:
    waiving, strict = Credentials(unsigned_deletes=True, **credentials), Credentials(**credentials)
    assert (judged(waiving, headers, body, method) is None) is waived
    assert judged(strict, headers, body, method) is not None


def test_unsigned_deletions_still_need_what_else_is_required() -> None:
    credentials = Credentials(
        bearer_tokens=(OLD,),
        signatures=(OLD,),
        required=frozenset({Method.BEARER, Method.SIGNATURE}),
        unsigned_deletes=True,
    )
    assert judged(credentials, {}, b"", "DELETE") == MISSING
    assert judged(credentials, {"Authorization": f"Bearer {OLD}"}, b"", "DELETE") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"signatures": ("",)},
        {"bearer_tokens": (OLD, NEW, "third")},
        {"required": frozenset({Method.BEARER})},
    ],
)
def test_credentials_that_would_let_anyone_in_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^[a-z_]+: ") as refused:
        Credentials(**wrong)
    assert OLD not in str(refused.value)


def test_nothing_shows_a_secret() -> None:
    credentials = Credentials(header_values=(OLD,), signatures=(NEW,), unsigned_deletes=True)
    request = Request("POST", "Encounter", "279035121518989", Headers({"X-Signature": OLD}), BODY)
    shown = f"{credentials!r} {credentials} {request!r} {request} {request.headers!r} {judged(credentials)!r}"
    for secret in (OLD, NEW, "279035121518989", "Encounter"):
        assert secret not in shown
    assert repr(credentials) == "Credentials(header, signature)"


def test_every_known_secret_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counted(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", counted)
    assert judged(HEADER, {"X-Secret": OLD}) is None
    assert compared == [OLD.encode(), NEW.encode()]
