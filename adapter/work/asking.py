"""Who may be asked during one look: no source that is silent, and nobody once the look has taken long.

A source that does not answer is remembered for all workers, so that it holds up one look and not each.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapter.core.references import Key
from adapter.inbound.sources import Answer, SourceClient, SourceUnavailable
from adapter.store import asked
from adapter.store.asked import Asked, What
from adapter.work.surroundings import Surroundings

SHARE = 0.3
"""Of the lease: the rest is for judging and for storing what was found."""
SILENT = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""How long a source that does not answer is left alone, by how often it did not."""


class NotNow(Exception):
    """Nobody can be asked at present; the look goes on with what is there."""


@dataclass
class Asker:
    """The questions of one look. `number`: how many were asked; `again_at`: from when on the others may be."""

    around: Surroundings
    clock: Callable[[], datetime]
    again_at: datetime | None = None
    number: int = 0
    _silent: dict[str, Asked | None] = field(default_factory=dict)
    _until: datetime = field(init=False)

    def __post_init__(self) -> None:
        """The time begins to run."""
        self._until = self.clock() + timedelta(seconds=SHARE * self.around.lease_seconds)

    def read(self, key: Key) -> Answer:
        """One resource at its source; raises NotNow, SourceRefuses."""
        with self.asking(key.source) as client:
            return client.read(key.type, key.id)

    def asking(self, base: str) -> "Asking":
        """A client for one question, in a `with` block; entering and leaving it raise NotNow."""
        return Asking(self, base)

    def client(self, base: str) -> SourceClient:
        """Whom to ask; raises NotNow."""
        client, now = self.around.client_of(base), self.clock()
        if client is None:
            raise NotNow
        if base not in self._silent:
            with self.around.store.read() as tx:
                self._silent[base] = asked.silent(tx, base)
        silent = self._silent[base]
        later = now if now >= self._until else silent.again_at if silent else now
        if now >= self._until or later > now:
            self.put_off(later)
            raise NotNow
        self.number += 1
        return client

    def put_off(self, again_at: datetime) -> None:
        """Something remains to be asked then."""
        self.again_at = min(filter(None, (self.again_at, again_at)))

    def was_silent(self, base: str, retry_after: float | None) -> None:
        """The source did not answer."""
        before, now = self._silent.get(base), self.clock()
        tries = before.tries if before else 0
        wait = max(SILENT[min(tries, len(SILENT) - 1)], timedelta(seconds=retry_after or 0))
        self._silent[base] = Asked(tries + 1, now + wait)
        with self.around.store.begin() as tx:
            asked.note(tx, What.SOURCE, Key(base, "", ""), Asked(tries + 1, now + wait))
        self.put_off(now + wait)

    def answered(self, base: str) -> None:
        """The source is there."""
        if self._silent.get(base) is not None:
            self._silent[base] = None
            with self.around.store.begin() as tx:
                asked.end_silence(tx, base, self.clock())


@dataclass
class Asking:
    """One question to one source."""

    asker: Asker
    base: str

    def __enter__(self) -> SourceClient:
        """The client; raises NotNow."""
        return self.asker.client(self.base)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Remembers whether the source answered; raises NotNow where it did not."""
        if isinstance(error, SourceUnavailable):
            self.asker.was_silent(self.base, error.retry_after)
            raise NotNow from None
        self.asker.answered(self.base)
