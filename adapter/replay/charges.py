"""The decisions behind charges that the service wrote, judged anew from its database; nothing is written."""

from datetime import datetime

from adapter.core.decisions import Decision, judge
from adapter.core.desired.charges import charge_id
from adapter.core.packs import Pack
from adapter.core.records import Record
from adapter.store import ledger
from adapter.store.engine import Store
from adapter.store.people import numbers_of, read_person
from adapter.work.records import read_record

Found = list[tuple[Decision, Record]]


def decisions_of_charge(
    store: Store, packs: tuple[Pack, ...], secret: bytes, as_of: datetime, beginning: str
) -> Found | None:
    """The decisions whose charge's id begins so; None where no such charge was ever written.

    A decision may be gone since: its charge was withdrawn. Raises StoreUnavailable.
    """
    with store.read() as tx:
        known = ledger.charges_beginning(tx, beginning)
        numbers = numbers_of(tx, known)
        persons = [(known[name], read_person(tx, number)) for name, number in sorted(numbers.items())]
        records = [(ids, read_record(tx, person, secret)) for ids, person in persons if person]
    if not known:
        return None
    return [
        (decision, record)
        for ids, record in records
        if record is not None
        for pack in packs
        for decision in judge(pack, record, as_of).decisions
        if any(charge_id(decision, line) in ids for line in decision.lines)
    ]
