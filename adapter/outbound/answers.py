"""What a FHIR server answered: a failure in our three kinds, or where it stored something.

Messages hold the interaction, the HTTP status and the coded issues of an OperationOutcome: its free text and
the body may name a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from adapter.core.errors import AdapterError, Permanent, Temporary
from adapter.core.references import Literal, parse_reference
from adapter.fhir.elements import elements_of
from adapter.fhir.json_text import BadJson, loads
from adapter.outbound.errors import (
    Busy,
    Conflict,
    Denied,
    Failed,
    Garbled,
    Lacking,
    Redirected,
    Refused,
    SeveralMatches,
    TimedOut,
)

LONGEST_TEXT = 256

_TEMPORARY: Mapping[int, type[Temporary]] = {408: TimedOut, 409: Conflict, 429: Busy, 503: Busy}
_PERMANENT: Mapping[int, type[Permanent]] = {
    401: Denied,
    403: Denied,
    404: Lacking,
    405: Lacking,
    412: SeveralMatches,
    501: Lacking,
}


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a target keeps a resource (`Type/id`), and in which version, as far as it says so."""

    reference: str | None
    version: str | None


def document(response: requests.Response, doing: str) -> dict[str, Any]:
    """The resource of a good answer; raises Temporary or Permanent for any other."""
    check(response, doing)
    try:
        content = loads(response.content)
    except BadJson as error:
        raise Garbled(cut(f"{doing}: the answer is not JSON")) from error
    if not isinstance(content, dict) or "resourceType" not in content:
        raise Garbled(cut(f"{doing}: the answer is no FHIR resource"))
    return content


def check(response: requests.Response, doing: str) -> None:
    """Raise Temporary or Permanent unless the answer is good."""
    if not 200 <= response.status_code < 300:
        text = cut(f"{doing}: HTTP {response.status_code}{_issues(response)}")
        raise failure(response.status_code, text, retry_after(response.headers.get("Retry-After")))


def failure(status: int, text: str, wait: float | None = None) -> AdapterError:
    """The error that an HTTP status stands for."""
    if status in _TEMPORARY:
        return _TEMPORARY[status](text, wait)
    if status in _PERMANENT:
        return _PERMANENT[status](text)
    if 300 <= status < 400:
        return Redirected(text)
    return Failed(text, wait) if status >= 500 else Refused(text)


def retry_after(header: str | None) -> float | None:
    """Seconds to wait, from seconds or an HTTP date (RFC 9110, 10.2.3); None where it says neither."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def cut(text: str) -> str:
    """Text that is short enough for an error."""
    return text[:LONGEST_TEXT]


def stored(response: requests.Response, doing: str) -> Stored:
    """Where one resource was stored, by the headers or the resource that came back."""
    check(response, doing)
    found = _stored(response.headers.get("Location"), response.headers.get("ETag"))
    if found.reference is None and response.content:
        content = document(response, doing)
        return Stored(_reference(content), content.get("meta", {}).get("versionId"))
    return found


def all_stored(bundle: Mapping[str, Any], count: int, doing: str) -> list[Stored]:
    """Where the entries of a transaction were stored, in their order; raises where the answer is no such answer."""
    responses = [e.get("response") for e in entries(bundle, "transaction-response", doing)]
    if len(responses) != count:
        raise Garbled(cut(f"{doing}: {len(responses)} answers to {count} entries"))
    return [_entry_stored(r if isinstance(r, Mapping) else {}, doing) for r in responses]


def entries(bundle: Mapping[str, Any], kind: str, doing: str) -> list[Mapping[str, Any]]:
    """The entries of a Bundle of this type; raises Temporary where it is no such Bundle."""
    found = bundle.get("entry", [])
    if bundle.get("type") != kind or not isinstance(found, list) or not all(isinstance(e, Mapping) for e in found):
        raise Garbled(cut(f"{doing}: the answer is no {kind}"))
    return found


def _entry_stored(response: Mapping[str, Any], doing: str) -> Stored:
    status = str(response.get("status", ""))[:3]
    if not status.isdigit():
        raise Garbled(cut(f"{doing}: an entry has no status"))
    if not 200 <= int(status) < 300:
        raise failure(int(status), cut(f"{doing}: an entry says HTTP {status}"))
    return _stored(response.get("location"), response.get("etag"))


def _stored(location: str | None, etag: str | None) -> Stored:
    parsed = parse_reference(location) if location else None
    if not isinstance(parsed, Literal):
        return Stored(None, _version(etag))
    return Stored(f"{parsed.type}/{parsed.id}", parsed.version or _version(etag))


def _version(etag: str | None) -> str | None:
    return etag.strip().removeprefix("W/").strip('"') if etag else None


def _reference(content: Mapping[str, Any]) -> str | None:
    return f"{content['resourceType']}/{content['id']}" if "id" in content else None


def _issues(response: requests.Response) -> str:
    """The codes of an OperationOutcome; never its text, which quotes what was sent."""
    try:
        content = loads(response.content)
    except BadJson:
        return ""
    issues = content.get("issue") if isinstance(content, dict) else None
    known = elements_of("OperationOutcome.issue")["code"].codes or frozenset()
    said = {str(i.get("code")) for i in issues if isinstance(i, dict)} if isinstance(issues, list) else set()
    codes = sorted(said & known)
    return f" ({', '.join(codes)})" if codes else ""
