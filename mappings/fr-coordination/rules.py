"""The coordination dossier: one for each person and coordinating structure, and what it still lacks.

Nothing is charged: a dossier whose criteria are all met is complete, and what is missing goes to the referent.
"""

from collections.abc import Iterable
from datetime import date

from adapter.core.findings import State, evidence_of
from adapter.core.looks import Look
from adapter.core.occasions import Occasion, Outcome, Tally

from . import sharing
from .actions import actions, messages, next_look
from .advice import complex_situation, isolation, repeated_stays, several_conditions
from .dossiers import Dossier, dossiers, span, voided
from .parts import agreement, objectives, participants, plan, problems, referent, wishes
from .structures import structure

DECIDING = (structure, plan, referent, participants, problems, wishes, actions, objectives, agreement)
ADVICE = (complex_situation, several_conditions, repeated_stays, isolation)


def occasions(look: Look) -> Iterable[Occasion]:
    """One occasion an open dossier; one entered in error only withdraws, and only where no other stands."""
    live = {d.structure: d for d in dossiers(look)}
    for dossier in live.values():
        yield _occasion(dossier)
    for dossier in voided(look):
        if dossier.structure not in live:
            yield _withdrawal(dossier)


def _occasion(dossier: Dossier) -> Occasion:
    documents = tuple(sharing.documents(dossier))
    return Occasion(
        kind="dossier",
        key=_key(dossier),
        day=_begin(dossier),
        causes=evidence_of(dossier.holders),
        findings=tuple(judge(dossier) for judge in DECIDING),
        advice=tuple(judge(dossier) for judge in ADVICE),
        messages=(*messages(dossier), *sharing.messages(dossier, documents)),
        documents=documents,
        performers=dossier.addressees,
        values=_values(dossier),
        look_again_at=next_look(dossier),
    )


def _withdrawal(dossier: Dossier) -> Occasion:
    return Occasion(
        kind="dossier",
        key=_key(dossier),
        day=_begin(dossier),
        causes=evidence_of(dossier.holders),
        void=Outcome.ENTERED_IN_ERROR,
        values=_values(dossier),
    )


def _key(dossier: Dossier) -> tuple[str, ...]:
    """The structure's national id, and the kind of plan: there is one kind yet."""
    return (dossier.structure, "coordination")


def _values(dossier: Dossier) -> dict[str, str]:
    return {"structure": dossier.structure.partition("|")[2] or "?"}


def _begin(dossier: Dossier) -> date | None:
    """The first day that a plan or an episode states."""
    starts = [s.first for h in dossier.holders if (s := span(h).start)]
    return min(starts or [p.created.first for p in dossier.plans if p.created], default=None)


def tallies(look: Look) -> Iterable[Tally]:
    """One an open dossier: its structure, the coordination that this does, and whether the dossier is complete."""
    for dossier in dossiers(look):
        kind = structure(dossier)
        complete = all(judge(dossier).state is State.MET for judge in DECIDING)
        strata = {
            "structure": dossier.structure or "unknown",
            "kind": kind.reason if kind.state is State.MET else "unknown",
            "complete": "yes" if complete else "no",
        }
        yield Tally(name="dossier", day=_begin(dossier) or look.today, strata=strata)
