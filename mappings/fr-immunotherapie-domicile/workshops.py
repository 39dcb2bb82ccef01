"""The workshops: sessions of ETP (éducation thérapeutique du patient), paid two by two.

What "two" is counted by was not found: a site says it, and until then a person is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from adapter.core.actors import Actor, any_same
from adapter.core.looks import Look

from .criteria import ALLERGY
from .fact_types import Session
from .inclusions import Inclusion

_HELD = frozenset({"completed", "finished"})


@dataclass(frozen=True)
class Workshop:
    """One session: one report as a rule, several where two sources, or Procedure and Encounter, tell it."""

    reports: tuple[Session, ...]

    @property
    def day(self) -> date | None:
        """The day of the session."""
        return self.reports[0].at.day if self.reports[0].at else None

    @property
    def nurses(self) -> tuple[Actor, ...]:
        """Who led it."""
        return tuple(n for r in self.reports for n in r.nurses)

    @property
    def nurse(self) -> str:
        """The nurse's national id, or nothing: what may enter a key."""
        return min((n.national for n in self.nurses if n.national), default="")

    @property
    def order(self) -> tuple[str, str]:
        """Where it stands among the sessions; one without a day comes last."""
        return (str(self.day or "9999"), self.nurse)


@dataclass(frozen=True)
class Batch:
    """The sessions of one fee, or those that still wait for it; `group` is the nurse where they are counted so."""

    inclusion: Inclusion
    group: str
    number: int
    sessions: tuple[Workshop, ...]
    twins: tuple[Session, ...] = ()

    @property
    def look(self) -> Look:
        """The look at the person."""
        return self.inclusion.look

    @property
    def key(self) -> tuple[str, str]:
        """The group and the number of the fee in it: an earlier session told late makes no other fee."""
        return self.group, str(self.number)

    @property
    def reports(self) -> tuple[Session, ...]:
        """Every report of its sessions."""
        return tuple(r for w in self.sessions for r in w.reports)

    @property
    def last_day(self) -> date | None:
        """The day of its last session."""
        days = [w.day for w in self.sessions]
        known = [d for d in days if d]
        return max(known) if known and None not in days else None


def batches(inclusion: Inclusion, sessions: Iterable[Session]) -> list[Batch]:
    """The sessions by fee, as the site counts them; as long as it does not say, all of them in one."""
    look = inclusion.look
    every = workshops(s for s in sessions if _is_held(look, s))
    twins = tuple(_doubtful(every))
    found = []
    for group, own in _groups(look, every).items():
        size = look.number("sessions_per_fee") if look.settings["workshop_grouping"] else len(own)
        for place in range(0, len(own), size):
            found.append(Batch(inclusion, group, place // size + 1, tuple(own[place : place + size]), twins))
    return found


def _is_held(look: Look, session: Session) -> bool:
    ahead = session.at is not None and session.at.first > look.today
    return (session.void or session.status in _HELD) and not ahead and ALLERGY not in session.labels


def workshops(reports: Iterable[Session]) -> list[Workshop]:
    """Reports grouped into sessions by day and nurse; an Encounter that a Procedure names is the same session."""
    known = sorted(reports, key=lambda r: r.evidence.key)
    within = {r.encounter.key: r for r in known if r.encounter and r.encounter.key}
    groups: dict[tuple[str, str], list[Session]] = {}
    for report in known:
        owner = within.get(report.evidence.key, report)
        text = owner.at.text if owner.at and not owner.at.day else ""
        day, nurse = Workshop((owner,)).order
        groups.setdefault((text or day, nurse), []).append(report)
    return sorted((Workshop(tuple(g)) for g in groups.values()), key=lambda w: w.order)


def _doubtful(sessions: Sequence[Workshop]) -> Iterable[Session]:
    """Reports that may be one session or two: of one source, or of one day where nothing tells the nurses apart."""
    for session in sessions:
        for one, other in combinations(session.reports, 2):
            if one.evidence.key.source == other.evidence.key.source and not _linked(one, other):
                yield from (one, other)
    for first, second in combinations(sessions, 2):
        if first.day and first.day == second.day and any_same(first.nurses, second.nurses) is not False:
            yield from (*first.reports, *second.reports)


def _linked(one: Session, other: Session) -> bool:
    named = {s.encounter.key for s in (one, other) if s.encounter}
    return bool(named & {one.evidence.key, other.evidence.key})


def _groups(look: Look, sessions: Sequence[Workshop]) -> dict[str, list[Workshop]]:
    by_nurse = look.settings["workshop_grouping"] in ("nurse", "nurse-and-person")
    groups: dict[str, list[Workshop]] = {}
    for session in sessions:
        groups.setdefault(session.nurse if by_nurse else "", []).append(session)
    return {group: groups[group] for group in sorted(groups)}
