"""What is written: sound by independent validators, whole or not at all, and never over somebody's files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fhirkit
import pytest
from fhir.resources.R4B import get_fhir_model_class

from bench.inputs import write_spread
from tests.replay.visits import adapter, bundle, folder_bytes, replay, visit, write


def _every_outcome(folder: Path) -> None:
    """Persons who end billable, incomplete, refused and undecided."""
    spoilt = {
        "billable": {},
        "incomplete": {"DocumentReference": {"status": "superseded"}},
        "refused": {"Condition": {"abatementDateTime": "2026-10-15"}},
        "undecided": {
            "Patient": {
                "generalPractitioner": [
                    {"identifier": {"system": "https://rpps.esante.gouv.fr", "value": "10009999999"}}
                ]
            }
        },
    }
    for name, changes in spoilt.items():
        identifier = {"identifier": [{"system": "urn:example:ipp", "value": name}]}
        changes["Patient"] = {**changes.get("Patient", {}), **identifier}
        write(folder / name / "bundle.json", bundle(visit(**changes), base=f"https://{name}.example.org/fhir"))


def test_all_that_is_written_is_sound(tmp_path: Path) -> None:
    _every_outcome(tmp_path / "in")
    ran = replay(tmp_path / "in", "--out", tmp_path / "out")
    assert sorted(d["decision"] for d in ran.decisions) == ["billable", "incomplete", "refused", "undecided"]
    written = [json.loads(x) for f in (tmp_path / "out").glob("*.ndjson") for x in f.read_text().splitlines()]
    assert {r["resourceType"] for r in written} == {"Account", "ChargeItem", "Communication", "Provenance", "Task"}
    for resource in written:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert [str(p) for p in fhirkit.validate(resource) if "error" in str(p)] == []


def test_transaction_bundles_are_sound_and_conditional(tmp_path: Path) -> None:
    write(tmp_path / "in" / "bundle.json", bundle(visit()))
    replay(tmp_path / "in", "--out", tmp_path / "out", "--bundles")
    (file,) = (tmp_path / "out").glob("*.json")
    made = json.loads(file.read_text())
    get_fhir_model_class("Bundle").model_validate(made)
    requests = {e["resource"]["resourceType"]: e["request"] for e in made["entry"]}
    assert requests["Provenance"] == {"method": "POST", "url": "Provenance"}
    assert all(r["method"] == "PUT" and "?identifier=" in r["url"] for t, r in requests.items() if t != "Provenance")
    known = {e["fullUrl"] for e in made["entry"]}
    charge = next(e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == "ChargeItem")
    assert charge["account"][0]["reference"] in known


def test_ours_is_replaced_and_anybody_elses_refused(tmp_path: Path) -> None:
    write(tmp_path / "in" / "bundle.json", bundle(visit()))
    out = tmp_path / "out"
    assert replay(tmp_path / "in", "--out", out).exit_code == 0
    (out / "Task.ndjson").write_text("left over\n")
    assert replay(tmp_path / "in", "--out", out).exit_code == 0
    assert "Task.ndjson" not in folder_bytes(out)
    foreign = tmp_path / "foreign"
    write(foreign / "precious.json", {})
    ran = replay(tmp_path / "in", "--out", foreign)
    assert (ran.exit_code, list(folder_bytes(foreign))) == (2, ["precious.json"])
    assert "holds files that the adapter did not write" in ran.stderr


def test_nothing_to_write_is_an_empty_folder(tmp_path: Path) -> None:
    write(tmp_path / "in" / "bundle.json", bundle(visit()[:2]))
    ran = adapter("replay", tmp_path / "in", "--out", tmp_path / "out", "--as-of", "2026-01-01")
    assert ran.exit_code == 0
    assert list(folder_bytes(tmp_path / "out")) == [".adapter-replay"]


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_leaves_nothing_half_written(tmp_path: Path, blow: signal.Signals) -> None:
    (tmp_path / "in").mkdir()
    write_spread(tmp_path / "in", 3000)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "adapter", "replay", str(tmp_path / "in"), "--out", str(out), "--pack", "fr-vsp"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".out-*/ChargeItem.ndjson")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(running.pid, blow)
    _, told = running.communicate(timeout=60)
    assert not out.exists()
    if blow is signal.SIGINT:
        assert running.returncode == 130
        assert b"stopped; nothing was half-written" in told
        assert not list(tmp_path.glob(".out-*"))
