"""Findings: what one criterion says of one occasion, and why.

There are four answers and no default: a criterion says what it needs before it says yes or no.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ParamSpec

from adapter.core.facts import Evidence, Fact

P = ParamSpec("P")


class State(StrEnum):
    """The four answers."""

    MET = "met"
    UNMET = "unmet"
    MISSING = "missing"
    ASK = "ask"


@dataclass(frozen=True)
class Finding:
    """One criterion's answer.

    `reason` and `values` choose and fill the text that people read; `needs` names the resource that would
    settle a missing one; `readings` quotes what contradicts each other where a person must judge.
    """

    state: State
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    needs: str | None = None
    readings: tuple[str, ...] = ()
    criterion: str = ""
    basis: tuple[str, ...] = ()

    @property
    def text_key(self) -> str:
        """Where `texts.yaml` keeps the words: the state, and the reason where a state has several."""
        return f"{self.state}.{self.reason}" if self.reason else str(self.state)


def met(*facts: Fact, reason: str = "", **values: str) -> Finding:
    """The criterion holds, and these facts prove it."""
    return Finding(State.MET, reason, evidence_of(facts), values)


def unmet(*facts: Fact, reason: str = "", **values: str) -> Finding:
    """The criterion is proven false: the charge is refused."""
    return Finding(State.UNMET, reason, evidence_of(facts), values)


def missing(needs: str, *facts: Fact, reason: str = "", **values: str) -> Finding:
    """Nothing proves it yet; `needs` names the resource that would settle it."""
    return Finding(State.MISSING, reason, evidence_of(facts), values, needs=needs)


def ask(readings: Iterable[str], *facts: Fact, reason: str = "", **values: str) -> Finding:
    """A person must judge; the readings are quoted to them."""
    return Finding(State.ASK, reason, evidence_of(facts), values, readings=tuple(readings))


def evidence_of(facts: Iterable[Fact]) -> tuple[Evidence, ...]:
    """The evidence of facts, each once, in the order of references."""
    found = [f.evidence for f in facts]
    return tuple(found) if len(found) < 2 else tuple(sorted(set(found), key=lambda e: e.reference))


def criterion(name: str, *basis: str) -> Callable[[Callable[P, Finding]], Callable[P, Finding]]:
    """Name a criterion and the bases it rests on; they are stamped on each of its findings."""

    def decorate(judge: Callable[P, Finding]) -> Callable[P, Finding]:
        @functools.wraps(judge)
        def judged(*args: P.args, **kwargs: P.kwargs) -> Finding:
            f = judge(*args, **kwargs)
            return Finding(f.state, f.reason, f.evidence, f.values, f.needs, f.readings, name, basis)

        judged.__dict__["criterion"] = name
        judged.__dict__["basis"] = basis
        return judged

    return decorate
