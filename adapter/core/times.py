"""FHIR times as the schemes need them: the instant with its offset, and the local day in the scheme's zone.

A date may be partial (`2026-11`) and an instant may fall on another day in another zone, so a day is a
range until it is known (FHIR R4 datatypes: date, dateTime, instant).
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class BadTime(ValueError):
    """The text is no FHIR date, dateTime or instant; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True)
class When:
    """A FHIR date or time: `first`..`last` are the local days it may mean (both included)."""

    text: str
    first: date
    last: date
    at: datetime | None = None

    @property
    def day(self) -> date | None:
        """The local day, or None where the text is too coarse to tell."""
        return self.first if self.first == self.last else None


@dataclass(frozen=True, slots=True)
class Period:
    """A FHIR Period; an absent end means "still going on" (R4 datatypes, Period)."""

    start: When | None = None
    end: When | None = None

    def may_cover(self, day: date) -> bool:
        """Whether the day could lie inside, partial dates read generously."""
        return (self.start is None or self.start.first <= day) and (self.end is None or day <= self.end.last)

    def covers(self, day: date) -> bool:
        """Whether the day surely lies inside, partial dates read strictly."""
        return (self.start is None or self.start.last <= day) and (self.end is None or day <= self.end.first)


@lru_cache(maxsize=16)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone; raises zoneinfo.ZoneInfoNotFoundError."""
    return ZoneInfo(name)


@lru_cache(maxsize=1024)
def read_when(text: str, zone: str) -> When:
    """Read a FHIR date, dateTime or instant in a zone (IANA name); raises BadTime."""
    if "T" in text:
        at = read_instant(text)
        day = _local_day(at, zone)
        return When(text, day, day, at)
    match = _DATE.fullmatch(text)
    if match is None:
        raise BadTime("a FHIR date is YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day_text = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day_text or 1))
    except ValueError as error:
        raise BadTime(str(error)) from error
    return When(text, first, _last_day(first, month, day_text))


def _local_day(at: datetime, zone: str) -> date:
    """The day in a zone; 9999-12-31T23:59:59Z, by which senders mean "no end", has no day east of Greenwich."""
    try:
        return at.astimezone(zone_named(zone)).date()
    except OverflowError:
        return at.date()


def _last_day(first: date, month: str | None, day: str | None) -> date:
    if day:
        return first
    if month:
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first.replace(month=12, day=31)


def read_instant(text: str) -> datetime:
    """An instant with its offset; raises BadTime where the offset is missing (R4 dateTime: required with a time)."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadTime("a FHIR time is YYYY-MM-DDThh:mm:ss+zz:zz") from error
    if at.tzinfo is None:
        raise BadTime("a FHIR time needs its offset, as in 2026-11-20T16:00:00+01:00")
    return at


def read_period(value: Mapping[str, Any], zone: str) -> Period:
    """Read a FHIR Period; raises BadTime."""
    start, end = value.get("start"), value.get("end")
    return Period(read_when(start, zone) if start else None, read_when(end, zone) if end else None)


def instant_text(at: datetime) -> str:
    """The FHIR instant in UTC, without needless fractions: one form, so that equal times are equal bytes."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
