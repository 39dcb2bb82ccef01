"""Group commit: many requests, one transaction, one wait for the disk.

A commit on a disk costs milliseconds whatever it holds. While one transaction is being stored the next
events gather, and all of them go into the next one.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue

from sqlalchemy.engine import Connection

from adapter.core.errors import AdapterError, Permanent
from adapter.store.engine import RETRY_AFTER, Store, StoreUnavailable
from adapter.store.inbox import Accepted, NewEvent, accept

LARGEST_BATCH = 500
"""Submissions in one transaction: enough to make the disk's share small, few enough to answer soon."""


@dataclass(frozen=True, slots=True)
class _Submission:
    events: Sequence[NewEvent]
    answer: "Future[list[Accepted]]"
    also: Callable[[Connection], object] | None


class GroupCommit:
    """Accepts events for the inbox through one thread; use it as a context manager, or `close` it.

    Looks for them wait for the `quiet` time.
    """

    def __init__(self, store: Store, quiet: timedelta = timedelta()) -> None:
        self._store, self._quiet = store, quiet
        self._waiting: SimpleQueue[_Submission | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="group-commit")
        self._thread.start()

    def __enter__(self) -> "GroupCommit":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(
        self, events: Sequence[NewEvent], also: Callable[[Connection], object] | None = None
    ) -> "Future[list[Accepted]]":
        """Answered once the events are on disk, in the order of submission.

        `also` writes what must be stored with them, such as marks, in the same transaction; it may run again where
        a transaction with others failed.

        The future raises StoreUnavailable where nothing was stored, and Permanent `not-storable` for events
        that the database will never take. Raises StoreUnavailable after `close`.
        """
        answer: Future[list[Accepted]] = Future()
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the inbox is closing", RETRY_AFTER)
            self._waiting.put(_Submission(events, answer, also))
        return answer

    def close(self) -> None:
        """Store what was submitted, answer it, and stop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            gathered = self._gather()
            goes_on = gathered[-1] is not None
            batch = [s for s in gathered if s is not None and s.answer.set_running_or_notify_cancel()]
            if batch:
                self._store_all(batch)

    def _gather(self) -> list[_Submission | None]:
        """What waits now, at least one; None comes last, when there is no more to come."""
        gathered = [self._waiting.get()]
        while len(gathered) < LARGEST_BATCH and gathered[-1] is not None:
            try:
                gathered.append(self._waiting.get_nowait())
            except Empty:
                break
        return gathered

    def _store_all(self, batch: Sequence[_Submission]) -> None:
        try:
            with self._store.begin() as tx:
                accepted = accept(tx, [event for one in batch for event in one.events], self._quiet)
                for submission in batch:
                    if submission.also is not None:
                        submission.also(tx)
        except AdapterError as error:
            _fail(batch, error)
        except Exception as error:
            self._store_apart(batch, error)
        else:
            _answer(batch, accepted)

    def _store_apart(self, batch: Sequence[_Submission], error: Exception) -> None:
        """One that the database refuses must not take the others with it."""
        if len(batch) > 1:
            for submission in batch:
                self._store_all([submission])
            return
        # The cause is named, not chained: it may quote what was sent.
        _fail(batch, Permanent(f"the database refuses the event: {type(error).__name__}", code="not-storable"))


def _answer(batch: Sequence[_Submission], accepted: Sequence[Accepted]) -> None:
    start = 0
    for submission in batch:
        end = start + len(submission.events)
        submission.answer.set_result(list(accepted[start:end]))
        start = end


def _fail(batch: Sequence[_Submission], error: AdapterError) -> None:
    for submission in batch:
        submission.answer.set_exception(error)
