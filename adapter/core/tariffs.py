"""Tariffs: amounts with dates. A number in the law is dated data, never a literal in a rule.

Intervals are half-open, [from, to). Where a scheme's start is not known, `from` is empty and `known_from`
is the first day that a basis vouches for: before it the amount is unknown, not zero and not a guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise


class BadTariff(ValueError):
    """Overlapping, empty or unordered intervals."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A value with its unit: an ISO 4217 currency, or a scheme's own unit (単位), which is no money."""

    value: Decimal
    unit: str
    is_money: bool

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


@dataclass(frozen=True, slots=True)
class TariffValue:
    """One amount and the days it holds: known from `known_from` (included) to `to` (excluded, None = open)."""

    amount: Amount
    known_from: date
    to: date | None
    basis: tuple[str, ...]
    verified_on: date
    starts: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether a basis vouches for this amount on that day."""
        return self.known_from <= day and (self.to is None or day < self.to)


@dataclass(frozen=True, slots=True)
class Tariff:
    """All values of one amount, oldest first; values may be absent (an empty setting)."""

    name: str
    values: Sequence[TariffValue]

    def on(self, day: date) -> TariffValue | None:
        """The value on a day, or None where no basis vouches for one."""
        return next((value for value in self.values if value.holds_on(day)), None)


def checked(name: str, values: Sequence[TariffValue]) -> Tariff:
    """A tariff whose intervals are in order, do not overlap and leave no gap; raises BadTariff."""
    for value in values:
        if value.to is not None and value.to <= value.known_from:
            raise BadTariff(f"the interval from {value.known_from} to {value.to} is empty")
    for one, following in pairwise(values):
        if one.to is None or following.known_from < one.to:
            raise BadTariff(f"the value from {following.known_from} overlaps the one from {one.known_from}")
        if following.known_from > one.to and following.starts is not None:
            raise BadTariff(f"nothing holds between {one.to} and {following.known_from}")
    return Tariff(name, tuple(values))


Tariffs = Mapping[str, Tariff]
