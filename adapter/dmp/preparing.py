"""One document on its way: made of the record, written as CDA, and checked, with a report whether it may leave.

Nothing here calls anybody: what the report says is known before any road is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapter.core.decisions import Decision
from adapter.core.packs import Pack
from adapter.core.readiness import readiness
from adapter.core.records import Record
from adapter.dmp.cda import NotWritten, losses, to_cda
from adapter.dmp.checks import check_cda
from adapter.dmp.documents import Document
from adapter.dmp.envelopes import Action, Envelope
from adapter.dmp.faults import Fault, errors
from adapter.dmp.kit import check_with_kit
from adapter.dmp.making import DmpSite, Draft, drafts
from adapter.dmp.readiness import Judged, Line, Readiness, Verdict, is_announced, readiness_of
from adapter.dmp.value_sets import class_of


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a site shares. `packs` are all that may have a say in readiness; `is_on` says that a road is set.

    `kit` is the folder of the national kit, and `cache` where what is compiled of it stays.
    """

    packs: tuple[Pack, ...]
    site: DmpSite = field(default_factory=DmpSite)
    is_on: bool = False
    kit: Path | None = None
    cache: Path = Path("data/cda-kit")
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is wanted; `envelope` is None where it could not be made or written."""

    draft: Draft
    envelope: Envelope | None
    readiness: Readiness


def prepared(decision: Decision, record: Record, sharing: Sharing) -> Iterator[Prepared]:
    """Each document that a decision wants, with its report."""
    if not is_wanted(decision):
        return
    judged = readiness(sharing.packs, record, decision.as_of)
    for draft in drafts(decision, record, sharing.site, is_announced=is_announced(judged)):
        yield _prepared(draft, judged, sharing)


def is_wanted(decision: Decision) -> bool:
    """Whether a decision wants any document shared."""
    return any(decision.outcome in shared.when for shared in decision.occasion.documents)


def sealed(document: Document, action: Action = Action.NEW) -> Envelope:
    """The document with its bytes and its class. Raises NotWritten."""
    kind = class_of(document.type)
    if kind is None:
        raise NotWritten("the table of classes does not know the document's type")
    return Envelope(document, to_cda(document), kind, action)


def faults_of(envelope: Envelope, sharing: Sharing) -> tuple[Fault, ...]:
    """What is wrong with the bytes that would leave, by our checks and by the national kit where it is given."""
    found = [*losses(envelope.document)]
    found += check_cda(envelope.cda, production=sharing.site.in_production, body_limit=sharing.site.largest)
    if sharing.kit:
        found += check_with_kit(envelope.cda, sharing.kit, cache=sharing.cache)
    return tuple(found)


def _prepared(draft: Draft, judged: list[Judged], sharing: Sharing) -> Prepared:
    envelope, found = None, list(draft.faults)
    if draft.document is not None:
        try:
            envelope = sealed(draft.document)
        except NotWritten as error:
            found.append(Fault(error.code, "/", str(error)))
    if envelope is not None:
        told = {fault.code for fault in found}
        found += [fault for fault in faults_of(envelope, sharing) if fault.code not in told]
    lines = readiness_of(judged, found, sharing.language).lines
    return Prepared(draft, envelope, Readiness((*lines, *_checked(envelope, found, sharing))))


def _checked(envelope: Envelope | None, found: list[Fault], sharing: Sharing) -> Iterator[Line]:
    """What was tried and held, or was not tried at all: a report that says nothing would pass for a good one."""
    if envelope is None:
        yield Line("cda", Verdict.WARNS, "not checked: the document could not be made")
        return
    of_kit = [fault for fault in found if fault.code.startswith("kit-")]
    if not errors(tuple(fault for fault in found if fault not in of_kit)):
        yield Line("cda", Verdict.MET, "header, codes and body hold")
    if sharing.kit is None:
        yield Line("kit", Verdict.WARNS, "not given: neither XSD nor schematron was run (setting cda_kit)")
    elif not of_kit:
        yield Line("kit", Verdict.MET, "XSD and schematron hold")
