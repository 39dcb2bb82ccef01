"""The next step towards what is wanted of a document: what its receiver has, compared with it.

A step that was begun, and whose end nobody knows, is repeated before any other: the same bytes under the same id,
which every road takes for the same document.
"""

from dataclasses import dataclass, replace

from adapter.core.ids import business_id
from adapter.dmp.documents import Document
from adapter.dmp.envelopes import Action


@dataclass(frozen=True, slots=True)
class Step:
    """What is handed over next. `DELETE` and a patched `VISIBILITY` are about a version that is there."""

    action: Action
    document: Document


@dataclass(frozen=True, slots=True)
class Known:
    """What the receiver confirmed: the last version, and whether that was withdrawn; a step without an answer."""

    document: Document | None = None
    is_withdrawn: bool = False
    begun: Step | None = None


def towards(wanted: Document, known: Known, *, patches: bool) -> Step | None:
    """The step that brings the receiver nearer to a document; None where it is there.

    `wanted` is a first version; `patches` says that the road changes who may see a version, without another one.
    """
    last = known.document
    if known.begun:
        return known.begun
    if last is None:
        return Step(Action.NEW, wanted)
    if known.is_withdrawn:
        anew = business_id("document-anew", last.set_id, str(last.version))
        return Step(Action.NEW, replace(wanted, set_id=anew))
    if _content(wanted) != _content(last):
        return Step(Action.REPLACE, replace(wanted, set_id=last.set_id, version=last.version + 1))
    if set(wanted.confidentiality) == set(last.confidentiality):
        return None
    seen_by = replace(last, confidentiality=wanted.confidentiality)
    fresh = replace(seen_by, version=last.version + 1, created=wanted.created)
    return Step(Action.VISIBILITY, seen_by if patches else fresh)


def away(known: Known) -> Step | None:
    """The step that takes the document back; None where nothing is there to be taken back.

    A first version whose arrival is not known is not sent again only to be withdrawn.
    """
    if known.begun:
        return Step(Action.DELETE, known.begun.document) if known.begun.action is Action.NEW else known.begun
    if known.document is None or known.is_withdrawn:
        return None
    return Step(Action.DELETE, known.document)


def _content(document: Document) -> Document:
    """What makes a version another one: neither when it was made, nor who may see it, nor where it was read."""
    return replace(document, set_id="", version=1, created="", confidentiality=(), sources=())
