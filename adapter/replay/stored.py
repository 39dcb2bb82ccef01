"""The persons of the service's database, judged one after another as those of files are."""

from collections.abc import Callable, Iterator
from datetime import datetime

from adapter.core.decisions import judge
from adapter.core.packs import Pack
from adapter.core.records import Record
from adapter.replay.running import Judged
from adapter.store.contents import contents_of_patient
from adapter.store.engine import Store
from adapter.store.people import all_persons, read_person
from adapter.work.records import read_record

_PAGE = 500


class StoredPersons:
    """Everybody in a store whom something calls for, as of an instant; nothing is written.

    `progress` is called with a stage, how much is done and how much there is (0: not known).
    """

    def __init__(
        self,
        store: Store,
        packs: tuple[Pack, ...],
        secret: bytes,
        as_of: datetime,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.as_of, self.judged = as_of, 0
        self._store, self._packs, self._secret = store, packs, secret
        self._progress = progress or (lambda _stage, _done, _all: None)

    def persons(self) -> Iterator[Judged]:
        """Judge person after person; each is read by a short transaction of its own. Raises StoreUnavailable."""
        for number in self._numbers():
            record = self._record(number)
            if record is not None:
                self.judged += 1
                self._progress("judging", self.judged, 0)
                decisions = [d for pack in self._packs for d in judge(pack, record, self.as_of).decisions]
                yield Judged(record, tuple(decisions))

    def _numbers(self) -> Iterator[int]:
        after = 0
        while True:
            with self._store.read() as tx:
                page = all_persons(tx, after, _PAGE)
            if not page:
                return
            yield from page
            after = page[-1]

    def _record(self, number: int) -> Record | None:
        with self._store.read() as tx:
            person = read_person(tx, number)
            if person is None or not any(c.calls for p in person.patients for c in contents_of_patient(tx, p)):
                return None
            return read_record(tx, person, self._secret)
