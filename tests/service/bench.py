"""The whole service in this process: hooks behind their real server, a worker and a keeper that a test lets tick.

It listens to a real FHIR server and writes to another. Time stands still until a test moves it.
"""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from adapter.cli.working import keeper_of, surroundings_of
from adapter.inbound.catching_up import catch_up
from adapter.inbound.dialects.authentication import Credentials
from adapter.outbound.client import Target
from adapter.settings import Settings, SourceSettings, TargetSettings
from adapter.store import outbox
from adapter.store.engine import Store
from adapter.store.writer import GroupCommit
from adapter.work import Worker
from adapter.work.circuits import Circuits
from adapter.work.figures import Figures
from tests.outbound.visits import pack
from tests.service.visits import NOT_YET, Content, Visit
from tests.web.service import Service

FIRST_DAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""Nobody judges the visit before it took place, whatever the clock of this machine says."""
OPEN = Credentials(allow_unauthenticated=True)
SKEW = timedelta(seconds=1)
OUTAGE_SECONDS = 60.0
MOST_TICKS = 500


class Bench:
    """`source` holds the visit, `target` the charges; the source's name at the hooks is `had`."""

    def __init__(
        self,
        store: Store,
        inbox: GroupCommit,
        addresses: tuple[str, str],
        visit: Visit,
        key: str,
        credentials: Credentials = OPEN,
    ) -> None:
        self.base, target = addresses
        settings = Settings(
            pseudonym_key=key,
            sources={"had": SourceSettings(base_url=self.base, insecure=True, notifications=credentials)},
            targets={"billing": TargetSettings(base_url=target, insecure=True)},
        )
        self.visit, self.charge = visit, visit.charge(self.base, settings.secret)
        self.source, self.target = Target(self.base), Target(target)
        self.service = Service(store, inbox, settings, (pack(),))
        self.at(datetime.now(UTC))
        around = surroundings_of(store, (pack(),), settings, _no_wait(), Circuits(), Figures())
        self._worker = Worker(around, "bench", clock=lambda: max(self.now, FIRST_DAY))
        self._keeper = keeper_of(store, (pack(),), settings)

    def close(self) -> None:
        self.service.stop()
        self.source.close()
        self.target.close()

    def later(self, seconds: float = 60) -> None:
        """Let time go by."""
        self.at(self.now + timedelta(seconds=seconds))

    def at(self, instant: datetime) -> None:
        """Make it this time."""
        self.now = self.service.now = instant

    def keep_up(self) -> None:
        """Let the keeper ask the source for what it was told to catch up with."""
        self._keeper.tick(self.now)

    def settle(self) -> None:
        """Let the worker do all that is due."""
        for _ in range(MOST_TICKS):
            if not self._worker.tick():
                return
        raise AssertionError("the worker never comes to rest")

    def outlast(self) -> None:
        """Let work and time go on until nothing waits to be written; no decision may end as a dead letter."""
        for _ in range(MOST_TICKS):
            self.settle()
            with self.service.store.read() as tx:
                counts = outbox.counts(tx)
            assert counts[outbox.FAILED] == 0
            if counts[outbox.INTENDED] + counts[outbox.SENDING] == 0:
                return
            self.later(OUTAGE_SECONDS)
        raise AssertionError("something is never written")

    def prepare(self, waits_for: str | None) -> None:
        """The source holds the visit, one type of it not yet as it must be; the service has caught up with it."""
        for kind, resource in self.visit.resources().items():
            self.source.update({**resource, **NOT_YET[kind]} if kind == waits_for else resource)
        # Other tests' visits lie further back.
        watched = self._keeper.sources["had"]
        reach = replace(watched.reach, types=tuple(self.visit.resources()))
        catch_up(self.service.store, watched.client, reach, self.now, since=self.now - SKEW)
        self.keep_up()
        self.settle()
        self.later()

    def complete(self, kind: str) -> None:
        """The source stores what the visit waits for; it tells nobody."""
        self.source.update(self.visit.resources()[kind])

    def delete(self, kind: str) -> None:
        """The source deletes a resource of the visit; it tells nobody."""
        own_id = self.visit.resources()[kind]["id"]
        requests.delete(f"{self.base}/{kind}/{own_id}", timeout=30).raise_for_status()

    def next(self, kind: str) -> Content:
        """A resource of the finished visit as the source would send it next; it does not hold it."""
        resource = self.visit.resources()[kind]
        version = int(self.held(kind)["meta"]["versionId"]) + 1
        when = {"versionId": str(version), "lastUpdated": self.now.isoformat(timespec="milliseconds")}
        return {**resource, "meta": when}

    def held(self, kind: str) -> Content:
        """A resource of the visit as the source holds it."""
        own_id = self.visit.resources()[kind]["id"]
        (found,) = self.source.search(kind, {"_id": own_id})
        return found

    def status(self) -> str | None:
        """The status of the one charge of this name on the target; None where there is none."""
        found = self.charges()
        assert len(found) < 2
        return str(found[0]["status"]) if found else None

    def charges(self) -> list[dict[str, Any]]:
        """What the target holds under the charge's name."""
        return self.target.search_by_identifier("ChargeItem", *self.charge)

    def reviews(self) -> list[dict[str, Any]]:
        """The Tasks on the target that ask a person about the charge."""
        own = {f"ChargeItem/{charge['id']}" for charge in self.charges()}
        tasks = self.target.search("Task", {"_count": "1000"})
        return [task for task in tasks if task.get("focus", {}).get("reference") in own]


def _no_wait() -> threading.Event:
    """Whoever waits for it goes on at once: only the bench lets time go by."""
    made = threading.Event()
    made.set()
    return made
