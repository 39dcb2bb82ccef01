"""The facts of a death after visiting nursing (訪問看護), as `facts.yaml` fills them."""

from dataclasses import dataclass
from datetime import date, timedelta

from adapter.core.actors import Actor
from adapter.core.facts import Fact, Link
from adapter.core.times import Period, When

_NIGHT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Death(Fact):
    """What the Patient says of the death; `flag` false says that the person is alive."""

    at: When | None
    flag: bool | None
    doctors: tuple[Actor, ...]


@dataclass(frozen=True, kw_only=True)
class DeathRecord(Fact):
    """Place and time of death in the nursing record (訪問看護記録書)."""

    status: str | None
    at: When | None
    place: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Visit(Fact):
    """A home visit, as one source reports it; `insured` is the insurance that it names itself."""

    status: str | None
    period: Period | None
    kinds: frozenset[str]
    insured: frozenset[str]
    staff: frozenset[str]
    places: frozenset[str]
    urgent: frozenset[str]
    reason: str | None
    nurses: tuple[Actor, ...]
    stations: tuple[Actor, ...]
    station_says: frozenset[str]

    @property
    def start(self) -> When | None:
        """When it began, or the end where only that is known."""
        return (self.period.start or self.period.end) if self.period else None

    @property
    def end(self) -> When | None:
        """When it ended, or began where no end was reported."""
        return (self.period.end or self.period.start) if self.period else None

    @property
    def day(self) -> date | None:
        """The day that it counts for; None where it is not known or the period is no visit but a stay."""
        return self.start.day if self.start and not self.is_long else None

    @property
    def is_long(self) -> bool:
        """Whether the period is longer than a visit over midnight: a stay, or several visits in one report."""
        return bool(self.start and self.start.day and self.end and self.end.last - self.start.day > _NIGHT)


@dataclass(frozen=True, kw_only=True)
class HospitalStay(Fact):
    """A stay in a hospital or its emergency room."""

    status: str | None
    period: Period | None


@dataclass(frozen=True, kw_only=True)
class SpecialInstruction(Fact):
    """A special instruction for frequent visits (特別訪問看護指示書); the day of issue is its day 1."""

    status: str | None
    intent: str | None
    issued: When | None


@dataclass(frozen=True, kw_only=True)
class UrgentInstruction(Fact):
    """The main doctor's instruction to visit at once, and the kind of institution that it came from."""

    status: str | None
    at: When | None
    institution: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class ListedState(Fact):
    """A disease of the list 別表第七, terminal cancer, or another state that the law names."""

    kinds: frozenset[str]
    status: str | None
    verification: str | None
    since: When | None
    until: When | None


@dataclass(frozen=True, kw_only=True)
class TerminalPlan(Fact):
    """A plan of terminal care (ターミナルケアの計画) and those who made it."""

    status: str | None
    intent: str | None
    since: When | None
    until: When | None
    people: tuple[Actor, ...]
    doctors: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Explanation(Fact):
    """The support system (支援体制) was explained to the person and the family."""

    status: str | None
    at: When | None


@dataclass(frozen=True, kw_only=True)
class Agreement(Fact):
    """The consent (同意) of the person and the family to terminal care."""

    status: str | None
    at: When | None


@dataclass(frozen=True, kw_only=True)
class LeftHome(Fact):
    """The person left the home where terminal care was given: the start of the seed's clock."""

    status: str | None
    at: When | None


@dataclass(frozen=True, kw_only=True)
class FacilityCare(Fact):
    """Whether the facility bills end-of-life care of its own (看取り介護加算等)."""

    status: str | None
    bills: bool | None


@dataclass(frozen=True, kw_only=True)
class CareLevel(Fact):
    """The level certified by the long-term care insurance (要介護 or 要支援)."""

    status: str | None
    at: When | None
    level: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class BuildingPersons(Fact):
    """How many persons the station visits in the same building (同一建物内の人数)."""

    status: str | None
    at: When | None
    persons: int | None


@dataclass(frozen=True, kw_only=True)
class WrittenContact(Fact):
    """The contact details were given in writing, which an urgent visit asks for."""

    status: str | None
    at: When | None


@dataclass(frozen=True, kw_only=True)
class CareRecord(Fact):
    """A nursing record whose sections say which of the three contents of the law it holds."""

    status: str | None
    contents: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class PostMortemCare(Fact):
    """Care of the body after death (死後の処置, エンゼルケア)."""

    status: str | None
    at: When | None
    visits: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class Coverage(Fact):
    """An insurance of the person: medical (医療保険) or long-term care (介護保険)."""

    status: str | None
    period: Period | None
    kinds: frozenset[str]
