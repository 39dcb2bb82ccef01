"""The parts that a dossier must hold, as the PPCS (HAS plan of 2019) lists them: no law lists them (CO-12)."""

from collections.abc import Iterable
from itertools import combinations

from adapter.core.findings import Finding, ask, criterion, met, missing, unmet

from .dossiers import Dossier, is_followed, span
from .fact_types import Agreement, Goal, Problem, Wish

_DONE = frozenset({"final", "amended", "corrected", "current"})
_DRAFT = frozenset({"preliminary", "registered"})
_NO_PARTICIPANT = frozenset({"Patient", "Device"})
_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_SOUGHT = frozenset({"proposed", "planned", "accepted", "active", "on-hold"})


@criterion("plan", "CO-07")
def plan(dossier: Dossier) -> Finding:
    """A plan is followed, and its period holds today."""
    plans, today = dossier.plans, dossier.look.today
    followed = [p for p in plans if is_followed(p)]
    if not plans:
        return missing("CarePlan", *dossier.holders, reason="nothing")
    if not followed:
        states = {str(p.status if p.status != "active" else p.intent) for p in plans}
        return missing("CarePlan.status", *plans, reason="draft", status=", ".join(sorted(states)))
    if dossier.in_force:
        return met(*dossier.in_force, day=str(today))
    if any(span(p).may_cover(today) for p in followed):
        return missing("CarePlan.period", *followed, reason="dates", day=str(today))
    ahead = [s for p in followed if (s := span(p).start) and s.first > today]
    if ahead:
        return missing("CarePlan.period", *followed, reason="ahead", day=min(s.text for s in ahead))
    ends = [e.text for p in followed if (e := span(p).end)]
    return missing("CarePlan.period", *followed, reason="over", day=max(ends))


@criterion("referent", "CO-08")
def referent(dossier: Dossier) -> Finding:
    """One referent is named."""
    named = dossier.referents
    if any(one.same_as(other) is not True for one, other in combinations(named, 2)):
        readings = {a.national or str(a.reference.get("reference", "?")) for a in named}
        return ask(sorted(readings), *dossier.holders, *dossier.active_teams, reason="several")
    if named:
        return met(*dossier.holders, *dossier.active_teams)
    has_author = any(p.authors for p in dossier.read)
    return missing("CareTeam.participant", *dossier.holders, reason="author" if has_author else "nobody")


@criterion("participants", "CO-07")
def participants(dossier: Dossier) -> Finding:
    """The participants are named, in the team or as contributors of the plan."""
    members = [a for t in dossier.active_teams for a in t.members]
    contributors = [a for p in dossier.read for a in p.contributors]
    named = [a for a in (*members, *contributors) if a.type not in _NO_PARTICIPANT]
    if named:
        return met(*dossier.read, *dossier.active_teams)
    if dossier.teams:
        return missing("CareTeam.participant", *dossier.teams, reason="team")
    reason = "unread" if dossier.team_links else "nothing"
    return missing("CareTeam", *dossier.holders, reason=reason)


@criterion("problems", "CO-07")
def problems(dossier: Dossier) -> Finding:
    """The plan names the problems that it is for."""
    if dossier.problems:
        keys = {link.key for link in dossier.problems}
        read = [p for p in dossier.look.of(Problem) if p.evidence.key in keys]
        return met(*dossier.holders, *read, count=str(len(keys)))
    known = active_problems(dossier.look.of(Problem))
    if known:
        return missing("CarePlan.addresses", *known, reason="unlinked")
    return missing("CarePlan.addresses", *dossier.holders, reason="nothing")


def active_problems(found: Iterable[Problem]) -> list[Problem]:
    """The conditions that the person surely has; a judgement about the situation is no condition."""
    return [p for p in found if p.clinical in _ACTIVE and p.verification in (None, "confirmed") and not p.judged]


@criterion("wishes", "CO-07", "CO-08")
def wishes(dossier: Dossier) -> Finding:
    """The person's wishes are written down: as such, or as an objective of the person's own."""
    written = dossier.look.of(Wish)
    done = [w for w in written if w.status in _DONE and w.draft not in _DRAFT]
    own = [g for g in dossier.goals if any(a.type == "Patient" for a in g.owners)]
    if done or own:
        return met(*done, *own)
    drafts = [w for w in written if w.status in _DRAFT or w.draft in _DRAFT]
    if drafts:
        return missing("Observation.status", *drafts, reason="draft")
    return missing("Observation | DocumentReference | Goal.expressedBy", *dossier.holders, reason="nothing")


@criterion("objectives", "CO-07", "CO-08")
def objectives(dossier: Dossier) -> Finding:
    """Shared objectives are formulated, and it is known which are reached; those that are not are listed."""
    goals = dossier.goals
    if not goals or dossier.unread_goals:
        return _no_objective(dossier)
    unclear = [g for g in goals if _is_reached(g) is None]
    if unclear:
        return missing("Goal.achievementStatus", *unclear, reason="state", list=_titles(unclear))
    still = [g for g in goals if not _is_reached(g)]
    if still:
        return met(*goals, reason="open", count=str(len(still)), list=_titles(still))
    return met(*goals, reason="reached", count=str(len(goals)))


def _no_objective(dossier: Dossier) -> Finding:
    if any(p.goals for p in dossier.read):
        return missing("Goal", *dossier.read, reason="unread")
    others = dossier.look.of(Goal)
    if others:
        return missing("CarePlan.goal", *others, reason="unlinked")
    return missing("Goal", *dossier.holders, reason="nothing")


def _is_reached(goal: Goal) -> bool | None:
    """What its achievement says; where it says nothing, an objective still sought is not reached (R4 Goal)."""
    if len(goal.achievement) == 1:
        return "objective-reached" in goal.achievement
    return False if goal.lifecycle in _SOUGHT and not goal.achievement else None


def _titles(goals: Iterable[Goal]) -> str:
    return ", ".join(sorted({g.title or g.evidence.key.text for g in goals}))


@criterion("agreement", "CO-08")
def agreement(dossier: Dossier) -> Finding:
    """The person agrees: the newest statement counts."""
    today = dossier.look.today
    known = [a for a in dossier.agreements if a.at is None or a.at.first <= today]
    newest = _newest([a for a in known if a.status not in ("draft", "proposed")])
    if not newest:
        reason = "draft" if dossier.agreements else "nothing"
        return missing("Consent", *(dossier.agreements or dossier.holders), reason=reason)
    refusals = [a for a in newest if _is_refusal(a)]
    given = [a for a in newest if a.status == "active" and a not in refusals]
    if refusals and given:
        return ask([a.evidence.reference for a in newest], *newest, reason="contradiction")
    if refusals:
        return unmet(*refusals, reason="refused")
    valid = [a for a in given if a.period is None or a.period.covers(today)]
    if valid:
        return met(*valid)
    return missing("Consent", *newest, reason="ended", day=str(today))


def _is_refusal(stated: Agreement) -> bool:
    return stated.status == "rejected" or (stated.status == "active" and stated.provision == "deny")


def _newest(stated: list[Agreement]) -> list[Agreement]:
    """Those of the last day; one without a day may be the last too."""
    last = max((a.at.first for a in stated if a.at), default=None)
    return [a for a in stated if a.at is None or last is None or a.at.last >= last]
