"""Watching at home: what a sender itself flags in a home sequence is told to the referring hospital team.

The adapter judges no value: the flag is the sender's, and the grade from which a site wants an alert is the site's.
"""

from collections.abc import Iterable
from datetime import date

from adapter.core.facts import Link
from adapter.core.findings import Finding, ask, criterion, evidence_of, met
from adapter.core.looks import Look
from adapter.core.occasions import Message, Occasion, Outcome

from .fact_types import FlaggedObservation
from .inclusions import Inclusion
from .sequences import HOME

_SAID = frozenset({"preliminary", "final", "amended", "corrected"})


def surveillance(inclusion: Inclusion) -> Iterable[Occasion]:
    """One occasion where anything flagged lies, or may lie, in a home sequence: one alert for each."""
    flagged = [o for o in inclusion.look.of(FlaggedObservation) if o.status in _SAID and is_flagged(inclusion.look, o)]
    sure = [o for o in flagged if _at_home(inclusion, o)]
    perhaps = [o for o in flagged if o not in sure and _perhaps_at_home(inclusion, o)]
    if sure or perhaps:
        yield Occasion(
            kind="surveillance",
            key=(inclusion.key,),
            day=inclusion.day,
            causes=evidence_of((*inclusion.plans, *sure, *perhaps)),
            findings=(home_sequence(sure, perhaps),),
            messages=tuple(_alerts(inclusion, sure)),
            performers=inclusion.team,
            values={"day": inclusion.key},
        )


def is_flagged(look: Look, observation: FlaggedObservation) -> bool:
    """Whether the sender flags it, or its grade is one that the site wants to be alerted of."""
    least = look.settings["ctcae_grade_from"]
    grade = grade_of(observation)
    return bool(observation.flags) or (least is not None and grade is not None and grade >= least)


def grade_of(observation: FlaggedObservation) -> int | None:
    """The CTCAE grade, as a number or as a code."""
    if not observation.graded:
        return None
    coded = [int(name.removeprefix("ctcae-")) for name in observation.grades]
    return max([*coded, *([observation.grade] if observation.grade is not None else [])], default=None)


@criterion("home-sequence", "A51-06", "A51-07", "A51-13")
def home_sequence(sure: list[FlaggedObservation], perhaps: list[FlaggedObservation]) -> Finding:
    """What is flagged lies in a sequence at home; where its day does not tell, a person looks."""
    if perhaps:
        return ask([o.at.text if o.at else "?" for o in perhaps], *perhaps, reason="day")
    return met(*sure, count=str(len(sure)))


def _at_home(inclusion: Inclusion, observation: FlaggedObservation) -> bool:
    at = observation.at
    if at is None or at.first > inclusion.look.today or not inclusion.within(at):
        return False
    return at.first >= min((s.first for s in inclusion.reached if s.number in HOME), default=date.max)


def _perhaps_at_home(inclusion: Inclusion, observation: FlaggedObservation) -> bool:
    home = [s for s in inclusion.opened if s.number in HOME]
    at = observation.at
    return bool(home) if at is None else at.day is None and any(s.may_hold(at) for s in home)


def _alerts(inclusion: Inclusion, flagged: Iterable[FlaggedObservation]) -> Iterable[Message]:
    """One alert a sign, whichever source told it: time and code, and no local id, tell signs apart."""
    seen = set()
    for observation in flagged:
        when, what = observation.at.text if observation.at else "", _what(observation)
        key = (when, next(iter(observation.codes), what))
        if key not in seen:
            seen.add(key)
            yield Message(
                name="alert" if observation.flags else "alert-grade",
                when=frozenset({Outcome.BILLABLE, Outcome.UNDECIDED}),
                category="alert",
                recipients=inclusion.team,
                documents=(Link(observation.evidence.key, _reference(observation)),),
                key=key,
                values={"when": when, "what": what, "grade": str(grade_of(observation))},
            )


def _reference(observation: FlaggedObservation) -> dict[str, str]:
    return {"reference": observation.evidence.key.text, "type": "Observation"}


def _what(observation: FlaggedObservation) -> str:
    return observation.title or next(iter(observation.codes), "Observation")
