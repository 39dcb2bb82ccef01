"""Dossiers: the plans and episodes of one coordinating structure for one person, with all that belongs to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from adapter.core.actors import Actor, any_same
from adapter.core.facts import Link
from adapter.core.looks import Look
from adapter.core.times import Period

from .fact_types import Action, Agreement, Episode, Goal, Plan, Problem, Referent, Team

_PERSONS = frozenset({"Practitioner", "PractitionerRole"})
_OVER = frozenset({"completed", "revoked", "finished", "cancelled"})
_INTENDED = frozenset({"plan", "order"})

Holder = Plan | Episode
"""What makes a dossier: a plan or an episode."""


@dataclass(frozen=True)
class Dossier:
    """One dossier: what every criterion of this pack looks at. `structure` is a national id, or empty."""

    look: Look
    structure: str
    holders: tuple[Holder, ...]

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Every plan that has not ended, drafts included."""
        return tuple(h for h in self.holders if isinstance(h, Plan))

    @cached_property
    def episodes(self) -> tuple[Episode, ...]:
        """Every episode that has not ended."""
        return tuple(h for h in self.holders if isinstance(h, Episode))

    @cached_property
    def in_force(self) -> tuple[Plan, ...]:
        """The plans that somebody follows and whose period surely holds today."""
        return tuple(p for p in self.plans if is_followed(p) and span(p).covers(self.look.today))

    @property
    def read(self) -> tuple[Plan, ...]:
        """The plans whose parts are judged: those in force, else all, so that a draft hears what it lacks."""
        return self.in_force or self.plans

    @cached_property
    def structures(self) -> tuple[Actor, ...]:
        """The coordinating structures that plans and episodes name."""
        return tuple(a for h in self.holders for a in structures_of(h))

    @cached_property
    def types(self) -> frozenset[str]:
        """The code sets of what those structures are."""
        return frozenset(t for h in self.holders for t in types_of(h))

    @cached_property
    def team_links(self) -> tuple[Link, ...]:
        """The teams that plans and episodes refer to."""
        return (*(link for p in self.read for link in p.teams), *(link for e in self.episodes for link in e.teams))

    @cached_property
    def teams(self) -> tuple[Team, ...]:
        """Those of them that are in the record."""
        return tuple(t for t in self.look.of(Team) if holds(self.team_links, t))

    @cached_property
    def active_teams(self) -> tuple[Team, ...]:
        """Those at work today."""
        today = self.look.today
        return tuple(
            t for t in self.teams if t.status in (None, "active") and (t.period is None or t.period.may_cover(today))
        )

    @property
    def unread_goals(self) -> bool:
        """Whether a plan names an objective that is not in the record."""
        known = {g.evidence.key for g in self.look.of(Goal)}
        return any(link.key not in known for p in self.read for link in p.goals)

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """The objectives that the plans name, without those given up or never accepted."""
        links = [link for p in self.read for link in p.goals]
        dropped = ("rejected", "cancelled", "entered-in-error")
        return tuple(g for g in self.look.of(Goal) if holds(links, g) and g.lifecycle not in dropped)

    @cached_property
    def problems(self) -> tuple[Link, ...]:
        """The problems that plans and episodes name, without those refuted or entered in error."""
        named = (
            *(link for p in self.read for link in p.problems),
            *(link for e in self.episodes for link in e.problems),
        )
        wrong = {p.evidence.key for p in self.look.voided(Problem)}
        wrong |= {p.evidence.key for p in self.look.of(Problem) if p.verification == "refuted"}
        return tuple(link for link in named if link.key not in wrong)

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """What the plans say is to be done or is done; what was dropped, and what must not be done, is none."""
        plans = {p.evidence.key for p in self.read}
        dropped = ("cancelled", "stopped", "entered-in-error")
        found = [a for a in self.look.of(Action) if a.evidence.key in plans]
        return tuple(a for a in found if a.status not in dropped and not a.forbidden)

    @property
    def open_actions(self) -> tuple[Action, ...]:
        """The actions that are not done yet."""
        return tuple(a for a in self.actions if a.status != "completed")

    @cached_property
    def referents(self) -> tuple[Actor, ...]:
        """The referent: the team's by its role, else the episode's care manager, else the plan's author.

        R4: a CarePlan's author is responsible for it; an EpisodeOfCare's care manager coordinates the care.
        """
        teams = {t.evidence.key for t in self.active_teams}
        roles = [r for r in self.look.of(Referent) if r.role and r.evidence.key in teams]
        return (
            tuple(a for r in roles for a in r.members)
            or tuple(a for e in self.episodes for a in e.managers)
            or tuple(a for p in self.read for a in p.authors if a.type in _PERSONS)
        )

    @property
    def addressees(self) -> tuple[Actor, ...]:
        """Who hears what is missing: the referent; where there is none, the structure."""
        return self.referents or self.structures

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """The person's agreements, without those that surely go to another structure."""
        return tuple(
            a
            for a in self.look.of(Agreement)
            if not a.structures or not self.structures or any_same(a.structures, self.structures) is not False
        )


def holds(links: Iterable[Link], fact: Team | Goal) -> bool:
    """Whether one of the links means the fact's resource."""
    return any(link.key == fact.evidence.key for link in links)


def is_followed(plan: Plan) -> bool:
    """Whether the plan is more than a draft, a proposal or a plan on hold."""
    return plan.status == "active" and plan.intent in _INTENDED


def span(holder: Holder) -> Period:
    """When it holds; no period means no limit that anybody wrote down."""
    return holder.period or Period()


def structures_of(holder: Holder) -> tuple[Actor, ...]:
    """The structure of an episode; of a plan the team's, else the author's, else a contributor."""
    if isinstance(holder, Episode):
        return holder.structures
    return (
        holder.team_structures
        or tuple(a for a in holder.author_structures if a.type == "Organization")
        or tuple(a for a in holder.contributors if a.type == "Organization")
    )


def types_of(holder: Holder) -> frozenset[str]:
    """The types of the structures that `structures_of` chooses."""
    if isinstance(holder, Episode):
        return holder.types
    if holder.team_structures:
        return holder.team_types
    authors = any(a.type == "Organization" for a in holder.author_structures)
    return holder.author_types if authors else holder.contributor_types


def dossiers(look: Look) -> list[Dossier]:
    """The dossiers that are open: a structure's plans and episodes, as long as one of them has not ended."""
    found: list[Holder] = [*look.of(Plan), *look.of(Episode)]
    return grouped(look, [h for h in found if h.status not in _OVER])


def voided(look: Look) -> list[Dossier]:
    """The dossiers that were entered in error."""
    return grouped(look, [*look.voided(Plan), *look.voided(Episode)])


def grouped(look: Look, holders: Sequence[Holder]) -> list[Dossier]:
    """One dossier a structure; where a single structure is known, what names none is its dossier too."""
    groups: list[tuple[frozenset[str], list[Holder]]] = []
    for holder in holders:
        nationals = frozenset(n for a in structures_of(holder) for n in a.nationals)
        same = [g for g in groups if g[0] & nationals or g[0] == nationals]
        groups = [g for g in groups if g not in same]
        groups.append((nationals.union(*(g[0] for g in same)), [*(h for g in same for h in g[1]), holder]))
    if len(groups) == 2 and frozenset() in (groups[0][0], groups[1][0]):
        groups = [(groups[0][0] | groups[1][0], [*groups[0][1], *groups[1][1]])]
    made = [(min(nationals, default=""), found) for nationals, found in groups]
    return [
        Dossier(look, structure, tuple(sorted(found, key=lambda h: h.evidence.reference)))
        for structure, found in sorted(made, key=lambda m: m[0])
    ]
