"""Terminal persons (terminale patienter) and the services (ydelser) of the palliation agreement of Region Sjælland.

One occasion a terminal person: without a service since the terminal declaration the practice is told. No fee was
found (DK-05), so nothing is charged; services are counted for the indicators of the cluster (klynge) package.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from adapter.core.findings import State, evidence_of
from adapter.core.looks import Look
from adapter.core.occasions import Occasion, Tally

from .criteria import Phase, group_1, practice, remind_on, service, terminal
from .fact_types import PersonalGoal, Service
from .practices import listed_with, numbers_of
from .services import counted, undated

DECIDING = (terminal, practice, group_1, service)
_NO_GOAL = frozenset({"proposed", "cancelled", "rejected", "entered-in-error"})


def occasions(look: Look) -> Iterable[Occasion]:
    """One occasion a terminal person; a declaration that was taken back leaves none."""
    phase = Phase(look)
    if not phase.statements:
        return
    until = remind_on(phase)
    yield Occasion(
        kind="terminal-person",
        key=("terminal-phase",),
        day=phase.day,
        causes=evidence_of(phase.statements),
        findings=tuple(judge(phase) for judge in DECIDING),
        performers=listed_with(look),
        values={"day": phase.day_text},
        look_again_at=until if until and until > look.today else None,
    )


def tallies(look: Look) -> Iterable[Tally]:
    """Billed services, terminal persons and those of them with a service, and the persons' goals."""
    yield from _services(look)
    yield from _undated(look)
    yield from _terminal_person(look)
    yield from _goals(look)


def _services(look: Look) -> Iterable[Tally]:
    for one, times in counted(look).items():
        strata = {"practice": one.practice, "provider": one.provider, "code": one.code}
        if one.kind == "example":
            yield Tally(name="example-service", day=one.day, strata=strata, value=times)
        else:
            yield Tally(name="service", day=one.day, strata={**strata, "kind": one.kind}, value=times)


def _undated(look: Look) -> Iterable[Tally]:
    for one in undated(look):
        yield Tally(name="undated-service", day=_some_day(one, look.today), strata={"practice": _one(one)})


def _some_day(one: Service, today: date) -> date:
    return one.at.first if one.at else today


def _one(one: Service) -> str:
    return "+".join(numbers_of(one.practices))


def _terminal_person(look: Look) -> Iterable[Tally]:
    """Counted on the first day of the terminal phase; whom the agreement does not cover is not counted."""
    phase = Phase(look)
    outside = State.UNMET in {practice(phase).state, group_1(phase).state}
    if phase.day is None or phase.denials or outside:
        return
    numbers = numbers_of(listed_with(look))
    strata = {"practice": numbers[0] if len(numbers) == 1 else ""}
    yield Tally(name="terminal", day=phase.day, strata=strata)
    if phase.services:
        yield Tally(name="terminal-served", day=phase.day, strata=strata)


def _goals(look: Look) -> Iterable[Tally]:
    for goal in look.of(PersonalGoal):
        if goal.status not in _NO_GOAL:
            strata = {
                "status": goal.status or "",
                "achievement": goal.achievement or "",
                "target": str(goal.target) if goal.target is not None else "",
                "due": str(goal.due.last) if goal.due else "",
            }
            day = goal.since.first if goal.since else look.today
            yield Tally(name="goal", day=day, strata=strata, value=Decimal(1))
