"""Whether an attachment is a PDF that can be read, and whether it says that it is PDF/A-1, which the DMP wants.

What a PDF says of itself is not proof: a validator of PDF/A is a program of its own.
"""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader

from adapter.dmp.faults import Fault, Severity

# It logs what it finds broken in a file, in the file's own words.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)
_CLAIM = re.compile(rb"pdfaid:part(?:>|\s*=\s*[\"'])\s*(\d)")


def pdf_faults(content: bytes, place: str) -> Iterator[Fault]:
    """Faults of a PDF; it never raises, whatever the bytes."""
    if not content.startswith(b"%PDF-"):
        yield Fault("pdf-not-pdf", place, "the content is no PDF")
        return
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        encrypted = reader.is_encrypted
        pages = 0 if encrypted else len(reader.pages)
        claim = None if encrypted else _claimed_part(reader)
    except Exception:  # the library raises whatever a broken file leads it to
        yield Fault("pdf-unreadable", place, "the PDF cannot be read")
        return
    yield from _content_faults(encrypted, pages, claim, place)


def _content_faults(encrypted: bool, pages: int, claim: bytes | None, place: str) -> Iterator[Fault]:
    if encrypted:
        yield Fault("pdf-encrypted", place, "the PDF is encrypted")
    elif not pages:
        yield Fault("pdf-unreadable", place, "the PDF has no page")
    elif claim != b"1":
        yield Fault("pdf-not-a1", place, "the PDF does not say that it is PDF/A-1", Severity.WARNING)


def _claimed_part(reader: PdfReader) -> bytes | None:
    root: Any = reader.trailer["/Root"]
    metadata = root.get("/Metadata")
    claim = _CLAIM.search(metadata.get_object().get_data()) if metadata is not None else None
    return claim.group(1) if claim else None
