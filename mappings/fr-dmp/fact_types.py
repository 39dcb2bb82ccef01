"""The facts that allow a document to be put into the DMP, as `facts.yaml` fills them."""

from dataclasses import dataclass

from adapter.core.facts import Fact
from adapter.core.times import Period, When


@dataclass(frozen=True, kw_only=True)
class Identity(Fact):
    """One identifier of a Patient, and whether the Patient's identity is qualified."""

    use: str | None
    system: str | None
    value: str | None
    kinds: frozenset[str]
    reliability: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Feeding(Fact):
    """A Consent about feeding the DMP: `permit` is no opposition, `deny` opposition."""

    status: str | None
    at: When | None
    decision: str | None
    period: Period | None


@dataclass(frozen=True, kw_only=True)
class State(Fact):
    """Whether the person's DMP is open."""

    status: str | None
    at: When | None
    is_open: bool | None


@dataclass(frozen=True, kw_only=True)
class Announcement(Fact):
    """Whether what the documents say was announced to the person."""

    status: str | None
    at: When | None
    announced: bool | None
