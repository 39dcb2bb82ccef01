"""The sweep over what live charges rest on."""

from datetime import UTC, datetime
from typing import Any

from adapter.core.desired import Desired
from adapter.core.references import Key
from adapter.inbound.catching_up import Swept, sweep
from adapter.inbound.sources import SourceClient
from adapter.store import contents, marks, outbox
from adapter.store.engine import Store
from tests.catching_up.asking import encounter, inbox
from tests.catching_up.small_server import Reply, refused, small

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _charge(store: Store, id_: str, status: str, *rests_on: str) -> None:
    resource: dict[str, Any] = {
        "resourceType": "ChargeItem",
        "id": id_,
        "status": status,
        "supportingInformation": [{"reference": one} for one in rests_on],
    }
    with store.begin() as tx:
        outbox.intend(tx, outbox.DecisionKey("t", "p", "pack", "visit", (id_,)), [Desired(resource)], NOW)


def _held(store: Store, base: str, id_: str, version: str) -> None:
    with store.begin() as tx:
        contents.add(tx, contents.Content(Key(base, "Encounter", id_), version, "{}", version=version))


def _says(path: str, _: dict[str, str]) -> Reply:
    match path.rpartition("/")[2]:
        case "same":
            return 200, encounter("same", version="1"), {}
        case "changed":
            return 200, encounter("changed", version="2"), {}
        case "gone":
            return refused(410)
        case "denied":
            return refused(403)
    return refused(404)


def test_only_what_changed_or_went_is_news(store: Store) -> None:
    with small(_says) as server:
        ids = ("same", "changed", "gone", "lost", "denied")
        rests_on = [f"{server.base_url}/Encounter/{one}/_history/1" for one in ids]
        _charge(store, "c1", "billable", *rests_on[:3])
        _charge(store, "c2", "planned", rests_on[0], *rests_on[3:], "https://elsewhere.example.org/Encounter/x")
        _charge(store, "c3", "entered-in-error", f"{server.base_url}/Encounter/of-no-live-charge")
        for one in ids:
            _held(store, server.base_url, one, "1")
        client = SourceClient(server.base_url)
        swept = sweep(store, client, "had", NOW)
        assert sorted(server.asked) == sorted(f"Encounter/{one}" for one in ids)
        assert swept == Swept(read=5, changed=1, deleted=1, missing=1, refused=1)
        assert inbox(store) == [("update", "changed", "2"), ("delete", "gone", None)]
        sweep(store, client, "had", NOW)
        client.close()
    assert len(inbox(store)) == 2
    with store.read() as tx:
        assert marks.read(tx, "had", "swept")["missing"] == 1
