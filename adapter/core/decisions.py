"""Decisions: what the findings of an occasion add up to, and what its charges cost on their day.

A decision is a function of facts, pack, settings and as-of. Entitlement and amount are two questions: a
billable occasion whose day no tariff vouches for keeps its entitlement, and its line waits as `planned`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from adapter.core.findings import Finding, State
from adapter.core.looks import Look
from adapter.core.occasions import Charge, Occasion, Outcome
from adapter.core.packs import Pack
from adapter.core.records import Person, Record
from adapter.core.resources import Resource
from adapter.core.tariffs import TariffValue
from adapter.core.times import zone_named

DISPUTED = "one-version"
_ENDED = frozenset({Outcome.REFUSED, Outcome.CANCELLED, Outcome.ENTERED_IN_ERROR})


@dataclass(frozen=True, slots=True)
class Line:
    """One charge of a decision with the tariff value of its day; None where no basis vouches for an amount."""

    charge: Charge
    tariff: TariffValue | None
    outcome: Outcome


@dataclass(frozen=True)
class Decision:
    """The outcome for one occasion of one person."""

    pack: Pack
    person: Person
    occasion: Occasion
    outcome: Outcome
    lines: tuple[Line, ...]
    as_of: datetime

    def findings(self, *states: State) -> tuple[Finding, ...]:
        """The deciding findings in these states."""
        return tuple(f for f in self.occasion.findings if f.state in states)


@dataclass(frozen=True)
class Judgement:
    """All decisions of one pack on one person, and when to look again although nothing happens."""

    decisions: tuple[Decision, ...]
    look_again_at: datetime | None


def judge(pack: Pack, record: Record, as_of: datetime) -> Judgement:
    """Judge a record by a pack.

    Where several contents of one resource are in force and nothing orders them, each is read in turn; an
    occasion on which the readings differ is undecided, and shows both.
    """
    occasions = _occasions(pack, record, as_of)
    for rivals in record.rivals.values():
        for rival in rivals:
            other = _occasions(pack, record.with_rival(rival), as_of)
            occasions = {k: _settle(k, occasions, other, rival) for k in sorted({*occasions, *other})}
    decisions = tuple(_decide(pack, record.person, o, as_of) for o in occasions.values())
    return Judgement(decisions, _earliest(pack, [o.look_again_at for o in occasions.values()], as_of))


_ByKey = dict[tuple[str, ...], Occasion]


def look_at(pack: Pack, record: Record, as_of: datetime) -> Look:
    """What a pack may know of a record at an instant: for its occasions, and for its tallies."""
    return Look(pack.index.read(record), pack.settings, pack.numbers, as_of, pack.zone)


def _occasions(pack: Pack, record: Record, as_of: datetime) -> _ByKey:
    look = look_at(pack, record, as_of)
    found = {(o.kind, *o.key): o for o in pack.occasions(look)} if look.facts else {}
    return dict(sorted(found.items()))


def _settle(key: tuple[str, ...], ones: _ByKey, others: _ByKey, rival: Resource) -> Occasion:
    one, other = ones.get(key), others.get(key)
    # What would be charged is kept: neither a refusal nor a withdrawal may settle what is in dispute.
    kept = min((o for o in (one, other) if o), key=lambda o: outcome_of(o) in _ENDED)
    if one is not None and other is not None and _gist(one) == _gist(other):
        return one
    readings = [f"{rival.key.type} ({DISPUTED}): {_gist(o)[0] if o else 'no occasion'}" for o in (one, other)]
    doubt = Finding(State.ASK, readings=tuple(readings), evidence=kept.causes, criterion=DISPUTED)
    return replace(kept, void=None, findings=(*kept.findings, doubt))


def _gist(occasion: Occasion) -> tuple[str, object, object]:
    states = tuple((f.criterion, f.state, f.reason) for f in occasion.findings)
    return outcome_of(occasion), states, (occasion.charges, occasion.performers)


def outcome_of(occasion: Occasion) -> Outcome:
    """All met: billable; any unmet: refused; else any ask: undecided; else incomplete. No finding is no yes."""
    if occasion.void is not None:
        return occasion.void
    states = {f.state for f in occasion.findings}
    for state, outcome in (
        (State.UNMET, Outcome.REFUSED),
        (State.ASK, Outcome.UNDECIDED),
        (State.MISSING, Outcome.INCOMPLETE),
    ):
        if state in states:
            return outcome
    return Outcome.BILLABLE if states else Outcome.UNDECIDED


def _decide(pack: Pack, person: Person, occasion: Occasion, as_of: datetime) -> Decision:
    outcome = outcome_of(occasion)
    lines = tuple(_price(pack, charge, outcome) for charge in occasion.charges)
    return Decision(pack, person, occasion, outcome, lines, as_of)


def _price(pack: Pack, charge: Charge, outcome: Outcome) -> Line:
    value = pack.tariffs[charge.code].on(charge.on) if charge.on else None
    waits = value is None and outcome is Outcome.BILLABLE
    return Line(charge, value, Outcome.INCOMPLETE if waits else outcome)


def _earliest(pack: Pack, times: Iterable[date | datetime | None], as_of: datetime) -> datetime | None:
    zone = zone_named(pack.zone)
    instants = [t if isinstance(t, datetime) else datetime.combine(t, time.min, zone) for t in times if t is not None]
    return min((i for i in instants if i > as_of), default=None)
