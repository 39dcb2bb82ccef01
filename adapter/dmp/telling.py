"""What a Communication may say of its document while nothing, or not this, was handed over: the truth, and no more."""

from collections.abc import Iterable

from adapter.core.decisions import Decision
from adapter.core.handing import NOTHING_KNOWN, HandOvers
from adapter.core.readiness import readiness
from adapter.core.records import Record
from adapter.dmp.preparing import Prepared, Sharing, is_wanted, prepared
from adapter.dmp.readiness import before_handing, readiness_of


def told_before(decision: Decision, record: Record, sharing: Sharing, known: HandOvers = NOTHING_KNOWN) -> HandOvers:
    """Not done, and why, where that is proven; else that it waits, and what a person must mend for it.

    `known` is what a ledger knows of documents that were handed over: it counts before all else. Where no road is
    set, nothing is made and nobody is asked to mend anything: only what is proven of the person is told.
    """
    if not is_wanted(decision):
        return known
    base = decision.pack.base
    if sharing.is_on:
        return {**told_of(prepared(decision, record, sharing), base), **known}
    of_person = before_handing(readiness_of(readiness(sharing.packs, record, decision.as_of), ()), base)
    wanted = [shared.path for shared in decision.occasion.documents if decision.outcome in shared.when]
    return {**dict.fromkeys(wanted, of_person), **known}


def told_of(made: Iterable[Prepared], base: str) -> HandOvers:
    """The same of documents that were made, by the canonical base of their pack."""
    return {one.draft.shared.path: before_handing(one.readiness, base) for one in made}
