"""What an indicator is: which tally is counted, over which base, at which scale, broken down by what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapter.core.indicators.periods import ReportPeriod
from adapter.core.occasions import Tally

INSURED = "insured"
"""Names the table of insured persons as an indicator's base; every other name is a tally."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A tally with the pseudonym of the person whom it was made of."""

    person: str
    tally: Tally


@dataclass(frozen=True)
class Counts:
    """Tallies of one name whose strata are as `where` says."""

    tally: str
    where: Mapping[str, str] = field(default_factory=dict)

    def holds(self, tally: Tally) -> bool:
        """Whether the tally is one of these."""
        return tally.name == self.tally and all(tally.strata.get(k) == v for k, v in self.where.items())


@dataclass(frozen=True)
class Indicator:
    """A rate: `scale` times what `count` holds, over `base` (None: the table of insured persons).

    `by` names the breakdowns: `quarter`, or a stratum of the tally; `says` is what exactly is counted, in words.
    """

    id: str
    title: Mapping[str, str]
    count: Counts
    base: Counts | None
    scale: int
    by: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    says: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: str) -> str:
        """The title in a language, or in the first there is."""
        return self.title.get(language) or next(iter(self.title.values()), self.id)

    def explained(self, language: str) -> str:
        """What exactly is counted, in a language, or in the first there is."""
        return self.says.get(language) or next(iter(self.says.values()), "")


def indicators_of(settings: Mapping[str, Any]) -> tuple[Indicator, ...]:
    """The indicators of a pack's settings; none where it has none."""
    return tuple(
        Indicator(
            id=given["id"],
            title=given["title"],
            count=Counts(given["count"], given.get("where", {})),
            base=None if given["base"] == INSURED else Counts(given["base"]),
            scale=given["scale"],
            by=tuple(given.get("by", ())),
            basis=tuple(given.get("basis", ())),
            says=given.get("says", {}),
        )
        for given in settings.get("indicators", ())
    )


def of_period(counted: Counted, period: ReportPeriod) -> bool:
    """Whether it falls into the period."""
    return period.holds(counted.tally.day)
