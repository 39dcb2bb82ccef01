"""The body: one attachment of an admitted kind, or sections of plain words."""

import base64
import binascii
import re
from collections.abc import Iterator

from lxml import etree

from adapter.dmp.checks.pdfs import pdf_faults
from adapter.dmp.checks.reading import ROOT, elements
from adapter.dmp.faults import Fault, Severity

BODY_LIMIT = 10 * 1024 * 1024
"""Bytes. A guard of ours: the sources that we read give no limit of the DMP's own."""

# TRE_R222_MediaTypeCorpsCDANonStructure of the Agence du Numérique en Santé, 2023-12-15.
MEDIA_TYPES = frozenset({"application/pdf", "text/plain", "text/rtf", "image/jpeg", "image/tiff"})
_PLACE = f"{ROOT}/component"
_NON_XML = f"{_PLACE}/nonXMLBody/text"
_SECTION = f"{_PLACE}/structuredBody/component/section"
_MARKUP = re.compile(r"<\s*[/!]?\s*[A-Za-z]")
_NARRATIVE = frozenset({"{urn:hl7-org:v3}paragraph", "{urn:hl7-org:v3}br"})


def body_faults(root: etree._Element, limit: int) -> Iterator[Fault]:
    """Faults of the body, whatever its level."""
    attached = elements(root, "h:component/h:nonXMLBody/h:text")
    structured = elements(root, "h:component/h:structuredBody")
    if len(attached) + len(structured) != 1:
        yield Fault("cda-body", _PLACE, "there is not one body")
    for text in attached:
        yield from _attachment_faults(text, limit)
    for body in structured:
        yield from _sections_faults(body)


def _attachment_faults(text: etree._Element, limit: int) -> Iterator[Fault]:
    media_type = text.get("mediaType")
    if media_type not in MEDIA_TYPES:
        yield Fault("cda-media-type", f"{_NON_XML}/@mediaType", "the body is of a kind that is not admitted")
    content = _decoded(text)
    if content is None:
        yield Fault("cda-base64", _NON_XML, "the body is not base64")
    elif not content:
        yield Fault("cda-empty-body", _NON_XML, "the body is empty")
    elif len(content) > limit:
        yield Fault("cda-body-size", _NON_XML, f"the body has {len(content)} bytes, over the limit of {limit}")
    elif media_type == "application/pdf":
        yield from pdf_faults(content, _NON_XML)
    elif media_type == "text/plain":
        yield from _text_faults(content)


def _decoded(text: etree._Element) -> bytes | None:
    words = "".join((text.text or "").split())
    if text.get("representation") != "B64" or len(text):
        return None
    try:
        return base64.b64decode(words, validate=True)
    except (binascii.Error, ValueError):
        return None


def _text_faults(content: bytes) -> Iterator[Fault]:
    try:
        words = content.decode("utf-8")
    except UnicodeDecodeError:
        yield Fault("cda-text-encoding", _NON_XML, "the text is not UTF-8")
    else:
        yield from _markup_faults(words, _NON_XML)


def _sections_faults(body: etree._Element) -> Iterator[Fault]:
    sections = elements(body, "h:component/h:section")
    if not sections:
        yield Fault("cda-empty-body", f"{_PLACE}/structuredBody", "the body is empty")
    for number, section in enumerate(sections, 1):
        place = f"{_SECTION}[{number}]"
        if not "".join(_words(section, "title")).strip():
            yield Fault("cda-section-title", f"{place}/title", "a section has no title")
        yield from _narrative_faults(section, f"{place}/text")


def _narrative_faults(section: etree._Element, place: str) -> Iterator[Fault]:
    words = "".join(_words(section, "text"))
    if not words.strip():
        yield Fault("cda-section-text", place, "a section has no text")
    if any(item.tag not in _NARRATIVE for text in elements(section, "h:text") for item in text.iterdescendants()):
        yield Fault("cda-narrative", place, "a text holds something else than paragraphs")
    yield from _markup_faults(words, place)


def _words(section: etree._Element, name: str) -> Iterator[str]:
    for item in elements(section, f"h:{name}"):
        yield from (str(words) for words in item.itertext())


def _markup_faults(words: str, place: str) -> Iterator[Fault]:
    if _MARKUP.search(words):
        message = "the text looks like markup; it stands as plain words and is shown as such"
        yield Fault("cda-markup", place, message, Severity.WARNING)
