"""Catching up with a real FHIR server: by its history, by `_lastUpdated`, and by clinical time."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from adapter.inbound.catching_up import Method, Reach, catch_up
from adapter.inbound.sources import SourceClient
from adapter.store import marks
from adapter.store.engine import Store
from tests.catching_up.asking import encounter, inbox

HEADERS = {"Content-Type": "application/fhir+json"}


def _put(server: str, id_: str, **changed: object) -> None:
    sent = {**encounter(id_), **changed}
    sent.pop("subject")
    requests.put(f"{server}/Encounter/{id_}", json=sent, headers=HEADERS, timeout=30).raise_for_status()


def _of(store: Store, *ids: str) -> list[tuple[str, str, str | None]]:
    return sorted(one for one in inbox(store) if one[1] in ids)


def _now() -> datetime:
    return datetime.now(UTC)


def test_history_brings_every_version_and_the_deletion_once(store: Store, server: str) -> None:
    _put(server, "h1")
    _put(server, "h1", status="in-progress")
    _put(server, "h2")
    requests.delete(f"{server}/Encounter/h2", timeout=30).raise_for_status()
    client = SourceClient(server)
    done = catch_up(store, client, Reach("had", ("Encounter",)), _now())
    expected = [("delete", "h2", "2"), ("update", "h1", "1"), ("update", "h1", "2"), ("update", "h2", "1")]
    assert _of(store, "h1", "h2") == expected
    assert done.method is Method.HISTORY
    assert "deletions included" in done.guarantee
    again = catch_up(store, client, Reach("had", ("Encounter",)), _now())
    assert again.events == 0
    assert _of(store, "h1", "h2") == expected
    client.close()


def test_what_came_back_after_a_deletion_is_not_deleted(store: Store, server: str) -> None:
    _put(server, "b1")
    requests.delete(f"{server}/Encounter/b1", timeout=30).raise_for_status()
    _put(server, "b1", status="cancelled")
    client = SourceClient(server)
    catch_up(store, client, Reach("had", ("Encounter",)), _now())
    assert {one[0] for one in _of(store, "b1")} == {"update"}
    assert ("update", "b1", "3") in _of(store, "b1")
    client.close()


def test_history_older_than_the_instant_is_left_alone(store: Store, server: str) -> None:
    _put(server, "o1")
    client = SourceClient(server)
    done = catch_up(store, client, Reach("had", ("Encounter",)), _now(), since=_now() + timedelta(hours=1))
    assert done.events == 0
    assert inbox(store) == []
    client.close()


@pytest.mark.parametrize(
    ("reach", "method", "may_be_missed"),
    [
        (Reach("had", ("Encounter",), no_history=True), Method.LAST_UPDATED, "deletions are missed"),
        (Reach("had", ("Encounter",), no_history=True, no_last_updated=True), Method.CREATED, "late corrections"),
    ],
    ids=["last-updated", "created"],
)
def test_weaker_methods_bring_the_current_version_and_say_what_they_miss(
    store: Store, server: str, reach: Reach, method: Method, may_be_missed: str
) -> None:
    name = f"w-{method.value.strip('_').lower()}"
    now = _now()
    _put(server, name, period={"start": now.date().isoformat()})
    _put(server, name, period={"start": now.date().isoformat()}, status="in-progress")
    client = SourceClient(server)
    done = catch_up(store, client, reach, now)
    assert done.method is method
    assert may_be_missed in done.guarantee
    assert _of(store, name) == [("update", name, "2")]
    assert catch_up(store, client, reach, _now()).events == 0
    client.close()


def test_the_next_catch_up_goes_on_where_the_last_one_ended(store: Store, server: str) -> None:
    _put(server, "n1")
    client = SourceClient(server)
    later = _now() + timedelta(days=1)
    catch_up(store, client, Reach("had", ("Encounter",)), later)
    seen = len(inbox(store))
    _put(server, "n2")
    done = catch_up(store, client, Reach("had", ("Encounter",)), later)
    assert (done.events, len(inbox(store))) == (0, seen)
    assert catch_up(store, client, Reach("had", ("Encounter",)), later, since=_now()).events == 1
    with store.read() as tx:
        assert marks.read(tx, "had", "caught-up")["Encounter"][1] == "_history"
    client.close()
