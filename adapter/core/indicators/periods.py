"""Periods of a report: a year, a quarter, or a first and a last day; both included."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from adapter.core.errors import Permanent

_YEAR_OR_QUARTER = re.compile(r"(\d{4})(?:-Q([1-4]))?")


class BadPeriod(Permanent):
    """The text is no period, or two periods may not be compared."""

    code = "bad-period"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def text(self) -> str:
        """Both days, as people and FHIR read them."""
        return f"{self.first}/{self.last}"

    @property
    def quarters(self) -> tuple[str, ...]:
        """The calendar quarters that the period touches, in order."""
        first, last = _number(self.first), _number(self.last)
        return tuple(f"{n // 4:04d}-Q{n % 4 + 1}" for n in range(first, last + 1))

    def holds(self, day: date) -> bool:
        """Whether the day lies inside."""
        return self.first <= day <= self.last


def quarter_of(day: date) -> str:
    """The calendar quarter of a day, as `2025-Q1`."""
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"


def read_period(text: str) -> ReportPeriod:
    """A period from `2025`, `2025-Q1` or `2025-01-01/2025-12-31`; raises BadPeriod."""
    match = _YEAR_OR_QUARTER.fullmatch(text)
    if match and int(match[1]):
        year, quarter = int(match[1]), int(match[2] or 0)
        return _months(year, quarter * 3 - 2, quarter * 3) if quarter else _months(year, 1, 12)
    try:
        first, last = (date.fromisoformat(part) for part in text.split("/"))
    except ValueError as error:
        raise BadPeriod(f"'{text}' is no period; write 2025, 2025-Q1 or 2025-01-01/2025-12-31") from error
    if last < first:
        raise BadPeriod(f"'{text}' ends before it begins; put the first day before the last")
    return ReportPeriod(first, last)


def months_later(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _months(year: int, first: int, last: int) -> ReportPeriod:
    return ReportPeriod(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _number(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3
