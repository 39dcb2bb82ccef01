"""Drafts: the documents that a decision's pack wants shared, each complete or with all its gaps."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapter.core.decisions import Decision
from adapter.core.desired.frame import id_of
from adapter.core.occasions import SharedDocument
from adapter.core.records import Record
from adapter.core.times import instant_text
from adapter.dmp.documents import Act, Concept, Document
from adapter.dmp.faults import Fault, errors
from adapter.dmp.making.bodies import body_of
from adapter.dmp.making.gaps import Gaps
from adapter.dmp.making.parties import professional_of
from adapter.dmp.making.persons import patient_of
from adapter.dmp.making.sites import DmpSite
from adapter.dmp.making.stays import stay_of
from adapter.dmp.value_sets import NotMember, ValueSet, class_of, concept


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is wanted; `document` is None where an error is among the faults."""

    shared: SharedDocument
    set_id: str
    document: Document | None
    faults: tuple[Fault, ...]


def drafts(decision: Decision, record: Record, site: DmpSite, *, is_announced: bool) -> Iterator[Draft]:
    """The first version of each document of a decision; hidden from the person until its content was announced.

    The version and what it replaces are the sender's to say: only the ledger knows what was handed over.
    """
    for shared in decision.occasion.documents:
        if decision.outcome in shared.when:
            yield _draft(decision, shared, record, site, is_announced)


def set_id_of(decision: Decision, shared: SharedDocument) -> str:
    """The id that all versions of a document share."""
    return id_of(decision, "document", *shared.path)


def _draft(decision: Decision, shared: SharedDocument, record: Record, site: DmpSite, is_announced: bool) -> Draft:
    gaps, set_id = Gaps(), set_id_of(decision, shared)
    document = _document(decision, shared, record, site, gaps, is_announced)
    faults = tuple(gaps.found)
    return Draft(shared, set_id, None if errors(faults) else document, faults)


def _document(
    decision: Decision, shared: SharedDocument, record: Record, site: DmpSite, gaps: Gaps, is_announced: bool
) -> Document | None:
    pack, kind = decision.pack, decision.pack.documents[shared.name]
    words = {
        name: pack.texts.words(pack.language, ("documents", shared.name, name), shared.values)
        for name in ("title", "section")
    }
    set_id, (start, end) = set_id_of(decision, shared), _period(shared)
    if start is None:
        gaps.lacks("no-time", "occurrence", "when it happened is not in the record")
    if site.custodian is None:
        gaps.lacks("no-custodian", "dmp.custodian", "the structure that keeps the document is not set")
    patient = patient_of(record.person, site.in_production, gaps)
    author = professional_of(shared.authors, record, "author", gaps)
    stay = stay_of(shared.stay, (start, end), set_id, record, site, gaps)
    setting = _setting(kind.practice_setting or site.practice_setting, gaps)
    body = body_of(shared.content, words["section"], record, site.largest, gaps)
    filed = _filed(kind.type, gaps)
    if not (start and site.custodian and patient and author and stay and setting and body and filed):
        return None
    return Document(
        set_id=set_id,
        type=filed,
        title=words["title"],
        created=instant_text(decision.as_of),
        practice_setting=setting,
        confidentiality=_confidentiality(is_announced),
        patient=patient,
        author=author,
        custodian=site.custodian,
        legal_authenticator=author,
        act=Act(code=None, start=start, end=end, performer=author),
        stay=stay,
        body=body,
        sources=tuple(sorted(link.key.text for link in shared.content if link.key)),
    )


def _period(shared: SharedDocument) -> tuple[str | None, str | None]:
    match shared.occurrence:
        case (start, end):
            return start, end
        case str(start):
            return start, None
    return None, None


def _setting(code: str | None, gaps: Gaps) -> Concept | None:
    if code is None:
        gaps.lacks("no-practice-setting", "dmp.practice_setting", "the setting of the practice is not set")
        return None
    try:
        return concept(ValueSet.PRACTICE_SETTING, code)
    except NotMember:
        gaps.lacks("no-practice-setting", "dmp.practice_setting", "is no code of JDV_J04")
        return None


def _filed(code: str, gaps: Gaps) -> Concept | None:
    """The document's type, with a class that the association table knows."""
    try:
        kind = concept(ValueSet.DOCUMENT_TYPE, code)
    except NotMember:
        gaps.lacks("no-class", "type", "is no code of JDV_J07")
        return None
    if class_of(kind) is None:
        gaps.lacks("no-class", "type", "the table of classes does not know the type")
        return None
    return kind


def _confidentiality(is_announced: bool) -> tuple[Concept, ...]:
    normal = concept(ValueSet.CONFIDENTIALITY, "N")
    return (normal,) if is_announced else (normal, concept(ValueSet.CONFIDENTIALITY, "INVISIBLE_PATIENT"))
