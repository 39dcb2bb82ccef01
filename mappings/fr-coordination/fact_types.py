"""The facts of a coordination dossier, as `facts.yaml` fills them."""

from dataclasses import dataclass

from adapter.core.actors import Actor
from adapter.core.facts import Fact, Link
from adapter.core.times import Period, When


@dataclass(frozen=True, kw_only=True)
class Plan(Fact):
    """A coordination plan (PPCS, plan personnalisé de coordination en santé: the personal coordination plan).

    R4 CarePlan has no custodian: the structure is the team's, else the author's, else a contributor.
    """

    status: str | None
    intent: str | None
    period: Period | None
    created: When | None
    updated: When | None
    authors: tuple[Actor, ...]
    contributors: tuple[Actor, ...]
    teams: tuple[Link, ...]
    problems: tuple[Link, ...]
    goals: tuple[Link, ...]
    team_structures: tuple[Actor, ...]
    team_types: frozenset[str]
    author_structures: tuple[Actor, ...]
    author_types: frozenset[str]
    contributor_types: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Episode(Fact):
    """The time during which a structure coordinates the person's care."""

    status: str | None
    period: Period | None
    managers: tuple[Actor, ...]
    teams: tuple[Link, ...]
    problems: tuple[Link, ...]
    structures: tuple[Actor, ...]
    types: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Team(Fact):
    """The people and organizations around the person."""

    status: str | None
    period: Period | None
    members: tuple[Actor, ...]


@dataclass(frozen=True, kw_only=True)
class Referent(Fact):
    """One participant of a team; `role` says whether it is the referent."""

    role: frozenset[str]
    members: tuple[Actor, ...]


@dataclass(frozen=True, kw_only=True)
class Action(Fact):
    """One activity of a plan: who does it, and when it is reviewed."""

    status: str | None
    forbidden: bool | None
    performers: tuple[Actor, ...]
    review: When | None
    progress: tuple[When, ...]
    title: str | None
    elsewhere: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class Goal(Fact):
    """An objective; `achievement` names the code sets of how far it is."""

    lifecycle: str | None
    achievement: frozenset[str]
    title: str | None
    owners: tuple[Actor, ...]


@dataclass(frozen=True, kw_only=True)
class Wish(Fact):
    """What the person wants, as somebody wrote it down."""

    status: str | None
    draft: str | None = None


@dataclass(frozen=True, kw_only=True)
class Agreement(Fact):
    """The person's agreement to the coordination, or the refusal of it."""

    status: str | None
    provision: str | None
    at: When | None
    period: Period | None
    structures: tuple[Actor, ...]


@dataclass(frozen=True, kw_only=True)
class Problem(Fact):
    """Any condition of the person."""

    clinical: str | None
    verification: str | None
    codes: tuple[str, ...]
    text: str | None
    judged: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Judgement(Fact):
    """What a professional judged: whether the situation is complex, and why."""

    status: str | None
    at: When | None
    judges: tuple[Actor, ...]
    reasons: tuple[str, ...] = ()
    answer: bool | None = None
    verification: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stay(Fact):
    """A stay in hospital; one that is a part of another is not one more."""

    status: str | None
    period: Period | None
    part_of: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class Isolation(Fact):
    """An Observation of social isolation."""

    status: str | None
    at: When | None
    answer: bool | None
