"""One figure of a report, and how it is shown."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

PRACTICE, CLUSTER, REGION, ALL = "practice", "cluster", "region", "all"
LEVELS = (PRACTICE, CLUSTER, REGION, ALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A practice, a cluster or a region by its name; `all` where no table says who belongs together."""

    level: str
    name: str

    @property
    def order(self) -> tuple[int, str]:
        """From the smallest level up, then by name."""
        return LEVELS.index(self.level), self.name


Cell = tuple[Place, str, str]
"""A place, what it is broken down by, and the stratum; both empty for the whole period."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was counted, over which base: `rate` pools (scale * sum / sum), `mean` is that of the practices' own rates.

    Rates are exact; `base` may be a fraction where it is the mean of several quarters. `hidden` figures are small,
    or would give a small one away.
    """

    count: Decimal
    base: Fraction
    rate: Fraction | None
    mean: Fraction | None = None
    hidden: bool = False


def shown(value: Fraction | None) -> Decimal | None:
    """Two decimals, halves away from zero: 4.865 is shown as 4.87. The exact value is rounded once, here."""
    if value is None:
        return None
    cents, rest = divmod(abs(value.numerator) * 100, value.denominator)
    cents += 2 * rest >= value.denominator
    return Decimal(cents if value >= 0 else -cents).scaleb(-2)
