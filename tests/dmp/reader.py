"""Reads CDA documents by paths of the CDA standard alone: what another maker's software would find in ours."""

import base64
from dataclasses import dataclass, field

from lxml import etree

_NAMESPACES = {"h": "urn:hl7-org:v3"}


@dataclass
class Read:
    """A CDA document as a receiver sees it."""

    root: etree._Element

    def all(self, path: str) -> list[str]:
        """The attributes or texts at a path."""
        found = self.root.xpath(path, namespaces=_NAMESPACES)
        assert isinstance(found, list)
        return [item if isinstance(item, str) else spoken(item) for item in found]

    def one(self, path: str) -> str | None:
        """The only attribute or text at a path."""
        found = self.all(path)
        assert len(found) < 2, path
        return found[0] if found else None

    def code(self, path: str) -> tuple[str | None, str | None, str | None]:
        """A code with its system and label."""
        return self.one(f"{path}/@code"), self.one(f"{path}/@codeSystem"), self.one(f"{path}/@displayName")

    def ids(self, path: str) -> list[tuple[str, str]]:
        """Roots and extensions of ids."""
        return list(zip(self.all(f"{path}/@root"), self.all(f"{path}/@extension"), strict=True))


@dataclass
class ReadSection:
    """A section of a level-2 body."""

    title: str
    paragraphs: list[str] = field(default_factory=list)


def read(data: bytes) -> Read:
    """Parses strictly."""
    return Read(etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)))


def spoken(item: etree._Element) -> str:
    """The text of an element; a line break is one."""
    words = item.text or ""
    for child in item:
        words += "\n" if etree.QName(child).localname == "br" else spoken(child)
        words += child.tail or ""
    return words


def sections(document: Read) -> list[ReadSection]:
    """The sections of a level-2 body."""
    found = document.root.iterfind("h:component/h:structuredBody/h:component/h:section", _NAMESPACES)
    return [
        ReadSection(
            section.findtext("h:title", "", _NAMESPACES),
            [spoken(paragraph) for paragraph in section.iterfind("h:text/h:paragraph", _NAMESPACES)],
        )
        for section in found
    ]


def attachment(document: Read) -> tuple[str | None, bytes]:
    """Media type and content of a level-1 body."""
    text = "h:component/h:nonXMLBody/h:text"
    assert document.one(f"{text}/@representation") == "B64"
    return document.one(f"{text}/@mediaType"), base64.b64decode(document.one(text) or "", validate=True)
