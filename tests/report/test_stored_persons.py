"""`adapter report --db` tells of the service's database what `--in` tells of the files that its sources sent."""

from pathlib import Path

import pytest

from adapter.core.references import Key
from adapter.fhir.json_text import dumps
from adapter.mappings import load_packs
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.writing import Writer
from adapter.settings import Settings, load_settings
from adapter.store import inbox
from adapter.store.engine import migrate, open_store
from adapter.store.lanes import lane_of
from adapter.work import Surroundings, Worker
from adapter.work.loop import utc_now
from adapter.work.surroundings import EMBEDDED
from tests.replay.visits import Ran, adapter
from tests.report.test_report_command import PEOPLE, site

__all__ = ["site"]

BASE = "https://praksis.example.org/fhir"


def _keep(settings: Settings) -> None:
    """The service took everything in: each resource an event, and the worker came to rest."""
    migrate(settings.database_url)
    store = open_store(settings.database_url)
    try:
        with store.begin() as tx:
            for number, one in enumerate(PEOPLE):
                lane = lane_of(Key(BASE, one["resourceType"], one["id"]))
                said = (str(number), lane, utc_now(), "update", dumps(one).encode())
                inbox.accept(tx, [inbox.NewEvent("p", *said, type=one["resourceType"], resource_id=one["id"])])
        packs = load_packs(settings.site, settings.packs_folder, ["dk-palliation"])
        writers = {EMBEDDED: Writer(EmbeddedTarget(store), lambda _s: None)}
        worker = Worker(Surroundings(store, packs, settings.secret, packs[0].base, writers, bases={"p": BASE}), "test")
        while worker.tick():
            pass
    finally:
        store.close()


def _report(site: Path, *options: object) -> Ran:
    asked = ("--period", "2025-01-01/2025-06-30", "--insured", site / "insured.csv", "--as-of", "2025-12-31")
    return adapter("--config", site / "adapter.toml", "report", "dk-palliation", *asked, *options)


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_the_figures_are_those_of_the_files(site: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_DATABASE", f"sqlite:///{site / 'adapter.db'}")
    _keep(load_settings(site / "adapter.toml"))
    stored, read = _report(site, "--db", "--format", form), _report(site, "--in", site / "in", "--format", form)
    assert stored.exit_code == read.exit_code == 0
    assert stored.stdout == read.stdout
    assert "012345" in stored.stdout
    assert stored.stderr.splitlines()[-1].endswith("persons of the database read")


@pytest.mark.parametrize("options", [(), ("--db", "--in", ".")])
def test_it_is_one_or_the_other(site: Path, options: tuple[str, ...]) -> None:
    ran = _report(site, *options)
    assert (ran.exit_code, "either --in PATH or --db" in ran.stderr) == (2, True)


def test_without_a_database_it_says_what_to_do(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_DATABASE", f"sqlite:///{site / 'none.db'}")
    ran = _report(site, "--db")
    assert ran.exit_code != 0
    assert "adapter migrate" in ran.stderr
