"""Elements, texts, codes, ids and times as CDA writes them; every text passes `fit`, so no document is malformed."""

import re

from lxml import etree

from adapter.core.errors import Permanent
from adapter.dmp.documents import Concept, Identifier, oid_of

NAMESPACE = "urn:hl7-org:v3"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# What XML 1.0 cannot hold, even as a reference: most control characters, lone surrogates, U+FFFE and U+FFFF.
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)


class NotWritten(Permanent):
    """A document that cannot be put in CDA at all: a time that is no FHIR dateTime, an id that is no UUID."""

    code = "cda-not-written"


def element(name: str, *children: etree._Element | None, **attributes: str | None) -> etree._Element:
    """An element of CDA; children and attributes that are None are left out."""
    made = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs know no default namespace
    for key, value in attributes.items():
        if value is not None:
            made.set(key, fit(value))
    made.extend(child for child in children if child is not None)
    return made


def worded(name: str, text: str, **attributes: str | None) -> etree._Element:
    """An element that holds a text."""
    made = element(name, **attributes)
    made.text = fit(text)
    return made


def worded_if(name: str, text: str | None, **attributes: str | None) -> etree._Element | None:
    """An element that holds a text; None where there is none."""
    return None if text is None else worded(name, text, **attributes)


def fit(text: str) -> str:
    """The text with U+FFFD for each character that XML 1.0 cannot hold; `losses` tells where that happened."""
    return UNFIT.sub(REPLACEMENT, text)


def coded(name: str, concept: Concept) -> etree._Element:
    """A code with its code system and its label."""
    return element(name, code=concept.code, displayName=concept.display or None, codeSystem=concept.oid)


def identified(name: str, identifier: Identifier) -> etree._Element:
    """An id of a national or local system."""
    return element(name, root=identifier.oid, extension=identifier.value)


def own_id(name: str, uuid: str) -> etree._Element:
    """An id that we gave, as an OID: the DMP's unique id takes no UUID. Raises NotWritten."""
    try:
        return element(name, root=oid_of(uuid))
    except ValueError:
        raise NotWritten("the id of a document is no UUID") from None


def timed(name: str, value: str) -> etree._Element:
    """A point in time."""
    return element(name, value=timestamp(value))


def interval(low: str | None, high: str | None) -> etree._Element:
    """The effectiveTime of something that lasts; of unknown time where neither end is known. Raises NotWritten."""
    if low is None and high is None:
        return element("effectiveTime", nullFlavor="UNK")
    if low is not None and high is not None and timestamp(low) == timestamp(high):
        high = None  # Structuration minimale refuses an interval whose ends are equal.
    ends = [timed(name, value) for name, value in (("low", low), ("high", high)) if value is not None]
    return element("effectiveTime", *ends)


def timestamp(value: str) -> str:
    """A FHIR date or dateTime as HL7 writes it: no separators, its own offset, whole seconds. Raises NotWritten."""
    parts = _TIME.fullmatch(value)
    if parts is None:
        raise NotWritten("a time of a document is no FHIR date or dateTime")
    *digits, offset = parts.groups(default="")
    return "".join(digits) + ("+0000" if offset == "Z" else offset.replace(":", ""))
