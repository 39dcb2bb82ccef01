"""The last days of a person: the death, the window before it, and the visits in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from adapter.core.actors import Actor
from adapter.core.facts import Fact
from adapter.core.findings import Finding, State
from adapter.core.looks import Look
from adapter.core.times import When, zone_named

from .fact_types import Death, DeathRecord, Visit
from .insurances import insurance_of
from .visits import DONE, is_expected, is_made, is_nursing, last_of


@dataclass(frozen=True)
class LastDays:
    """A death and the visiting nursing before it: what every criterion of this pack looks at."""

    look: Look
    deaths: tuple[Death, ...]
    records: tuple[DeathRecord, ...]
    visits: tuple[Visit, ...]

    @property
    def causes(self) -> tuple[Fact, ...]:
        """What says that the person died."""
        return (*self.deaths, *self.records)

    @cached_property
    def whens(self) -> tuple[When, ...]:
        """Every stated time of death, the nursing record's first: it holds the time."""
        stated = [*(r.at for r in self.records), *(d.at for d in self.deaths)]
        return tuple(w for w in stated if w)

    @cached_property
    def day(self) -> date | None:
        """The day of death, or None; where sources contradict one another, the Patient's."""
        days = [w.day for w in reversed(self.whens) if w.day]
        return days[0] if days else None

    @cached_property
    def died(self) -> When | None:
        """The most exact time of death on that day."""
        exact = [w for w in self.whens if w.day == self.day and w.at]
        return next(iter(exact), next((w for w in self.whens if w.day == self.day), None))

    @property
    def first(self) -> date | None:
        """The first day of the window: both ends belong to it."""
        return self.day - timedelta(days=self.look.number("window_days_before")) if self.day else None

    @cached_property
    def in_window(self) -> tuple[Visit, ...]:
        """The visits that are, or may be, in the window: also open ones and those with coarse dates."""
        return tuple(v for v in self.visits if self._may_hold(v))

    @cached_property
    def made(self) -> tuple[Visit, ...]:
        """The visits that surely took place in the window."""
        return tuple(v for v in self.in_window if is_made(v))

    @cached_property
    def doubtful(self) -> tuple[Visit, ...]:
        """The visits in the window of which nobody knows yet that they took place then, by a nurse."""
        return tuple(v for v in self.in_window if not is_made(v))

    @cached_property
    def last(self) -> tuple[Visit, ...]:
        """The reports of the last visit made."""
        return tuple(last_of(self.made))

    @property
    def last_day(self) -> date | None:
        """The day of the last visit."""
        return self.last[0].day if self.last else None

    @cached_property
    def insured(self) -> Finding | None:
        """The insurance of the last visit, which decides for the whole."""
        return insurance_of(self.look, self.last, self.last_day) if self.last_day else None

    @property
    def side(self) -> str | None:
        """`medical` (医療保険) or `ltc` (介護保険), once it is known."""
        found = self.insured
        return found.reason.partition("-")[0] if found and found.state is State.MET else None

    @property
    def stations(self) -> tuple[Actor, ...]:
        """The stations (訪問看護ステーション) of the visits, the last visit's first."""
        return tuple(a for v in (*self.last, *self.in_window, *self.visits) for a in v.stations)

    @property
    def station(self) -> str:
        """The station's national id, or nothing: what may enter a key."""
        return next((a.national for a in self.stations if a.national), "")

    @property
    def performers(self) -> tuple[Actor, ...]:
        """Who is told what is missing: the station, else the nurse of the last visit."""
        nurses = (a for v in (*self.last, *self.visits) for a in v.nurses)
        return (*self.stations, *nurses)[:1]

    @property
    def key(self) -> tuple[str, str]:
        """The day of death (or what is known of it) and the station."""
        known = self.day or (self.whens[0].text if self.whens else "")
        return str(known), self.station

    def _may_hold(self, visit: Visit) -> bool:
        if self.day is None or self.first is None:
            return False
        start, end = visit.start, visit.end
        return start is None or end is None or (start.first <= self.day and self.first <= _until(visit, start))


def _until(visit: Visit, start: When) -> date:
    """The last day that a visit may count for: its start, or the end of what looks like a stay."""
    return visit.end.last if visit.day is None and visit.end else start.last


def last_days(look: Look) -> LastDays | None:
    """The death of the person and their visits; None where nobody died."""
    deaths = tuple(d for d in look.of(Death) if d.at or d.flag)
    records = tuple(r for r in look.of(DeathRecord) if r.status != "cancelled")
    if not deaths and not records:
        return None
    return LastDays(look, deaths, records, nursing(look.of(Visit)))


def nursing(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """The visits that are expected or made, without those that a doctor surely made."""
    return tuple(v for v in visits if is_expected(v) and is_nursing(v) is not False)


def done_records(days: LastDays) -> list[DeathRecord]:
    """The nursing records of the death that are no drafts."""
    return [r for r in days.records if r.status in DONE]


def bounds(when: When, zone: str) -> tuple[datetime, datetime]:
    """The earliest and the latest instant that a date or time may mean."""
    if when.at:
        return when.at, when.at
    begin = datetime.combine(when.first, time.min, zone_named(zone))
    return begin, datetime.combine(when.last + timedelta(days=1), time.min, zone_named(zone))


def elapsed(since: When, until: When, zone: str) -> tuple[timedelta, timedelta]:
    """The shortest and the longest time that may lie between two times."""
    (begin, begin_latest), (end, end_latest) = bounds(since, zone), bounds(until, zone)
    return end - begin_latest, end_latest - begin


def clock(span: timedelta) -> str:
    """A time span as h:mm:ss, for people."""
    sign = "-" if span < timedelta() else ""
    seconds = int(abs(span).total_seconds())
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
