"""A pack with one fact, one criterion and one charge: what the tests of the loader break in one place each."""

from collections.abc import Iterable
from dataclasses import dataclass

from adapter.core.facts import Fact
from adapter.core.findings import Finding, criterion, evidence_of, met, missing
from adapter.core.looks import Look
from adapter.core.occasions import Charge, Occasion
from adapter.core.times import When


@dataclass(frozen=True, kw_only=True)
class Call(Fact):
    """A call by telephone."""

    status: str | None
    day: When | None
    kinds: frozenset[str]
    place: str | None = None


@criterion("answered", "LAW")
def answered(call: Call) -> Finding:
    """The call is over."""
    return met(call) if call.status == "finished" else missing("Encounter", call)


def occasions(look: Look) -> Iterable[Occasion]:
    """One occasion a call."""
    for call in look.of(Call):
        day = call.day.day if call.day else None
        yield Occasion(
            kind="call",
            key=(str(day),),
            day=day,
            causes=evidence_of([call]),
            findings=(answered(call),),
            charges=(Charge(code="CALL", on=day),),
        )
