"""Inclusions: the plans of one day, the sequences that they open, and where the person stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from adapter.core.actors import Actor
from adapter.core.looks import Look
from adapter.core.times import When

from .fact_types import Plan
from .sequences import TreatmentSequence, sequences_from

_STOPPED = frozenset({"revoked", "completed"})


@dataclass(frozen=True)
class Inclusion:
    """The plans that include a person on one day: one as a rule, several where two sources tell it."""

    look: Look
    plans: tuple[Plan, ...]

    @property
    def start(self) -> When | None:
        """The inclusion as it was written."""
        return self.plans[0].start

    @property
    def day(self) -> date | None:
        """The day of inclusion, where it is known."""
        return self.start.day if self.start else None

    @property
    def key(self) -> str:
        """The day of inclusion, or what is known of it: what may enter an occasion's key."""
        return str(self.day) if self.day else self.start.text if self.start else ""

    @property
    def team(self) -> tuple[Actor, ...]:
        """The referring hospital team, who is told: the members of one that is contained in its plan."""
        named = (p.team if all(_can_be_named(a) for a in p.team) else p.members for p in self.plans)
        return tuple(a for team in named for a in team)

    @cached_property
    def ends(self) -> tuple[When, ...]:
        """The ends that plans state, each once."""
        stated = {p.end.text: p.end for p in self.plans if p.end}
        return tuple(stated[text] for text in sorted(stated))

    @property
    def end(self) -> When | None:
        """The end of the plan; where plans differ, the first (a person is asked)."""
        return min(self.ends, key=lambda w: w.last, default=None)

    @property
    def contradicts_itself(self) -> bool:
        """Whether plans of one inclusion tell different ends, or only some are stopped."""
        return len(self.ends) > 1 or len({p.status in _STOPPED for p in self.plans}) > 1

    @property
    def is_clean(self) -> bool:
        """Whether the plans are of this protocol alone, neither allergy treatment nor the national scheme."""
        return not self.labels & {"allergy-immunotherapy", "national-scheme"}

    @property
    def labels(self) -> frozenset[str]:
        """What the plans are labelled as."""
        return frozenset(name for p in self.plans for name in p.labels)

    @property
    def is_stopped_undated(self) -> bool:
        """Whether the plan is over although its time is not, and nothing says since when."""
        if self.ends or all(p.status not in _STOPPED for p in self.plans):
            return False
        over = bool(self.reached) and self.reached[-1].until <= self.look.today
        return not (over and all(p.status != "revoked" for p in self.plans))

    @cached_property
    def reached(self) -> tuple[TreatmentSequence, ...]:
        """The sequences that the plan reaches before it ends; none where the day of inclusion is not known."""
        if self.day is None:
            return ()
        every = sequences_from(self.look, self.day)
        return tuple(s for s in every if s.number == 1 or self.end is None or s.first <= self.end.last)

    @property
    def opened(self) -> tuple[TreatmentSequence, ...]:
        """The sequences that have begun."""
        return tuple(s for s in self.reached if s.first <= self.look.today)

    @property
    def step(self) -> str:
        """Where the person stands today: a sequence's number, `ended`, or `not-begun`."""
        if not self.opened:
            return "not-begun"
        current = self.opened[-1]
        gone = self.is_stopped_undated or (self.end is not None and self.end.last < self.look.today)
        return "ended" if gone or current.until <= self.look.today else str(current.number)

    def within(self, when: When) -> bool:
        """Whether the time surely lies between inclusion and the end of the last sequence reached."""
        if not self.reached or not self.reached[0].first <= when.first or not when.last < self.reached[-1].until:
            return False
        return self.end is None or when.last <= self.end.last


def _can_be_named(actor: Actor) -> bool:
    return bool({"reference", "identifier"} & set(actor.reference))


def inclusions(look: Look, plans: Iterable[Plan]) -> list[Inclusion]:
    """Plans grouped by day of inclusion, earliest first; drafts and proposals include nobody."""
    groups: dict[str, list[Plan]] = {}
    for plan in plans:
        if plan.status != "draft" and plan.intent not in ("proposal", "option"):
            groups.setdefault(Inclusion(look, (plan,)).key, []).append(plan)
    return [Inclusion(look, tuple(groups[key])) for key in sorted(groups)]
