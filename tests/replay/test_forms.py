"""Every form that FHIR files come in gives the same decision."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir.xml_text import to_xml
from tests.replay.visits import BASE, bundle, outcomes, replay, visit, write


@pytest.mark.parametrize("kind", ["transaction", "batch", "collection", "searchset", "history"])
def test_a_bundle_of_any_type_is_read(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "in" / "bundle.json", bundle(visit(), kind))
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == (["billable"], 0)


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (
            "document",
            {
                "resourceType": "Composition",
                "id": "x",
                "status": "final",
                "type": {"text": "summary"},
                "date": "2026-11-20",
                "author": [{"display": "x"}],
                "title": "x",
            },
        ),
        (
            "message",
            {
                "resourceType": "MessageHeader",
                "id": "x",
                "eventUri": "urn:example:event",
                "source": {"endpoint": "https://had.example.org"},
            },
        ),
    ],
)
def test_document_and_message_bundles_are_read(tmp_path: Path, kind: str, first: dict[str, Any]) -> None:
    write(tmp_path / "in" / "bundle.json", bundle([first, *visit()], kind))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_single_resources_in_one_folder_belong_together(tmp_path: Path) -> None:
    for resource in visit():
        write(tmp_path / "in" / f"{resource['resourceType']}.json", resource)
    assert outcomes(replay(tmp_path)) == ["billable"]


@pytest.mark.parametrize("packed", [False, True])
def test_ndjson_spread_over_files_is_read(tmp_path: Path, packed: bool) -> None:
    for resource in visit():
        line = json.dumps(resource).encode() + b"\n"
        name = tmp_path / f"{resource['resourceType']}.ndjson"
        if packed:
            name.with_suffix(".ndjson.gz").write_bytes(gzip.compress(line))
        else:
            name.write_bytes(line)
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_xml_is_read(tmp_path: Path) -> None:
    (tmp_path / "bundle.xml").write_bytes(to_xml(bundle(visit())))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_xml_and_json_of_one_visit_are_one(tmp_path: Path) -> None:
    (tmp_path / "bundle.xml").write_bytes(to_xml(bundle(visit())))
    write(tmp_path / "bundle.json", bundle(visit()))
    (decision,) = replay(tmp_path).decisions
    assert decision["causes"] == [f"{BASE}/Encounter/e1/_history/3"]


def test_r5_is_read_as_r4(tmp_path: Path) -> None:
    resources = visit()
    encounter = next(r for r in resources if r["resourceType"] == "Encounter")
    encounter.update(
        {
            "status": "completed",
            "class": [{"coding": [encounter["class"]]}],
            "actualPeriod": encounter.pop("period"),
            "participant": [{"actor": encounter["participant"][0]["individual"]}],
        }
    )
    document = next(r for r in resources if r["resourceType"] == "DocumentReference")
    document["context"] = document["context"]["encounter"]
    write(tmp_path / "bundle.json", bundle(resources))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_bundles_in_bundles_and_arrays_are_read(tmp_path: Path) -> None:
    resources = visit()
    inner = bundle(resources[:3])
    outer = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": inner}]}
    write(tmp_path / "in" / "all.json", [outer, bundle(resources[3:])])
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_an_older_version_in_a_history_gives_way(tmp_path: Path) -> None:
    older = visit(Encounter={"status": "in-progress", "meta": {"versionId": "2"}})[2]
    write(tmp_path / "bundle.json", bundle([*visit(), older], "history"))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_a_deleted_visit_is_no_occasion(tmp_path: Path) -> None:
    made = bundle(visit(), "history")
    made["entry"].append(
        {
            "fullUrl": f"{BASE}/Encounter/e1",
            "request": {"method": "DELETE", "url": "Encounter/e1"},
            "response": {"status": "204", "lastModified": "2026-11-21T08:00:00Z"},
        }
    )
    write(tmp_path / "bundle.json", made)
    assert outcomes(replay(tmp_path)) == []
