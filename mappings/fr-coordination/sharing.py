"""The plan of a complete dossier is for the shared record (DMP): what it says, and the objectives that it names."""

from collections.abc import Iterable

from adapter.core.facts import Evidence, Link
from adapter.core.occasions import Message, Outcome, SharedDocument

from .dossiers import Dossier, span

_COMPLETE = frozenset({Outcome.BILLABLE})


def documents(dossier: Dossier) -> Iterable[SharedDocument]:
    """One plan document, in the name of the referents."""
    plans = dossier.in_force
    if plans and dossier.referents:
        starts = sorted((s.first, s.text) for p in plans if (s := span(p).start or p.created))
        yield SharedDocument(
            name="plan",
            when=_COMPLETE,
            content=tuple(_link(fact.evidence) for fact in (*plans, *dossier.goals)),
            authors=dossier.referents,
            occurrence=starts[0][1] if starts else None,
            values={"day": str(dossier.look.today)},
        )


def messages(dossier: Dossier, shared: Iterable[SharedDocument]) -> Iterable[Message]:
    """The referents hear what became of it."""
    for document in shared:
        yield Message(
            name="plan",
            when=document.when,
            topic="summary-report",
            recipients=dossier.referents,
            documents=tuple(c for c in document.content if c.reference["type"] == "CarePlan"),
            hands_over=document.path,
        )


def _link(evidence: Evidence) -> Link:
    return Link(evidence.key, {"reference": evidence.key.text, "type": evidence.key.type})
