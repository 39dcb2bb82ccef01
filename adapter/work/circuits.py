"""A circuit a target: one that fails by itself is left alone for a while, then tried with one decision.

Decisions for other targets go on meanwhile. The threads of one process share what they found; another process
finds out by itself.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapter.core.errors import AdapterError, Temporary
from adapter.outbound.errors import BadCredentials, Conflict, Denied, Redirected, Untrusted
from adapter.work.pauses import pause

MOST_FAILURES = 3
"""So many in a row, and the target is left alone."""

LONGEST_SECONDS = 300.0
"""The longest pause that is our own choice; an outage that ends is noticed within it."""

_OF_THE_TARGET = (Temporary, Denied, Redirected, Untrusted, BadCredentials)


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    pauses: int = 0
    until: datetime | None = None
    is_tried: bool = False


class Circuits:
    """Which targets are to be left alone, and until when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._circuits: dict[str, _Circuit] = {}

    def ask(self, now: datetime) -> tuple[frozenset[str], frozenset[str]]:
        """The targets to leave alone, and those whose pause is over: whoever asks first is the one to try them.

        Give back by `release` what was not tried; `failed` or `succeeded` tells of what was.
        """
        with self._lock:
            paused = {name: c for name, c in self._circuits.items() if c.until is not None}
            over = {name for name, c in paused.items() if not c.is_tried and c.until is not None and c.until <= now}
            for name in over:
                paused[name].is_tried = True
            return frozenset(paused.keys() - over), frozenset(over)

    def release(self, targets: frozenset[str]) -> None:
        """Let somebody else try."""
        with self._lock:
            for name in targets & self._circuits.keys():
                self._circuits[name].is_tried = False

    def succeeded(self, target: str) -> None:
        """The target answered as it should; also a refusal of the content is an answer."""
        with self._lock:
            self._circuits.pop(target, None)

    def failed(self, target: str, error: AdapterError, now: datetime) -> None:
        """A decision could not be written. Where the target says when to come back, one failure is enough."""
        if not isinstance(error, _OF_THE_TARGET) or isinstance(error, Conflict):
            self.succeeded(target)
            return
        asked = error.retry_after if isinstance(error, Temporary) else None
        with self._lock:
            one = self._circuits.setdefault(target, _Circuit())
            one.failures += 1
            if one.failures >= MOST_FAILURES or asked:
                # Threads that failed together are one failure to come back from.
                one.pauses += one.is_tried or one.until is None
                until = now + pause(one.pauses, asked, LONGEST_SECONDS)
                one.until, one.is_tried = max(until, one.until or until), False

    def left_alone(self, target: str, now: datetime) -> timedelta | None:
        """How long a target is still left alone; None where it is not."""
        with self._lock:
            one = self._circuits.get(target)
            return max(one.until - now, timedelta()) if one and one.until is not None else None
