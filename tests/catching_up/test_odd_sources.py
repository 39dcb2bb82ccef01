"""Sources that lack a method, answer oddly, or would lead us elsewhere."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from adapter.inbound.catching_up import Method, Reach, catch_up
from adapter.inbound.catching_up.running import NothingWorks
from adapter.inbound.sources import SourceClient, SourceUnavailable
from adapter.store import marks
from adapter.store.engine import Store
from tests.catching_up.asking import encounter, inbox
from tests.catching_up.small_server import Reply, Small, bundle, found, refused, small

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RECENT = "2026-11-21T11:00:00Z"
REACH = Reach("had", ("Encounter",))


def _catch_up(store: Store, server: Small, reach: Reach = REACH) -> Any:
    client = SourceClient(server.base_url)
    try:
        return catch_up(store, client, reach, NOW)
    finally:
        client.close()


def test_a_source_that_disregards_last_updated_is_asked_by_clinical_time(store: Store) -> None:
    def says(path: str, parameters: dict[str, str]) -> Reply:
        if path != "Encounter":
            return refused()
        if "date" in parameters:
            assert parameters["date"] <= "ge2026-10-20"
            return found(encounter("e1", RECENT, "4"))
        return found(encounter("old", "2020-01-01T00:00:00Z", "1"))

    with small(says) as server:
        done = _catch_up(store, server)
    assert done.method is Method.CREATED
    assert inbox(store) == [("update", "e1", "4")]


def test_without_versions_a_content_is_one_event_until_it_changes(store: Store) -> None:
    shown = [encounter("e1")]

    def says(path: str, parameters: dict[str, str]) -> Reply:
        return found(*shown) if "date" in parameters else refused()

    with small(says) as server:
        assert [_catch_up(store, server).events, _catch_up(store, server).events] == [1, 0]
        shown[0] = encounter("e1") | {"status": "cancelled"}
        assert _catch_up(store, server).events == 1
        shown[0] = encounter("e1")
        assert [_catch_up(store, server).events, _catch_up(store, server).events] == [1, 0]


def test_a_type_that_is_refused_in_every_way_is_named_and_stays_where_it_was(store: Store) -> None:
    def says(path: str, parameters: dict[str, str]) -> Reply:
        return found(encounter("e1", RECENT, "1")) if path == "Encounter" else refused(403)

    with small(says) as server:
        done = _catch_up(store, server, Reach("had", ("Encounter", "Observation")))
    assert done.types == {"Encounter": Method.LAST_UPDATED}
    assert done.unread == ("Observation",)
    with store.read() as tx:
        assert set(marks.read(tx, "had", "caught-up")) == {"Encounter"}


def test_a_source_that_refuses_everything_is_an_error_and_moves_no_mark(store: Store) -> None:
    with small(lambda _path, _parameters: refused(403)) as server, pytest.raises(NothingWorks) as raised:
        _catch_up(store, server)
    assert raised.value.code == "no-catch-up"
    with store.read() as tx:
        assert marks.all_of(tx, "had") == {}


def _pages(following: str) -> Any:
    def says(path: str, parameters: dict[str, str]) -> Reply:
        if "_lastUpdated" in parameters or path == "more":
            return found(encounter("e1", RECENT, "1"), following=following)
        return found() if "date" in parameters else refused()

    return says


@pytest.mark.parametrize(
    "following",
    ["more", "http://127.0.0.1:9/fhir/more", "/elsewhere", "/fhirmore", "/fhir/%2e%2e/more"],
    ids=["loop", "other-host", "other-path", "prefix", "climbs"],
)
def test_pages_that_lead_astray_are_not_followed_and_end_the_method(store: Store, following: str) -> None:
    with small(_pages(following)) as server:
        done = _catch_up(store, server)
        assert server.asked.count("more") <= 1
        assert set(server.asked) <= {"metadata", "Encounter", "Encounter/_history", "more"}
    assert done.method is Method.CREATED
    assert inbox(store) == [("update", "e1", "1")]


def test_a_busy_source_is_asked_again_later_and_what_came_before_is_kept(store: Store) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    def says(path: str, _: dict[str, str]) -> Reply:
        if path == "more":
            return refused(503, Retry_After=until)
        if path == "Encounter/_history":
            entry = {"resource": encounter("e1", RECENT, "1"), "request": {"method": "PUT", "url": "Encounter/e1"}}
            return bundle("history", entry, following="more")
        return refused()

    with small(says) as server, pytest.raises(SourceUnavailable) as raised:
        _catch_up(store, server)
    assert 60 < (raised.value.retry_after or 0) <= 90
    assert inbox(store) == [("update", "e1", "1")]
    with store.read() as tx:
        assert marks.read(tx, "had", "caught-up") is None


def test_a_history_that_forgets_since_ends_where_it_grows_old(store: Store) -> None:
    def says(path: str, parameters: dict[str, str]) -> Reply:
        if path != "Encounter/_history":
            return refused()
        page = int(parameters.get("page", "0"))
        at = RECENT if page == 0 else "2020-01-01T00:00:00Z"
        entry = {"resource": encounter(f"e{page}", at, "1"), "request": {"method": "PUT", "url": f"Encounter/e{page}"}}
        return bundle("history", entry, following=f"Encounter/_history?page={page + 1}")

    with small(says) as server:
        done = _catch_up(store, server)
        assert server.asked.count("Encounter/_history") == 2
    assert done.method is Method.HISTORY
    assert inbox(store) == [("update", "e0", "1")]


def test_a_history_entry_says_deleted_and_the_source_says_gone(store: Store) -> None:
    entry = {
        "fullUrl": "http://elsewhere.example.org/fhir/Encounter/e1",
        "request": {"method": "DELETE", "url": "Encounter/e1"},
        "response": {"status": "204", "lastModified": RECENT},
    }

    def says(path: str, _: dict[str, str]) -> Reply:
        return bundle("history", entry) if path == "Encounter/_history" else refused(410)

    with small(says) as server:
        assert [_catch_up(store, server).events, _catch_up(store, server).events] == [1, 0]
    assert inbox(store) == [("delete", "e1", None)]


def test_a_type_that_the_source_does_not_list_is_tried_and_may_fail(store: Store) -> None:
    listed = {"rest": [{"mode": "server", "resource": [{"type": "Encounter"}]}]}

    def says(path: str, _: dict[str, str]) -> Reply:
        match path:
            case "metadata":
                return 200, listed, {}
            case "Encounter" | "Goal":
                return found(encounter("e1", RECENT, "1") | {"resourceType": path})
        return refused(500 if path.startswith("Flag") else 404)

    with small(says) as server:
        done = _catch_up(store, server, Reach("had", ("Encounter", "Flag", "Goal", "Task")))
    assert set(done.types) == {"Encounter", "Goal"}
    assert done.unread == ()
    assert len(inbox(store)) == 2
