"""The words of a resource, type by type: what a person wrote, and nothing that a machine made of it."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lxml import etree

from adapter.dmp.making.gaps import Gaps

_BLOCKS = frozenset(
    {
        *("p", "div", "li", "tr", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "pre"),
        *("table", "caption", "ul", "ol", "dl", "blockquote"),
    }
)
_CELLS = frozenset({"td", "th"})
_ACTIVE = frozenset({"script", "style", "iframe", "object", "embed", "form"})

_OVER = frozenset({"cancelled", "stopped", "rejected", "entered-in-error"})
_OF_HTML = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]*;")

Part = tuple[str | None, tuple[str, ...]]
"""A title of its own, where the resource gives one, and paragraphs."""


def parts_of(content: Mapping[str, Any], place: str, gaps: Gaps) -> list[Part]:
    """What a resource says, part by part; parts without words are left out."""
    reader = _READERS.get(str(content.get("resourceType")))
    parts = reader(content, place, gaps) if reader else []
    return [(title, words) for title, found in parts if (words := tuple(w for w in found if w.strip()))]


def _composition(content: Mapping[str, Any], place: str, gaps: Gaps) -> list[Part]:
    return [part for section in content.get("section", ()) for part in _sections(section, place, gaps)]


def _sections(section: Mapping[str, Any], place: str, gaps: Gaps) -> Iterable[Part]:
    words = words_of(section.get("text", {}).get("div", ""), f"{place}.section.text", gaps)
    if not words and section.get("entry"):
        gaps.warns("section-without-words", f"{place}.section", "has entries and no words: it is left out")
    yield section.get("title"), words
    for inner in section.get("section", ()):
        yield from _sections(inner, place, gaps)


def words_of(div: str, place: str, gaps: Gaps) -> tuple[str, ...]:
    """The paragraphs of a narrative; one that holds active content is refused (R4 Narrative allows none)."""
    if not div.strip():
        return ()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(_OF_HTML.sub(lambda name: html.unescape(name[0]), div), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or "<!DOCTYPE" in div:
        gaps.lacks("bad-narrative", place, "the narrative is no XHTML")
        return ()
    if any(etree.QName(node).localname.lower() in _ACTIVE for node in root.iter(etree.Element)):
        gaps.lacks("active-content", place, "the narrative holds script, style or a form")
        return ()
    if any(etree.QName(node).localname.lower() == "img" for node in root.iter(etree.Element)):
        gaps.warns("image-left-out", place, "the narrative holds an image, which is left out")
    lines: list[str] = [""]
    _collect(root, lines)
    return tuple(line for line in (" ".join(line.split()) for line in lines) if line)


def _collect(node: etree._Element, lines: list[str]) -> None:
    name = etree.QName(node).localname.lower()
    breaks = name in _BLOCKS
    if breaks:
        lines.append("")
    elif name in _CELLS and lines[-1].strip():
        lines[-1] += " | "
    lines[-1] += node.text or ""
    for child in node:
        if isinstance(child.tag, str):
            _collect(child, lines)
        lines[-1] += child.tail or ""
    if breaks:
        lines.append("")


def _impression(content: Mapping[str, Any], _place: str, _gaps: Gaps) -> list[Part]:
    return [(None, (content.get("description", ""), content.get("summary", ""), *_notes(content)))]


def _observation(content: Mapping[str, Any], _place: str, _gaps: Gaps) -> list[Part]:
    value = content.get("valueString") or _named(content.get("valueCodeableConcept", {})) or ""
    return [(_named(content.get("code", {})), (value, *_notes(content)))]


def _care_plan(content: Mapping[str, Any], _place: str, _gaps: Gaps) -> list[Part]:
    details = [a.get("detail", {}) for a in content.get("activity", ())]
    actions = [_action(d) for d in details if d.get("status") not in _OVER]
    return [(content.get("title"), (content.get("description", ""), *actions, *_notes(content)))]


def _action(detail: Mapping[str, Any]) -> str:
    words = detail.get("description") or _named(detail.get("code", {})) or ""
    return f"À ne pas faire: {words}" if words and detail.get("doNotPerform") else words


def _goal(content: Mapping[str, Any], _place: str, _gaps: Gaps) -> list[Part]:
    if content.get("lifecycleStatus") in _OVER:
        return []
    return [(None, (_named(content.get("description", {})) or "", *_notes(content)))]


def _notes(content: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(n.get("text", "") for n in content.get("note", ()))


def _named(concept: Mapping[str, Any]) -> str | None:
    coded = (c.get("display") for c in concept.get("coding", ()))
    return concept.get("text") or next((d for d in coded if d), None)


_READERS: Mapping[str, Callable[[Mapping[str, Any], str, Gaps], list[Part]]] = {
    "Composition": _composition,
    "ClinicalImpression": _impression,
    "Observation": _observation,
    "CarePlan": _care_plan,
    "Goal": _goal,
}
