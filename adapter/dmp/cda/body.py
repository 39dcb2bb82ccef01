"""The body: the source's own PDF or text, byte for byte (level 1), or free sections (level 2)."""

import base64

from lxml import etree

from adapter.dmp.cda.writing import element, fit, worded
from adapter.dmp.documents import Attachment, Section


def component(body: tuple[Section, ...] | Attachment) -> etree._Element:
    """The component that holds the body."""
    if isinstance(body, Attachment):
        return element("component", _non_xml(body))
    sections = [element("component", _section(section)) for section in body]
    return element("component", element("structuredBody", *sections))


def _non_xml(attachment: Attachment) -> etree._Element:
    text = element("text", mediaType=attachment.content_type, representation="B64")
    text.text = base64.b64encode(attachment.content).decode("ascii")
    return element("nonXMLBody", text)


def _section(section: Section) -> etree._Element:
    text = element("text", *(_paragraph(paragraph) for paragraph in section.paragraphs))
    return element("section", worded("title", section.title), text)


def _paragraph(words: str) -> etree._Element:
    """Plain words: markup in them stays words; a line break is an element, because readers of CDA fold white space."""
    first, *rest = words.split("\n")
    made = worded("paragraph", first)
    for line in rest:
        line_break = element("br")
        line_break.tail = fit(line)
        made.append(line_break)
    return made
