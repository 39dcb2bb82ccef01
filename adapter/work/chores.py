"""What the service does for itself: forgets old events, and looks at everybody again once something else decides.

A changed pack, tariff or setting enqueues everyone it can affect, a batch at a time, so that news keeps its turn.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from adapter.core.packs import Pack
from adapter.store import inbox, marks, people, work
from adapter.store.engine import Store
from adapter.store.lanes import person_lane

OURS = "*"
"""In place of a source's name, whose letters are others: marks of the service itself."""
FORGOT, JUDGED_BY = "forgot", "judged-by"
FORGET_EVERY = timedelta(days=1)
BATCH = 1000
MOST_BATCHES = 20
"""Of events that one tick forgets; the rest has its turn in the next."""


def fingerprint(packs: Iterable[Pack], *others: object) -> str:
    """Names everything that decides: packs with their settings, and whatever else is given (no secret)."""
    parts = [*sorted(f"{pack.id} {pack.digest}" for pack in packs), *map(repr, others)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass
class Chores:
    """`decides` names what decides now (`fingerprint`). `tell` gets (event, words) for the log."""

    store: Store
    retention: timedelta
    decides: str
    tell: Callable[[str, str], None]
    _is_compared: bool = field(default=False)

    def tick(self, now: datetime) -> bool:
        """Do what is due; whether there was anything. Raises StoreUnavailable."""
        forgot, asked = self._forget(now), self._look_again(now)
        return forgot or asked

    def _forget(self, now: datetime) -> bool:
        with self.store.read() as tx:
            last = marks.all_of(tx, OURS).get(FORGOT)
        if last and now - last[1] < FORGET_EVERY:
            return False
        count = 0
        for _ in range(MOST_BATCHES):
            with self.store.begin() as tx:
                gone = inbox.forget(tx, now - self.retention, BATCH)
                count += gone
                if gone < BATCH:
                    marks.write(tx, OURS, FORGOT, count, now)
                    break
        if count:
            self.tell(FORGOT, f"{count} events")
        return True

    def _look_again(self, now: datetime) -> bool:
        """The next batch of persons, once the last one has mostly had its turn."""
        with self.store.begin() as tx:
            after = self._after(tx, now)
            if after is None or work.counts(tx, now)["due"] >= BATCH:
                return False
            persons = people.all_persons(tx, after, BATCH)
            work.enqueue(tx, map(person_lane, persons), now)
            rest = persons[-1] if len(persons) == BATCH else None
            marks.write(tx, OURS, JUDGED_BY, [self.decides, rest], now)
        return bool(persons)

    def _after(self, tx: Connection, now: datetime) -> int | None:
        """The last person who was asked for; None where everybody was. A change counts once for each start."""
        known, after = marks.read(tx, OURS, JUDGED_BY) or (None, None)
        if self._is_compared or known == self.decides:
            self._is_compared = True
            return None if after is None else int(after)
        self._is_compared = True
        marks.write(tx, OURS, JUDGED_BY, [self.decides, 0], now)
        self.tell(JUDGED_BY, "a pack, a setting or the program changed: everybody is looked at again")
        return 0
