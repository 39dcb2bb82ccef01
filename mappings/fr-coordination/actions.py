"""The actions of a plan: who does what, and when it is reviewed."""

from collections.abc import Iterable
from datetime import date, timedelta

from adapter.core.actors import Actor, any_same
from adapter.core.facts import Link
from adapter.core.findings import Finding, criterion, met, missing
from adapter.core.occasions import Message, Outcome

from .dossiers import Dossier, span
from .fact_types import Action, Plan
from .structures import turns

_OPEN = frozenset({Outcome.BILLABLE, Outcome.INCOMPLETE, Outcome.UNDECIDED})
_UNSETTLED = frozenset({Outcome.INCOMPLETE, Outcome.UNDECIDED})
_NOT_TOLD = frozenset({"Patient", "RelatedPerson", "Device"})


@criterion("actions", "CO-07", "CO-08")
def actions(dossier: Dossier) -> Finding:
    """Every action that is not done yet names who does it and when it is reviewed."""
    if not dossier.actions:
        return missing("CarePlan.activity", *dossier.holders, reason="nothing")
    unread = [a for a in dossier.actions if a.status is None and a.elsewhere]
    if unread:
        return missing("CarePlan.activity.detail", *unread, reason="unread")
    nobody = [a for a in dossier.open_actions if not a.performers]
    undated = [a for a in dossier.open_actions if a.review is None]
    if nobody and undated:
        return missing(
            "CarePlan.activity", *nobody, *undated, reason="both", actors=titles(nobody), dates=titles(undated)
        )
    if nobody:
        return missing("CarePlan.activity.detail.performer", *nobody, reason="actor", actors=titles(nobody))
    if undated:
        return missing("CarePlan.activity.detail.scheduled", *undated, reason="review", dates=titles(undated))
    return met(*dossier.actions, count=str(len(dossier.open_actions)))


def titles(found: Iterable[Action]) -> str:
    """What the actions are called, or the plan that they stand in."""
    return ", ".join(sorted({a.title or a.evidence.key.text for a in found}))


def messages(dossier: Dossier) -> Iterable[Message]:
    """What single people are told: their action lacks a review date, or a review is due."""
    yield from _incomplete(dossier)
    yield from _due(dossier)


def _incomplete(dossier: Dossier) -> Iterable[Message]:
    """One message an actor; those without a national id share one, as no local id may name a message.

    The referent hears of it in what is missing, and the person and family are not asked to complete a plan.
    """
    by_actor: dict[str, list[tuple[Actor, Action]]] = {}
    for action in dossier.open_actions:
        for actor in action.performers if action.review is None else ():
            if actor.type not in _NOT_TOLD and not any_same([actor], dossier.referents):
                by_actor.setdefault(actor.national or "", []).append((actor, action))
    for national, found in sorted(by_actor.items()):
        yield Message(
            name="action-incomplete",
            when=_UNSETTLED,
            recipients=tuple(actor for actor, _ in found),
            documents=_plans_of(action for _, action in found),
            key=(national,),
            values={"list": _listed(action for _, action in found)},
        )


def _due(dossier: Dossier) -> Iterable[Message]:
    """One reminder a review date that has come without the plan or the action being written on since."""
    by_day: dict[date, list[Action]] = {}
    for plan in dossier.in_force:
        for action in (a for a in dossier.open_actions if a.evidence.key == plan.evidence.key and a.review):
            if action.review and action.review.last <= dossier.look.today and not _is_reviewed(plan, action):
                by_day.setdefault(action.review.last, []).append(action)
    for day, found in sorted(by_day.items()):
        told = [p for a in found for p in a.performers if p.type not in _NOT_TOLD]
        yield Message(
            name="review-due",
            when=_OPEN,
            category="reminder",
            recipients=(*dossier.addressees, *told),
            documents=_plans_of(found),
            key=(str(day),),
            values={"date": str(day), "list": _listed(found)},
        )


def _is_reviewed(plan: Plan, action: Action) -> bool:
    """Whether the plan was written, or progress noted, on the day of the review or later."""
    written = plan.updated or plan.created
    moments = (*((written,) if written else ()), *action.progress)
    return any(action.review and m.first >= action.review.first for m in moments)


def _plans_of(found: Iterable[Action]) -> tuple[Link, ...]:
    keys = sorted({a.evidence.key for a in found})
    return tuple(Link(key, {"reference": key.text, "type": key.type}) for key in keys)


def _listed(found: Iterable[Action]) -> str:
    return "\n".join(f"- {title}" for title in sorted({a.title or a.evidence.key.text for a in found}))


def next_look(dossier: Dossier) -> date | None:
    """The next day on which the dossier may be judged otherwise although nobody writes anything."""
    reviews = [a.review.last for a in dossier.open_actions if a.review]
    consents = [a.at.first for a in dossier.agreements if a.at]
    periods = [span(p) for p in dossier.plans] + [t.period for t in dossier.teams if t.period]
    periods += [a.period for a in dossier.agreements if a.period]
    starts = [p.start.last for p in periods if p.start]
    ends = [p.end.last + timedelta(days=1) for p in periods if p.end]
    days = (*reviews, *consents, *starts, *ends, *turns(dossier.look))
    return min((day for day in days if day > dossier.look.today), default=None)
