"""The body of a document: the source's PDF as it is, else its words in sections; the two are never mixed."""

from collections.abc import Iterable

from adapter.core.facts import Link
from adapter.core.records import Record
from adapter.core.resources import Resource
from adapter.dmp.checks.pdfs import pdf_faults
from adapter.dmp.documents import Attachment, Section
from adapter.dmp.faults import errors
from adapter.dmp.making.attachments import PDF, attachments_of
from adapter.dmp.making.gaps import Gaps
from adapter.dmp.making.texts import parts_of

Body = tuple[Section, ...] | Attachment


def body_of(content: Iterable[Link], title: str, record: Record, largest: int, gaps: Gaps) -> Body | None:
    """What the resources say; the same words told by two sources stand there once. None where there are gaps."""
    before = len(errors(tuple(gaps.found)))
    resources = list(_resources(content, record, gaps))
    attached = dict.fromkeys(
        a for r in resources if r.key.type == "DocumentReference" for a in attachments_of(r, record, largest, gaps)
    )
    pdfs = [a for a in attached if a.content_type == PDF]
    sections = dict.fromkeys([*_sections(resources, title, gaps), *_plain(attached, title, gaps)])
    if len(errors(tuple(gaps.found))) > before:
        return None
    if not pdfs and not sections:
        gaps.lacks("no-text", "content", "the record holds no words and no attachment")
        return None
    if not pdfs:
        return tuple(sections)
    if len(pdfs) > 1 or sections:
        gaps.lacks("several-bodies", "content", "several attachments, or words beside a PDF: choose one")
        return None
    gaps.found.extend(pdf_faults(pdfs[0].content, "content"))
    return pdfs[0]


def _resources(content: Iterable[Link], record: Record, gaps: Gaps) -> Iterable[Resource]:
    for link in content:
        found = record.at(link.key) if link.key else None
        if found is None:
            gaps.lacks("not-read", "content", "a resource that holds its text is not in the record")
        else:
            yield found


def _sections(resources: Iterable[Resource], title: str, gaps: Gaps) -> Iterable[Section]:
    for resource in resources:
        for own, words in parts_of(resource.content, resource.key.type, gaps):
            yield Section(own or title, words)


def _plain(attached: Iterable[Attachment], title: str, gaps: Gaps) -> Iterable[Section]:
    for attachment in attached:
        if attachment.content_type == PDF:
            continue
        try:
            text = attachment.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            gaps.lacks("other-format", "content", "plain text that is not UTF-8")
            continue
        words = tuple(p.strip("\r\n") for p in text.replace("\r\n", "\n").split("\n\n") if p.strip())
        if words:
            yield Section(title, words)
