"""Compares two periods, where enough time lies between them for a comparison to say anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapter.core.indicators.computing import WHOLE, Computed
from adapter.core.indicators.figures import Figure, Place, shown
from adapter.core.indicators.periods import BadPeriod, ReportPeriod, months_later


@dataclass(frozen=True, slots=True)
class Comparison:
    """One place in two periods; `change` is later minus earlier, of the rates as they are shown."""

    place: Place
    earlier: Figure | None
    later: Figure | None

    @property
    def change(self) -> Decimal | None:
        """None where one of them is not known or hidden."""
        rates = [shown(f.rate) if f else None for f in (self.earlier, self.later)]
        return rates[1] - rates[0] if rates[0] is not None and rates[1] is not None else None


def check_apart(one: ReportPeriod, other: ReportPeriod, months: int, basis: str) -> None:
    """Raises BadPeriod unless the later period begins at least so many months after the earlier one."""
    earlier, later = sorted((one, other), key=lambda period: period.first)
    soonest = months_later(earlier.first, months)
    if later.first < soonest:
        raise BadPeriod(
            f"{later.text} begins less than {months} months after {earlier.text}: whoever wants to follow the data "
            f"must let at least {months} months pass ({basis}); compare with a period that begins on {soonest} or later"
        )


def compare(earlier: Computed, later: Computed) -> tuple[Comparison, ...]:
    """Every place of either period, for the whole periods."""
    places = sorted({*earlier.places, *later.places}, key=lambda place: place.order)
    return tuple(Comparison(place, _whole(earlier.figures, place), _whole(later.figures, place)) for place in places)


def _whole(figures: Mapping[tuple[Place, str, str], Figure], place: Place) -> Figure | None:
    return figures.get((place, *WHOLE))
