"""`adapter subscribe` against a real FHIR server that notifies."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from adapter.cli.main import main
from adapter.store import marks
from adapter.store.engine import open_store
from tests.subscriptions.conftest import SECRET, Listening

HEADERS = {"Content-Type": "application/fhir+json"}


class Site:
    """The command with its settings, and what the source holds."""

    def __init__(self, config: Path, server: str, port: int) -> None:
        self.config, self.server = config, server
        self.endpoint = f"http://127.0.0.1:{port}"
        self.run("migrate")

    def run(self, *words: str) -> Result:
        """Run a command of the adapter."""
        done = CliRunner().invoke(main, ["--config", str(self.config), *words])
        assert SECRET not in done.output + done.stderr
        return done

    def subscribe(self, what: str, *words: str) -> dict[str, Any]:
        """Run a command of `subscribe` on the source `had`; its row."""
        done = self.run("subscribe", what, "--source", "had", "--format", "json", *words)
        assert done.exit_code == 0, done.output
        (row,) = json.loads(done.stdout)
        return dict(row)

    def ours(self) -> dict[str, dict[str, Any]]:
        """Our Subscriptions at the source, by what they are about."""
        page = requests.get(f"{self.server}/Subscription?_count=200", timeout=30).json()
        found = [entry["resource"] for entry in page.get("entry", [])]
        return {one["criteria"]: one for one in found if one["channel"]["endpoint"].startswith(self.endpoint)}


@pytest.fixture
def site(config: Path, server: str, listening: Listening) -> Iterator[Site]:
    made = Site(config, server, listening.server_address[1])
    yield made
    for one in made.ours().values():
        requests.delete(f"{server}/Subscription/{one['id']}", timeout=30)


def _soon(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_every_type_that_a_pack_reads_is_told_of(site: Site, listening: Listening) -> None:
    row = site.subscribe("apply", "--endpoint", site.endpoint)
    statement = requests.get(f"{site.server}/metadata", timeout=30).json()
    assert set(row["not told of"]).isdisjoint(one["type"] for one in statement["rest"][0]["resource"])
    about = [one["about"] for one in row["subscriptions"]]
    assert {"Encounter?", "CarePlan?", "Observation?"} < set(about)
    # The one topic of this server that tells of every change of a type.
    assert "http://sekmet.dev/fhir/SubscriptionTopic/patient-change" in about
    assert "Patient?" not in about
    assert _soon(lambda: all(one["status"] == "active" for one in site.ours().values()))
    sent = {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "weight"}}
    requests.put(f"{site.server}/Observation/o1", json=sent, headers=HEADERS, timeout=30).raise_for_status()
    assert _soon(lambda: ("/hooks/had/Observation/o1", SECRET) in listening.came)


def test_applying_again_changes_nothing(site: Site) -> None:
    first = site.subscribe("apply", "--endpoint", site.endpoint)
    assert {one["what"] for one in first["done"]} == {"create"}
    _soon(lambda: all(one["status"] == "active" for one in site.ours().values()))
    before = site.ours()
    assert site.subscribe("apply", "--endpoint", site.endpoint)["done"] == []
    assert site.subscribe("apply")["done"] == []
    assert site.ours() == before


def test_what_failed_or_ends_soon_is_renewed(site: Site) -> None:
    site.subscribe("apply", "--endpoint", site.endpoint)
    _soon(lambda: all(one["status"] == "active" for one in site.ours().values()))
    for about, changed in (("Encounter?", {"status": "off"}), ("CarePlan?", {"end": "2026-01-01T00:00:00Z"})):
        one = site.ours()[about] | changed
        requests.put(f"{site.server}/Subscription/{one['id']}", json=one, headers=HEADERS, timeout=30)
    gone = site.ours()["Observation?"]["id"]
    requests.delete(f"{site.server}/Subscription/{gone}", timeout=30)
    row = site.subscribe("renew")
    assert {(one["about"], one["what"]) for one in row["done"]} == {
        ("Encounter?", "reactivate"),
        ("CarePlan?", "renew"),
    }
    assert "Observation" in row["not told of"]
    assert "CarePlan" not in row["not told of"]
    assert _soon(lambda: site.ours()["Encounter?"]["status"] == "active")
    assert site.ours()["CarePlan?"]["end"] > "2026-06"
    absent = [one for one in site.subscribe("status")["subscriptions"] if one["status"] == "absent"]
    assert [one["about"] for one in absent] == ["Observation?"]


def test_only_ours_are_removed(site: Site) -> None:
    site.subscribe("apply", "--endpoint", site.endpoint)
    theirs = dict(site.ours()["Encounter?"])
    del theirs["id"]
    theirs["channel"] = {**theirs["channel"], "endpoint": f"{site.endpoint}/hooks/had/other"}
    made = requests.post(f"{site.server}/Subscription", json=theirs, headers=HEADERS, timeout=30).json()
    row = site.subscribe("remove")
    assert {one["what"] for one in row["done"]} == {"delete"}
    assert [one["id"] for one in site.ours().values()] == [made["id"]]


def test_what_is_covered_is_noted_for_the_worker(site: Site) -> None:
    row = site.subscribe("apply", "--endpoint", site.endpoint)
    store = open_store(f"sqlite:///{site.config.parent / 'adapter.db'}")
    with store.read() as tx:
        noted, endpoint = marks.read(tx, "had", "subscribed"), marks.read(tx, "had", "endpoint")
    store.close()
    assert endpoint == f"{site.endpoint}/hooks/had"
    assert {name: (one["types"], one["counts"]) for name, one in noted.items()} == {
        one["id"]: (one["types"], "://" in one["about"]) for one in row["subscriptions"]
    }


def test_the_settings_may_say_where_sources_reach_us(site: Site) -> None:
    site.config.write_text(f'public_url = "{site.endpoint}/"\n{site.config.read_text()}')
    site.subscribe("apply")
    assert {one["channel"]["endpoint"] for one in site.ours().values()} == {f"{site.endpoint}/hooks/had"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--source", "had"), 2, "nothing was applied to 'had' yet"),
        (("--source", "had", "--endpoint", "http://adapter.example.org"), 2, "would be read on the way"),
        (("--source", "had", "--endpoint", "https://adapter.example.org/?a=b"), 2, "without user, query"),
        (("--source", "open", "--endpoint", "https://adapter.example.org"), 1, "[no-hook-secret]"),
    ],
)
def test_what_would_not_be_safe_is_refused(site: Site, words: tuple[str, ...], code: int, said: str) -> None:
    done = site.run("subscribe", "apply", *words)
    assert (done.exit_code, said in done.stderr) == (code, True), done.stderr
    assert site.ours() == {}
