"""The three sequences of a person: calendar months, half-open, each counted from the day of inclusion.

A month later is the same day of the month, or the month's last day where there is no such day: included on
31 August, the second sequence begins on 28 (or 29) February and the third on 31 August again.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from adapter.core.looks import Look
from adapter.core.times import When

NUMBERS = (1, 2, 3)
HOME = frozenset({2, 3})
"""The sequences at home, in HAD."""


@dataclass(frozen=True, slots=True)
class TreatmentSequence:
    """One sequence: its days are [first, until)."""

    number: int
    first: date
    until: date

    @property
    def last(self) -> date:
        """The last day that belongs to it."""
        return self.until - timedelta(days=1)

    def holds(self, when: When | None) -> bool:
        """Whether the time surely lies in it."""
        return when is not None and self.first <= when.first and when.last < self.until

    def may_hold(self, when: When) -> bool:
        """Whether the time could lie in it."""
        return when.first < self.until and self.first <= when.last


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def sequences_from(look: Look, inclusion: date) -> tuple[TreatmentSequence, ...]:
    """The three sequences of a person included on a day."""
    bounds, months = [inclusion], 0
    for number in NUMBERS:
        months += look.number(f"sequence_{number}_months")
        bounds.append(add_months(inclusion, months))
    return tuple(TreatmentSequence(n, a, b) for n, (a, b) in zip(NUMBERS, pairwise(bounds), strict=True))
