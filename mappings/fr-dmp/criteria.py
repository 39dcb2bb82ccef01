"""The criteria of feeding the DMP, each with the text that it rests on."""

from collections.abc import Sequence
from typing import TypeVar

from adapter.core.facts import Fact
from adapter.core.findings import Finding, ask, criterion, met, missing, unmet
from adapter.core.identity import ins_is_valid
from adapter.core.looks import Look
from adapter.core.times import When

from .fact_types import Announcement, Feeding, Identity, State

F = TypeVar("F", bound=Fact)

_GONE = frozenset({"old", "temp"})
_SAID = frozenset({"final", "amended", "corrected"})
_FOREIGN = {"production": "ins-test", "test": "ins"}


@criterion("identity", "DMP-INS", "DMP-TEST")
def identity(look: Look) -> Finding:
    """A qualified INS of the domain that the site works in, by type and system, with its check digits."""
    domain = look.settings["identities"]
    known = [i for i in look.of(Identity) if i.kinds and i.use not in _GONE and i.value]
    ours = [i for i in known if _FOREIGN[domain] not in i.kinds]
    if not ours:
        return unmet(*known, reason="domain") if known else unmet(reason="none")
    if not all(ins_is_valid(i.value or "") for i in ours):
        return unmet(*ours, reason="check-digit")
    if len({(i.system, i.value) for i in ours}) > 1:
        return ask(["two different INS"], *ours, reason="several")
    if not any(i.reliability for i in ours):
        return unmet(*ours, reason="unqualified")
    return met(*ours)


@criterion("dmp-open", "DMP-OPEN")
def dmp_open(look: Look) -> Finding:
    """The DMP is known to be open."""
    states = [s for s in look.of(State) if s.status in _SAID and s.is_open is not None]
    latest = _latest([(s.at, s) for s in states])
    if {s.is_open for s in latest} == {True, False}:
        return ask(["open", "closed"], *latest, reason="contradiction")
    if latest:
        return met(*latest) if latest[0].is_open else unmet(*latest)
    return met(reason="presumed") if look.settings["open_unless_told"] else missing("Observation (dmp-open)")


@criterion("non-opposition", "DMP-NON-OPPOSITION")
def non_opposition(look: Look) -> Finding:
    """The person is not opposed: any opposition in force counts, whatever else was said."""
    active = [f for f in look.of(Feeding) if f.status == "active"]
    valid = [f for f in active if f.period is None or f.period.may_cover(look.today)]
    denied = [f for f in valid if f.decision == "deny"]
    if denied:
        return unmet(*denied)
    if any(f.decision == "permit" for f in valid):
        return met(*valid)
    return met(reason="presumed") if look.settings["no_opposition_unless_told"] else missing("Consent (feeding)")


@criterion("announced", "DMP-VISIBLE")
def announced(look: Look) -> Finding:
    """What the documents say was announced to the person; until then the person must not read it there."""
    said = [a for a in look.of(Announcement) if a.status in _SAID and a.announced is not None]
    latest = _latest([(a.at, a) for a in said])
    if latest and all(a.announced for a in latest):
        return met(*latest)
    return missing("Observation (announced)", *latest)


def _latest(dated: Sequence[tuple[When | None, F]]) -> list[F]:
    """The facts of the last day that is told; those without a time count where none has one."""
    newest = max((at.first for at, _ in dated if at), default=None)
    return [fact for at, fact in dated if (at.first if at else None) == newest]

