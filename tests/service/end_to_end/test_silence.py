"""What no notification tells: deletions, what happened while one side was down, and types without a Subscription."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapter.inbound.catching_up import Reach
from adapter.inbound.sources import SourceClient
from adapter.store import inbox
from adapter.store.engine import Store, migrate, open_store
from adapter.work.keeping import Keeper, Watched
from tests.servers import Answer, Request
from tests.service.end_to_end.persons import name_of, person
from tests.service.end_to_end.regions import Region, wait_for

pytestmark = pytest.mark.xdist_group("region")


def _subscriptions(region: Region) -> set[str]:
    return {one["status"] for source in region.sources for one in source.all("Subscription")}


def test_a_deletion_that_the_source_keeps_to_itself_is_found_by_catching_up(region: Region) -> None:
    one = person(71)
    region.hospital.put(*one.values())
    region.ends_with("p1-71", "billable")
    region.hospital.delete(name_of(one["Encounter"]))
    region.command("catch-up", "--source", "hospital")
    region.ends_with("p1-71")


def test_a_deletion_is_found_by_the_sweep_of_live_charges(region: Region) -> None:
    one = person(72)
    region.had.put(*one.values())
    region.ends_with("p1-72", "billable")
    region.had.delete(name_of(one["Encounter"]))
    # Nothing has happened since then: only the sweep can tell.
    words = ("--source", "had", "--sweep", "--since", "2099-01-01", "--format", "json")
    (row,) = json.loads(region.command("catch-up", *words))
    assert row["sweep"]["deleted"] >= 1
    region.ends_with("p1-72")


def test_what_happened_while_the_service_was_down_is_found_by_catching_up(region: Region) -> None:
    assert region.service.stop() == 0
    one = person(73)
    region.hospital.put(*one.values())
    # The source gives up: nothing will be repeated.
    wait_for(lambda: "error" in _subscriptions(region))
    region.service.start()
    region.command("catch-up", "--source", "hospital")
    region.ends_with("p1-73", "billable")
    region.command("subscribe", "renew", "--source", "hospital")
    wait_for(lambda: _subscriptions(region) == {"active"})


def test_what_happened_while_the_service_was_down_is_found_by_itself(region: Region, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(url)
    with closing(open_store(url)) as store, closing(SourceClient(region.hospital.base)) as client:
        watched = {"hospital": Watched(Reach("hospital", ("Encounter",)), client)}
        Keeper(store, watched, lambda *_: None).tick(datetime.now(UTC))
        before = _in_inbox(store)
        region.hospital.put(person(75)["Encounter"])
        Keeper(store, watched, lambda *_: None).tick(datetime.now(UTC))
        assert _in_inbox(store) > before


def _in_inbox(store: Store) -> int:
    with store.read() as tx:
        return sum(inbox.counts(tx).values())


def test_what_was_acknowledged_on_the_way_and_lost_is_found_by_catching_up(region: Region) -> None:
    with _lost_on_the_way(region, 4):
        region.had.put(*person(76).values())
    region.command("catch-up", "--source", "had")
    region.ends_with("p1-76", "billable")


def test_what_was_only_named_while_its_source_was_down_holds_nothing_up_when_that_is_back(region: Region) -> None:
    one = person(77)
    with _lost_on_the_way(region, 4):
        region.had.put(*one.values())
    region.had.stop()
    try:
        for resource in one.values():
            assert region.service.ask("PUT", f"/hooks/had/{name_of(resource)}")[0] == 200
    finally:
        region.had.start()
    # By itself a worker leaves a silent source alone for a minute; what comes whole is judged at once.
    region.command("catch-up", "--source", "had")
    wait_for(lambda: [one["status"] for one in region.charges("p1-77")] == ["billable"])


@contextmanager
def _lost_on_the_way(region: Region, number: int) -> Iterator[None]:
    """So many notifications of the HAD are answered for the service, which never sees them."""
    lost: list[Request] = []

    def fault(request: Request, forward: Callable[[], Answer]) -> Answer:
        if not request.path.startswith("/hooks/had"):
            return forward()
        lost.append(request)
        return Answer(200)

    region.way.fault = fault
    try:
        yield
        wait_for(lambda: len(lost) == number)
    finally:
        region.way.fault = None
