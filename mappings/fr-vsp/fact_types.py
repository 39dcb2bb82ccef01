"""The facts of a palliative visit, as `facts.yaml` fills them."""

from dataclasses import dataclass

from adapter.core.actors import Actor
from adapter.core.facts import Fact, Link
from adapter.core.times import Period, When


@dataclass(frozen=True, kw_only=True)
class Visit(Fact):
    """A visit at home or in an EHPAD."""

    status: str | None
    period: Period | None
    doctors: tuple[Actor, ...]
    encounter_class: frozenset[str]
    professions: frozenset[str]
    locations: tuple[Link, ...]
    known_locations: tuple[str, ...]
    operators: tuple[Link, ...]
    places: frozenset[str]
    provider: frozenset[str]
    establishments: tuple[Actor, ...]
    options: frozenset[str]
    as_had: frozenset[str]

    @property
    def start(self) -> When | None:
        """When it began."""
        return self.period.start if self.period else None


@dataclass(frozen=True, kw_only=True)
class HadStay(Fact):
    """A stay in HAD (hospital at home)."""

    status: str | None
    period: Period | None


@dataclass(frozen=True, kw_only=True)
class PalliativeCare(Fact):
    """A Condition or CarePlan that says that the person is in palliative care.

    `began` and `ended` are ranges in which it began and ended (R4 Condition.onset, abatement); it may have begun
    before it was `recorded`.
    """

    status: str | None
    since: When | None
    until: When | None
    recorded: When | None
    began: Period | None = None
    ended: Period | None = None
    intent: str | None = None
    verification: str | None = None
    team: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PalliativeObservation(Fact):
    """An Observation that says, from its day on, whether the person is in palliative care."""

    status: str | None
    at: When | None
    flag: bool | None
    answer: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class AttendingDoctor(Fact):
    """The médecin traitant (attending doctor), as the Patient names them."""

    doctors: tuple[Actor, ...]


@dataclass(frozen=True, kw_only=True)
class Conclusions(Fact):
    """A document that carries the conclusions of a visit."""

    status: str | None
    draft: str | None
    visits: tuple[Link, ...]
    at: When | None
    authors: tuple[Actor, ...]
    summary: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluation(Fact):
    """The medical evaluation made during a visit."""

    status: str | None
    visits: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class PlannedVisit(Fact):
    """A visit that the care plan announces."""

    plan: str | None
    status: str | None
    at: When | None
    kinds: frozenset[str]
    doctors: tuple[Actor, ...]


@dataclass(frozen=True, kw_only=True)
class Coverage(Fact):
    """An insurance of the person."""

    status: str | None
    period: Period | None
    kinds: frozenset[str]
