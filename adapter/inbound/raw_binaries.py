"""The answer to a read of a Binary, which may be the bytes themselves instead of a resource (R4 Binary, `Accept`)."""

import base64
from typing import Any

import requests

from adapter.fhir.json_text import BadJson, loads

LARGEST = 32 * 1024 * 1024
"""Bytes of an answer. A guard: above any attachment that the shared record takes, below what fills the memory."""
_CHUNK = 64 * 1024
_JSON = ("application/fhir+json", "application/json", "text/json")


class TooLarge(ValueError):
    """The answer is larger than anybody needs."""


def read_bounded(response: requests.Response) -> bytes:
    """The body of a streamed answer; raises TooLarge, and what the connection raises."""
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise TooLarge
    return bytes(body)


def binary_of(body: bytes, content_type: str, resource_id: str) -> dict[str, Any]:
    """The resource: as sent, or made around the bytes as R4 says that they mean the same."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _JSON:
        try:
            content = loads(body)
        except BadJson:
            content = None
        if isinstance(content, dict) and content.get("resourceType") == "Binary":
            return content
    data = base64.b64encode(body).decode("ascii")
    return {
        "resourceType": "Binary",
        "id": resource_id,
        "contentType": kind or "application/octet-stream",
        "data": data,
    }
