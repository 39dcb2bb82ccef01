"""Lines of requests, several to a write: a write to stderr each made every request wait for its turn once more."""

import sys
import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime

from adapter.web.logs import Word, line_of

FLUSH_SECONDS = 0.1
MOST_WAITING = 50_000
"""Lines kept for a stderr that takes none: a reader that is stuck costs the oldest ones, not the memory."""


class BatchedLog:
    """Called like `log`; what it is told is written within FLUSH_SECONDS. A context manager, which writes the rest.

    A process that is killed loses the lines of that time, and nothing but lines.
    """

    def __init__(self) -> None:
        self._told: deque[tuple[datetime, str, dict[str, Word]]] = deque(maxlen=MOST_WAITING)
        self._some, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
        self._thread.start()

    def __call__(self, event: str, **words: Word) -> None:
        """Have one line written."""
        self._told.append((datetime.now(UTC), event, words))
        if not self._some.is_set():
            self._some.set()

    def __enter__(self) -> "BatchedLog":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._some.set()
        self._thread.join()
        self._write()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._some.wait()
            self._closing.wait(FLUSH_SECONDS)
            # Cleared before what is there is taken: what comes in between wakes us again.
            self._some.clear()
            self._write()

    def _write(self) -> None:
        told = [self._told.popleft() for _ in range(len(self._told))]
        if told:
            # A stderr that nobody reads any more takes nothing, and there is nowhere else to say so.
            with suppress(OSError, ValueError):
                sys.stderr.write("".join(line_of(*one) for one in told))
