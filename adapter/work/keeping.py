"""Keeps up with sources by itself: catches up at every start, on a gap, on silence and daily, sweeps what live charges
rest on, and keeps our Subscriptions alive.

One tick is callable from a test. A source that does not answer is left alone until its pause is over, and holds
up no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapter.core.errors import AdapterError, Temporary
from adapter.inbound.catching_up import Reach, catch_up, gaps, sweep
from adapter.inbound.catching_up.events import SUBSCRIBED
from adapter.inbound.sources import SourceClient
from adapter.inbound.subscriptions import Asked, Hook, SubscriptionClient, renew
from adapter.inbound.subscriptions.keeping import ENDPOINT
from adapter.store import asked, marks
from adapter.store.engine import Store, StoreUnavailable

SWEEP_EVERY = timedelta(days=1)
PAUSE = timedelta(minutes=5)
RENEW_EVERY = timedelta(hours=1)
"""Seldom enough for a question, often enough for a source that stopped telling us."""
SWEPT = "swept"
RENEWED = "renewed"

CAUGHT, FAILED, NOT_RENEWED = "caught-up", "not-caught-up", "not-renewed"


@dataclass(frozen=True, slots=True)
class Subscribing:
    """How our Subscriptions at a source are kept: `header` is the secret by which we know what it sends."""

    client: SubscriptionClient
    asked: Asked
    header: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Watched:
    """A source to keep up with: how to ask it, what matters of it, and how often it says that it is alive."""

    reach: Reach
    client: SourceClient
    heartbeat_seconds: int | None = None
    subscribing: Subscribing | None = None


@dataclass
class Keeper:
    """Looks after sources. `tell` gets (event, source, words) for the log."""

    store: Store
    sources: Mapping[str, Watched]
    tell: Callable[[str, str, str], None]
    _paused: dict[str, datetime] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def tick(self, now: datetime) -> int:
        """Do what is due for each source; how many catch-ups, sweeps and renewals. Raises StoreUnavailable."""
        return sum(self._keep(name, one, now) for name, one in self.sources.items() if self._is_awake(name, now))

    def _is_awake(self, name: str, now: datetime) -> bool:
        return name not in self._paused or self._paused[name] <= now

    def _keep(self, name: str, one: Watched, now: datetime) -> int:
        with self.store.read() as tx:
            reasons = gaps(tx, name, now, one.heartbeat_seconds) or ["start"] * (name not in self._begun)
            swept = marks.all_of(tx, name).get(SWEPT)
        try:
            if reasons:
                caught = catch_up(self.store, one.client, one.reach, now)
                self._begun.add(name)
                self.tell(CAUGHT, name, f"{', '.join(reasons)}: {caught.events} events; {caught.guarantee}")
            is_due = swept is None or now - swept[1] >= SWEEP_EVERY
            if is_due:
                sweep(self.store, one.client, name, now)
                self.tell(SWEPT, name, "read again what live charges rest on")
            if reasons or is_due:
                self._answered(one, now)
            return bool(reasons) + is_due + self._renewed(name, one, now)
        except StoreUnavailable:
            raise
        except AdapterError as error:
            wait = error.retry_after if isinstance(error, Temporary) else None
            self._paused[name] = now + max(PAUSE, timedelta(seconds=wait or 0))
            self.tell(FAILED, name, error.code)
            return 0

    def _answered(self, one: Watched, now: datetime) -> None:
        """The source is there: looks that waited for it need not rest any longer."""
        with self.store.begin() as tx:
            asked.end_silence(tx, one.client.base_url, now)

    def _renewed(self, name: str, one: Watched, now: datetime) -> bool:
        """Renew what ends soon and ask anew for what failed, where Subscriptions were applied at all."""
        with self.store.read() as tx:
            known = marks.all_of(tx, name)
        endpoint, keeping = known.get(ENDPOINT), one.subscribing
        is_due = RENEWED not in known or now - known[RENEWED][1] >= RENEW_EVERY
        if not (keeping and endpoint and known.get(SUBSCRIBED, ({}, now))[0] and is_due):
            return False
        hook = Hook(str(endpoint[0]), keeping.header, one.heartbeat_seconds)
        code = ""
        try:
            done, _ = renew(self.store, keeping.client, keeping.asked, hook, now)
            if done:
                self.tell(RENEWED, name, f"{len(done)} Subscriptions")
        except StoreUnavailable:
            raise
        except AdapterError as error:
            code = error.code
            self.tell(NOT_RENEWED, name, code)
        with self.store.begin() as tx:
            marks.write(tx, name, RENEWED, code, now)
        return not code
