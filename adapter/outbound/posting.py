"""Posts what decisions want to a FHIR server, decision after decision; one that fails stops no other."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from adapter.core.desired import Desired
from adapter.core.errors import AdapterError, Temporary
from adapter.core.plans import Kind
from adapter.outbound.client import Target
from adapter.outbound.errors import Denied, NotTried, Redirected, Untrusted
from adapter.outbound.writing import Group, Writer, Written

GIVE_UP_AFTER = 3
"""So many decisions in a row that fail for the target's fault, and no more is sent: it would wait for hours."""

_OF_THE_TARGET = (Temporary, Denied, Redirected, Untrusted)


@dataclass(frozen=True, slots=True)
class Failure:
    """A decision that was not written, by its first charge (or first resource) and our id of it."""

    type: str
    id: str
    code: str
    detail: str

    def __str__(self) -> str:
        return f"{self.type} {self.id}: not written: {self.detail} [{self.code}]"


@dataclass
class Posted:
    """What became of all decisions: numbers of resources by type, and a Failure a decision that was not written."""

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    failed: list[Failure] = field(default_factory=list)

    def __str__(self) -> str:
        parts = (("created", self.created), ("updated", self.updated), ("unchanged", self.unchanged))
        told = [f"{name} {', '.join(f'{n} {t}' for t, n in sorted(c.items()))}" for name, c in parts if c]
        return (
            "; ".join([*told, *([f"failed {len(self.failed)} decisions"] if self.failed else [])]) or "nothing to write"
        )


def post(
    target: Target, desired_groups: Iterable[Iterable[Desired]], sleep: Callable[[float], object] = time.sleep
) -> Posted:
    """Write every group (what one decision wants), each as far as the target differs from it.

    Never raises for the target's sake: what was not written is in `failed`. All groups are taken even where
    the target is given up, so that a generator can do other work on the way.
    """
    posted, writer, in_a_row = Posted(), Writer(target, sleep), 0
    for group in map(tuple, desired_groups):
        if not group:
            continue
        if in_a_row >= GIVE_UP_AFTER:
            _fail(posted, group, NotTried("the target was given up after failures in a row"))
            continue
        try:
            _count(posted, writer.write(group))
            in_a_row = 0
        except AdapterError as error:
            in_a_row = in_a_row + 1 if isinstance(error, _OF_THE_TARGET) else 0
            _fail(posted, group, error)
    return posted


def _count(posted: Posted, written: Written) -> None:
    for change in written.changes:
        counter = posted.created if change.kind is Kind.CREATE else posted.updated
        counter[change.desired.type] += 1
    posted.unchanged.update(d.type for d in written.unchanged)


def _fail(posted: Posted, group: Group, error: AdapterError) -> None:
    named = next((d for d in group if d.type == "ChargeItem"), group[0])
    posted.failed.append(Failure(named.type, named.id, error.code, str(error)))
