"""From a body's bytes to its content, whatever its headers claim: senders label JSON as text, and XML as JSON."""

import gzip
import io
import zlib
from dataclasses import dataclass, field
from typing import Any

from adapter.fhir.json_text import BadJson, loads_reporting
from adapter.fhir.xml_shared import BadXml, parse
from adapter.inbound.dialects.received import Code, Kind, Unfit
from adapter.inbound.dialects.requests import Request
from adapter.inbound.dialects.wire_xml import from_any_xml

UNPACKED_LIMIT = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
# FHIR is UTF-8; these are what older hospital systems write and say so.
_CHARSETS = {"iso-8859-1": "latin-1", "iso-8859-15": "iso-8859-15", "windows-1252": "cp1252"}


@dataclass(frozen=True, slots=True)
class Content:
    """A body as it was read: None where it is empty. `json` is its text, where no key stands twice in it."""

    value: Any = field(repr=False)
    json: bytes | None = field(default=None, repr=False)


def content_of(request: Request, limit: int = UNPACKED_LIMIT) -> Content:
    """The content of the body. Raises Unfit; `limit` bounds what a packed body unpacks to."""
    data = _unpacked(request, limit).removeprefix(_BOM).strip()
    if not data:
        return Content(None)
    if data.startswith(b"<") or ("xml" in request.content_type.lower() and not data.startswith((b"{", b"["))):
        return Content(_xml(data))
    text = _utf8(data, request.content_type)
    try:
        value, doubled = loads_reporting(text)
    except BadJson:
        raise Unfit(Kind.MALFORMED, Code.BAD_JSON) from None
    return Content(value, None if doubled else text)


def _unpacked(request: Request, limit: int) -> bytes:
    encoding = request.headers.get("Content-Encoding").lower()
    if encoding in ("", "identity") or not request.body:
        return request.body
    if encoding not in ("gzip", "x-gzip"):
        raise Unfit(Kind.MALFORMED, Code.BAD_ENCODING)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(request.body)) as packed:
            data = packed.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        raise Unfit(Kind.MALFORMED, Code.BAD_ENCODING) from None
    if len(data) > limit:
        raise Unfit(Kind.MALFORMED, Code.TOO_LONG)
    return data


def _utf8(data: bytes, content_type: str) -> bytes:
    """UTF-8 comes first even where another charset is declared: frameworks declare theirs over what is UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
        if charset in _CHARSETS:
            return data.decode(_CHARSETS[charset], "replace").encode()
    return data


def _xml(data: bytes) -> dict[str, Any]:
    try:
        return from_any_xml(data)
    except BadXml:
        pass
    try:
        parse(data)
    except BadXml:
        raise Unfit(Kind.MALFORMED, Code.BAD_XML) from None
    raise Unfit(Kind.POISON, Code.NOT_FHIR)
