"""Every error as an OperationOutcome, and every resource in the form that the caller prefers."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from adapter.core.errors import AdapterError, Temporary
from adapter.fhir.json_text import dumps
from adapter.fhir.xml_text import to_xml
from adapter.inbound.dialects.media import prefers_xml

JSON = "application/fhir+json; charset=utf-8"
XML = "application/fhir+xml; charset=utf-8"
RETRY_AFTER = 5

_CODES: Mapping[int, str] = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    410: "deleted",
    413: "too-long",
    503: "transient",
}


class Refusal(Exception):
    """Ends a request with an OperationOutcome; the text is ours and quotes nothing that was sent."""

    def __init__(self, status: int, text: str, code: str | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.code = status, text, code or _CODES.get(status, "exception")


def accepted() -> str:
    """What the caller wants back: `_format` wins over the Accept header (R4 http, content types)."""
    sent = request.environ
    asked = request.args.get("_format") if sent.get("QUERY_STRING") else None
    return asked or sent.get("HTTP_ACCEPT", "")


def rendered(resource: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A resource as the caller wants it."""
    is_xml = prefers_xml(accepted())
    body = to_xml(resource) if is_xml else dumps(resource).encode()
    response = Response(body, status, dict(headers or {}))
    response.headers["Content-Type"] = XML if is_xml else JSON
    return response


def refused(refusal: Refusal) -> Response:
    """The answer to a request that was refused."""
    return _outcome(refusal.status, refusal.code, refusal.text)


def of_http(error: HTTPException) -> Response:
    """What Flask refuses by itself: no such page, no such method."""
    status = error.code or 500
    response = _outcome(status, _CODES.get(status, "exception"), error.name.lower())
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def of_failure(error: AdapterError) -> Response:
    """Our own failures: 503 for what passes, 500 for the rest."""
    if not isinstance(error, Temporary):
        return _outcome(500, "exception", error.code)
    response = _outcome(503, "transient", error.code)
    response.headers["Retry-After"] = str(int(error.retry_after or RETRY_AFTER))
    return response


def of_surprise(_: Exception) -> Response:
    """Anything else; its text may quote what was sent, so it is told to nobody."""
    return _outcome(500, "exception", "an error of the adapter")


def _outcome(status: int, code: str, text: str) -> Response:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return rendered({"resourceType": "OperationOutcome", "issue": [issue]}, status, headers)
