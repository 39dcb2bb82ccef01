"""The attachments of a DocumentReference: inline, or the source's Binary where the record holds it."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from adapter.core.records import Record
from adapter.core.resources import Resource
from adapter.dmp.documents import Attachment
from adapter.dmp.making.gaps import Gaps

PDF, PLAIN = "application/pdf", "text/plain"


def attachments_of(document: Resource, record: Record, largest: int, gaps: Gaps) -> Iterator[Attachment]:
    """Each attachment that can be carried on; a gap for each that cannot."""
    for number, content in enumerate(document.content.get("content", ())):
        place = f"DocumentReference.content[{number}].attachment"
        read = _read(content.get("attachment", {}), document, record, place, gaps)
        if read is None:
            continue
        if len(read.content) > largest:
            gaps.lacks("too-large", place, f"has {len(read.content)} bytes, and {largest} are allowed")
        elif read.content_type not in (PDF, PLAIN):
            gaps.lacks("other-format", place, "is neither a PDF nor plain text")
        else:
            yield read


def _read(
    attachment: Mapping[str, Any], document: Resource, record: Record, place: str, gaps: Gaps
) -> Attachment | None:
    kind, data = attachment.get("contentType"), attachment.get("data")
    if data is None and isinstance(attachment.get("url"), str):
        binary = record.resolve({"reference": attachment["url"]}, document)
        if binary is None or "data" not in binary.content:
            gaps.lacks("not-read", place, "its Binary is not in the record: the source did not give it")
            return None
        kind, data = kind or binary.content.get("contentType"), binary.content["data"]
    if not isinstance(data, str):
        gaps.lacks("not-read", place, "holds neither data nor a url")
        return None
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        gaps.lacks("not-read", place, "its data is no base64")
        return None
    if not _is_whole(attachment, content):
        gaps.lacks("not-whole", place, "does not have the size or the hash that its source gives")
        return None
    return Attachment(str(kind or "").partition(";")[0].strip().lower(), content)


def _is_whole(attachment: Mapping[str, Any], content: bytes) -> bool:
    """Whether the bytes are those that the attachment describes (R4 Attachment: SHA-1, base64)."""
    hashed = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode("ascii")
    described: tuple[object, object] = attachment.get("size", len(content)), attachment.get("hash", hashed)
    return described == (len(content), hashed)
