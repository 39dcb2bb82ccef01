"""One real server as source and target at once: what we wrote is no news, what others wrote is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapter.core.references import Key
from adapter.fhir.json_text import dumps, loads
from adapter.inbound.sources import SourceClient
from adapter.outbound.client import Target
from adapter.store import inbox
from adapter.store.lanes import lane_of
from tests.replay.visits import visit
from tests.servers import Gateway
from tests.work.conftest import SOURCE, Running
from tests.work.targets import audited, counts, database, worker

OURS = ("Account", "ChargeItem", "Communication")


class Both:
    """A worker whose only source is its only target, behind a gateway that sees what is asked."""

    def __init__(self, running: Running, gateway: Gateway, target: Target, source: SourceClient) -> None:
        self.gateway, self.target, self.base = gateway, target, gateway.base_url
        bases, sources = {SOURCE: self.base}, {self.base: source}
        self.running = worker(running, {"server": target}, {}, bases=bases, sources=sources)
        self.suffix = uuid4().hex[:8]
        self.encounter: dict[str, Any] = {}

    def tell(self, resource: dict[str, Any], body: bool = True, version: bool = True, gone: bool = False) -> None:
        """The source tells of a resource."""
        self.running.sent += 1
        key = Key(self.base, resource["resourceType"], resource["id"])
        content = dumps(resource).encode() if body and not gone else b""
        event = inbox.NewEvent(
            *(SOURCE, str(self.running.sent), lane_of(key), self.running.now, "delete" if gone else "update", content),
            type=key.type,
            resource_id=key.id,
            version=resource["meta"]["versionId"] if version else None,
        )
        with self.running.store.begin() as tx:
            inbox.accept(tx, [event])

    def write_visit(self) -> None:
        """A visit on the server, told id by id; settles."""
        text = dumps(visit(Patient={"identifier": []}))
        for name in ("p1", "d1", "e1", "c1", "r1"):
            text = text.replace(f'/{name}"', f'/{name}-{self.suffix}"').replace(
                f'"id":"{name}"', f'"id":"{name}-{self.suffix}"'
            )
        for resource in loads(text):
            self.target.update(resource)
            self.tell(resource, body=False, version=False)
            if resource["resourceType"] == "Encounter":
                self.encounter = resource
        self.running.settle()

    def ours(self, *kinds: str) -> list[dict[str, Any]]:
        """What the server holds of the person, of these types."""
        found = [one for kind in kinds for one in self.target.search(kind, {})]
        return [one for one in found if self.suffix in dumps(one.get("subject") or one.get("for"))]

    def cost(self) -> int:
        """Requests until all is settled."""
        before = len(self.gateway.seen)
        self.running.settle()
        return len(self.gateway.seen) - before


@pytest.fixture
def both(tmp_path: Path, server: str) -> Iterator[Both]:
    gateway = Gateway(server)
    with database(tmp_path / "adapter.db") as store, Target(gateway.base_url) as target:
        source = SourceClient(gateway.base_url)
        yield Both(Running(store, None, target), gateway, target, source)  # type: ignore[arg-type]  # made inside
        source.close()
    gateway.close()


def test_an_echo_costs_nothing_and_changes_nothing(both: Both) -> None:
    both.write_visit()
    written = both.ours(*OURS)
    assert {one["resourceType"] for one in written} >= {"ChargeItem", "Communication"}
    told = len(audited(both.running))
    for resource in written:
        both.tell(resource)
        both.tell(resource, body=False)
    assert both.cost() == 0
    assert both.ours(*OURS) == written
    assert len(audited(both.running)) == told


def test_an_echo_without_a_version_is_read_again_and_changes_nothing(both: Both) -> None:
    both.write_visit()
    written = both.ours(*OURS)
    both.tell(written[0], body=False, version=False)
    assert both.cost() > 0
    assert both.ours(*OURS) == written
    assert both.cost() == 0


def test_a_charge_that_was_billed_there_opens_a_task_when_it_was_wrong(both: Both) -> None:
    both.write_visit()
    (charge,) = both.ours("ChargeItem")
    both.target.update({**charge, "status": "billed"})
    (billed,) = both.ours("ChargeItem")
    both.tell(billed)
    assert both.cost() > 0
    assert both.ours("Task") == []
    mistaken = {**both.encounter, "status": "entered-in-error"}
    both.target.update(mistaken)
    both.tell(mistaken, body=False, version=False)
    both.running.settle()
    assert both.ours("ChargeItem") == [billed]
    assert [t["code"]["coding"][0]["code"] for t in both.ours("Task")] == ["manual-correction"]


def test_what_somebody_changed_of_ours_is_set_right(both: Both) -> None:
    both.write_visit()
    (charge,) = both.ours("ChargeItem")
    both.target.update({**charge, "status": "planned"})
    (meddled,) = both.ours("ChargeItem")
    both.tell(meddled, body=False)
    both.running.settle()
    assert both.ours("ChargeItem")[0]["status"] == "billable"
    assert set(counts(both.running)) == {"confirmed"}


def test_what_somebody_deleted_of_ours_is_not_written_again(both: Both) -> None:
    both.write_visit()
    (charge,) = both.ours("ChargeItem")
    both.tell(charge, gone=True)
    assert both.cost() == 0
    assert both.ours("ChargeItem") == [charge]
