"""Follow-up at home: each final report of a session at home is for the shared record (DMP), whatever is charged."""

from collections.abc import Iterable

from adapter.core.facts import Link
from adapter.core.occasions import Message, Outcome, SharedDocument

from .fact_types import FollowUpReport
from .inclusions import Inclusion
from .sequences import HOME, TreatmentSequence

_SHARED = frozenset({Outcome.BILLABLE, Outcome.INCOMPLETE, Outcome.UNDECIDED})
_DONE = frozenset({"current", "final", "amended", "corrected"})
_DRAFT = frozenset({"preliminary"})


def documents(inclusion: Inclusion, sequence: TreatmentSequence) -> Iterable[SharedDocument]:
    """One document a time and author: two sources that tell of one follow-up tell one document (A51-06, A51-07)."""
    if sequence.number not in HOME:
        return
    told: dict[tuple[str, str], list[FollowUpReport]] = {}
    for report in inclusion.look.of(FollowUpReport):
        if is_final(report) and report.at and sequence.holds(report.at) and inclusion.within(report.at):
            author = min((a.national for a in report.authors if a.national), default="")
            told.setdefault((report.at.text, author), []).append(report)
    for key, reports in sorted(told.items()):
        yield SharedDocument(
            name="follow-up",
            when=_SHARED,
            content=tuple(_link(r) for r in reports),
            authors=tuple(a for r in reports for a in r.authors),
            occurrence=key[0],
            stay=next((v for r in reports for v in r.visits), None),
            values={"day": str(reports[0].at.day) if reports[0].at and reports[0].at.day else key[0]},
            key=key,
        )


def messages(inclusion: Inclusion, shared: Iterable[SharedDocument]) -> Iterable[Message]:
    """The referring team hears what became of each."""
    for document in shared:
        yield Message(
            name="follow-up",
            when=document.when,
            topic="summary-report",
            recipients=inclusion.team,
            documents=document.content,
            values=document.values,
            key=document.key,
            hands_over=document.path,
        )


def is_final(report: FollowUpReport) -> bool:
    """Whether a report is finished, not a draft."""
    return report.status in _DONE and report.draft not in _DRAFT


def _link(report: FollowUpReport) -> Link:
    key = report.evidence.key
    return Link(key, {"reference": key.text, "type": key.type})
