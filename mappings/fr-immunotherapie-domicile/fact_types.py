"""The facts of immunotherapy at home, as `facts.yaml` fills them."""

from dataclasses import dataclass

from adapter.core.actors import Actor
from adapter.core.facts import Fact, Link
from adapter.core.times import Period, When


@dataclass(frozen=True, kw_only=True)
class Plan(Fact):
    """A CarePlan of this protocol: the inclusion. Nothing else opens anything.

    `members` stand for a team that is contained in the plan, which nobody else can refer to.
    """

    status: str | None
    intent: str | None
    period: Period | None
    labels: frozenset[str]
    team: tuple[Actor, ...]
    members: tuple[Actor, ...]

    @property
    def start(self) -> When | None:
        """The inclusion."""
        return self.period.start if self.period else None

    @property
    def end(self) -> When | None:
        """When the plan ends, or ended early."""
        return self.period.end if self.period else None


@dataclass(frozen=True, kw_only=True)
class Visit(Fact):
    """A visit in day hospital, in HAD (hospitalisation à domicile, hospital at home), or for this treatment."""

    status: str | None
    period: Period | None
    labels: frozenset[str]
    places: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Emergency(Fact):
    """An emergency visit."""

    status: str | None
    period: Period | None


@dataclass(frozen=True, kw_only=True)
class Treatment(Fact):
    """An administration or a prescription of the treatment."""

    status: str | None
    at: When | None
    kinds: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Session(Fact):
    """A report of one session of ETP (éducation thérapeutique du patient, therapeutic education).

    `states` are the regions as the directory spells them; `region` is filled where one is the scheme's.
    """

    status: str | None
    at: When | None
    nurses: tuple[Actor, ...]
    labels: frozenset[str]
    places: frozenset[str]
    trained: frozenset[str]
    region: frozenset[str]
    states: tuple[str, ...]
    encounter: Link | None = None


@dataclass(frozen=True, kw_only=True)
class FlaggedObservation(Fact):
    """An Observation that its sender flags, or a CTCAE grade, which a site may have alerted from some grade on."""

    status: str | None
    at: When | None
    flags: frozenset[str]
    graded: frozenset[str]
    grade: int | None
    grades: frozenset[str]
    codes: tuple[str, ...]
    title: str | None


@dataclass(frozen=True, kw_only=True)
class ControlScan(Fact):
    """The first control scan, and whether it shows that the treatment works."""

    status: str | None
    at: When | None
    works: bool | None


@dataclass(frozen=True, kw_only=True)
class Check(Fact):
    """A check made before an administration."""

    status: str | None
    at: When | None
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FollowUpReport(Fact):
    """A nurse's report of a follow-up at home."""

    status: str | None
    draft: str | None
    at: When | None
    authors: tuple[Actor, ...]
    visits: tuple[Link, ...]
