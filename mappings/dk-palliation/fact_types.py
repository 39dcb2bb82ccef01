"""The facts of palliative care in general practice, as `facts.yaml` fills them."""

from dataclasses import dataclass
from decimal import Decimal

from adapter.core.actors import Actor
from adapter.core.facts import Fact
from adapter.core.times import Period, When


@dataclass(frozen=True, kw_only=True)
class Service(Fact):
    """A service (ydelse) in the billing data; `codes` are all that the bill gives for it."""

    status: str | None
    at: When | None
    kinds: frozenset[str]
    codes: tuple[str, ...]
    practices: tuple[Actor, ...]
    providers: tuple[Actor, ...]
    quantity: Decimal | None


@dataclass(frozen=True, kw_only=True)
class RecordedService(Fact):
    """A service that the medical record knows, whether it is billed or not."""

    status: str | None
    at: When | None


@dataclass(frozen=True, kw_only=True)
class Terminal(Fact):
    """Says that the person is in the terminal phase (or, with `flag` false or refuted, that they are not)."""

    status: str | None
    at: When | None
    flag: bool | None = None
    verification: str | None = None


@dataclass(frozen=True, kw_only=True)
class Listing(Fact):
    """The practice that the person is listed with: by a role, directly, or as the keeper of the record."""

    roles: tuple[Actor, ...]
    practices: tuple[Actor, ...]
    keeper: tuple[Actor, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class InsuredGroup(Fact):
    """The insured group (sikringsgruppe) of the person."""

    status: str | None
    period: Period | None
    groups: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class PersonalGoal(Fact):
    """A goal of the person, shown beside the figure."""

    status: str | None
    since: When | None
    due: When | None
    achievement: str | None
    target: Decimal | None
