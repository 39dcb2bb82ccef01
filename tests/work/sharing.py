"""A worker that shares documents: the person's record comes as events, documents leave by a road of the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adapter.dmp.pfi.messages import Correspondents
from adapter.dmp.preparing import Sharing
from adapter.dmp.transports.drop import FileDrop
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.writing import Writer
from adapter.store import dead_letters, work
from adapter.work import Surroundings, Worker
from adapter.work.surroundings import DMP, Road
from tests.dmp.site import packs, shareable, sharing
from tests.work.conftest import BASE, NOW, SOURCE, Running
from tests.work.targets import database

BETWEEN = Correspondents("ADAPTER", "HAD", "PFI", "CHU", processing="T")


@dataclass
class Sharer:
    """A running worker, the target of charges, and what it was told of documents."""

    running: Running
    target: EmbeddedTarget
    around: Surroundings
    versions: int = 0

    def be(self, **changes: Any) -> None:
        """Go on with other surroundings, as after a restart."""
        self.around = replace(self.around, **changes)
        running = self.running
        running.worker = Worker(self.around, "test", clock=lambda: running.now)

    def know(self, *resources: dict[str, Any]) -> None:
        """The person's record says this now; a minute goes by, and all that follows is done."""
        self.versions += 1
        self.running.later(minutes=1)
        meta = {"meta": {"versionId": str(self.versions + 3), "lastUpdated": self.running.now.isoformat()}}
        self.running.send(*({**resource, **meta} for resource in resources))
        self.running.settle()

    def look_again(self) -> None:
        """Look at everybody once more."""
        self.running.later(minutes=1)
        with self.running.store.begin() as tx:
            work.enqueue(tx, ["person:1"], self.running.now)
        self.running.settle()

    def found(self, kind: str) -> list[dict[str, Any]]:
        """What the target of charges holds."""
        return self.target.search(kind, {})

    def synthesis(self) -> dict[str, Any]:
        """The Communication of the document."""
        (one,) = [c for c in self.found("Communication") if c["topic"]["text"].startswith("Synthèse")]
        return one

    def charges(self) -> list[str]:
        """The states of all charges."""
        return [c["status"] for c in self.found("ChargeItem")]

    def wanted(self) -> list[tuple[str, str | None]]:
        """The states of what is wanted of documents."""
        with self.running.store.read() as tx:
            rows = tx.execute(sa.text("SELECT state, code FROM outbox WHERE target = :dmp"), {"dmp": DMP})
            return [(state, code) for state, code in rows]

    def letters(self) -> list[dead_letters.DeadLetter]:
        """What died."""
        with self.running.store.read() as tx:
            return dead_letters.dead_letters(tx, dead_letters.Chosen())


@contextmanager
def sharer(folder: Path, road: Road | None, how: Sharing | None = None) -> Iterator[Sharer]:
    """A worker with a road for documents; everything else goes to a database in its target's place."""
    with database(folder / "adapter.db") as store, database(folder / "target.db") as kept:
        target = EmbeddedTarget(kept)
        chosen = tuple(pack for pack in packs() if pack.id in ("fr-vsp", "fr-dmp"))
        around = Surroundings(
            *(store, chosen, b"a key", chosen[0].base, {"billing": Writer(target, lambda _s: None)}),
            target_of=lambda _type: "billing",
            bases={SOURCE: BASE},
            sharing=replace(how or sharing(), is_on=road is not None, language=None),
            road=road,
        )
        running = Running(store, None, None, NOW)  # type: ignore[arg-type]  # `be` gives it its worker
        made = Sharer(running, target, around)
        made.be()
        yield made


def dropping(folder: Path) -> Road:
    """The road of files, to a folder."""
    return Road(FileDrop(folder, BETWEEN))


def by_id(name: str, **changes: Any) -> dict[str, Any]:
    """One resource of the complete record, changed."""
    (one,) = [r for r in shareable() if r["id"] == name]
    return {**one, **changes}


OPPOSED = by_id("feeding", provision={"type": "deny"})
CLOSED = by_id("dmp-open", valueBoolean=False)
UNANNOUNCED = by_id("announced", valueBoolean=False)
