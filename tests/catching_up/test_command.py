"""`adapter catch-up`, as an operator runs it."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from adapter.cli.main import main
from tests.catching_up.asking import encounter

HEADERS = {"Content-Type": "application/fhir+json"}


@pytest.fixture
def config(tmp_path: Path, server: str) -> Path:
    file = tmp_path / "adapter.toml"
    file.write_text(
        f'data_folder = "{tmp_path}"\n[sources.had]\nbase_url = "{server}"\n[sources.deaf]\ntime_zone = "UTC"\n'
        '[sources.off]\nbase_url = "http://127.0.0.1:9/fhir"\n',
        encoding="utf-8",
    )
    return file


def _run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *words])


def test_it_says_the_method_and_what_that_may_miss(config: Path, server: str) -> None:
    sent: dict[str, Any] = encounter("c1")
    del sent["subject"]
    requests.put(f"{server}/Encounter/c1", json=sent, headers=HEADERS, timeout=30).raise_for_status()
    assert _run(config, "migrate").exit_code == 0
    done = _run(config, "catch-up", "--source", "had", "--sweep", "--format", "json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["method"] == "_history"
    assert row["events"] >= 1
    assert row["guarantee"].startswith("Every version since then")
    assert list(row["types"])[:3] == ["Encounter", "CarePlan", "Observation"]
    assert row["sweep"]["read"] == 0
    again = _run(config, "catch-up", "--source", "had")
    assert again.stdout.startswith("had: 0 new events up to ")
    assert "deletions included" in again.stdout


def test_a_source_that_is_down_stops_no_other(config: Path) -> None:
    _run(config, "migrate")
    done = _run(config, "catch-up", "--since", "2026-01-01")
    assert done.exit_code == 4
    assert "off: the source does not answer" in done.stderr
    assert "had: " in done.stdout


@pytest.mark.parametrize(("name", "why"), [("deaf", "has no base_url"), ("none", "is not in the settings")])
def test_a_source_that_cannot_be_asked_is_named(config: Path, name: str, why: str) -> None:
    done = _run(config, "catch-up", "--source", name)
    assert done.exit_code == 2
    assert f"source '{name}' {why}" in done.stderr


def test_status_shows_in_one_line_how_far_a_source_is_known(config: Path) -> None:
    assert _run(config, "migrate").exit_code == 0
    assert _run(config, "catch-up", "--source", "had").exit_code == 0
    (line,) = [one for one in _run(config, "status").stdout.splitlines() if "caught-up" in one]
    assert "Z by _history" in line
    assert "Encounter" not in line
    told = json.loads(_run(config, "status", "--format", "json").stdout)
    (mark,) = [one for one in told["marks"] if one["mark"] == "caught-up"]
    assert json.loads(mark["value"])["Encounter"][1] == "_history"
