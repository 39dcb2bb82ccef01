"""Keeps up with sources by itself: catches up at start, on a gap, on silence, and sweeps what live charges rest on.

One tick is callable from a test. A source that does not answer is left alone until its pause is over, and holds
up no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapter.core.errors import AdapterError, Temporary
from adapter.inbound.catching_up import Reach, catch_up, gaps, sweep
from adapter.inbound.sources import SourceClient
from adapter.store import marks
from adapter.store.engine import Store, StoreUnavailable

SWEEP_EVERY = timedelta(days=1)
PAUSE = timedelta(minutes=5)
SWEPT = "swept"

CAUGHT, FAILED = "caught-up", "not-caught-up"


@dataclass(frozen=True, slots=True)
class Watched:
    """A source to keep up with: how to ask it, what matters of it, and how often it says that it is alive."""

    reach: Reach
    client: SourceClient
    heartbeat_seconds: int | None = None


@dataclass
class Keeper:
    """Looks after sources. `tell` gets (event, source, words) for the log."""

    store: Store
    sources: Mapping[str, Watched]
    tell: Callable[[str, str, str], None]
    _paused: dict[str, datetime] = field(default_factory=dict)

    def tick(self, now: datetime) -> int:
        """Do what is due for each source; how many catch-ups and sweeps were made. Raises StoreUnavailable."""
        return sum(self._keep(name, one, now) for name, one in self.sources.items() if self._is_awake(name, now))

    def _is_awake(self, name: str, now: datetime) -> bool:
        return name not in self._paused or self._paused[name] <= now

    def _keep(self, name: str, one: Watched, now: datetime) -> int:
        with self.store.read() as tx:
            reasons = gaps(tx, name, now, one.heartbeat_seconds)
            swept = marks.all_of(tx, name).get(SWEPT)
        try:
            if reasons:
                caught = catch_up(self.store, one.client, one.reach, now)
                self.tell(CAUGHT, name, f"{', '.join(reasons)}: {caught.events} events; {caught.guarantee}")
            is_due = swept is None or now - swept[1] >= SWEEP_EVERY
            if is_due:
                sweep(self.store, one.client, name, now)
                self.tell(SWEPT, name, "read again what live charges rest on")
            return bool(reasons) + is_due
        except StoreUnavailable:
            raise
        except AdapterError as error:
            wait = error.retry_after if isinstance(error, Temporary) else None
            self._paused[name] = now + max(PAUSE, timedelta(seconds=wait or 0))
            self.tell(FAILED, name, error.code)
            return 0
