"""Bad input: one clear line each (file, place, what, remedy), the rest goes on, the exit code says so."""

import gzip
import json
from pathlib import Path

import pytest

from adapter.fhir.xml_text import to_xml
from tests.replay.visits import bundle, outcomes, replay, visit, write

_GOOD = json.dumps(bundle(visit()))
_XML = to_xml(bundle(visit()))
_NOISE = json.dumps({"resourceType": "Patient", "id": "other"}).encode()


def _changed(**changes: dict[str, object]) -> bytes:
    """The visit in an NDJSON line a resource would be too kind: as a Bundle, with one resource spoilt."""
    spoilt = visit(Encounter={"id": "bad", **changes.get("Encounter", {})})[2]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": spoilt}]}).encode()


@pytest.mark.parametrize(
    ("name", "content", "place", "code"),
    [
        ("broken.json", b'{"resourceType": "Bundle", "entry": [', "line 1", "bad-json"),
        ("utf8.json", b'{"resourceType": "Patient", "id": "\xff"}', "byte 35", "bad-json"),
        ("deep.json", b'{"resourceType":"Bundle","entry":' + b"[" * 3000 + b"]" * 3000 + b"}", "", "bad-json"),
        ("scalar.json", b"42", "", "not-fhir"),
        ("empty.json", b"", "line 1", "bad-json"),
        ("type.json", b'{"resourceType": "Palient", "id": "1"}', "", "unknown-type"),
        ("none.json", b'{"id": "1"}', "", "unknown-type"),
        ("status.json", _changed(Encounter={"status": "bidon"}), "entry[0].status", "not-r4"),
        ("date.json", _changed(Encounter={"period": {"start": "2026-13-45"}}), "entry[0].period.start", "not-r4"),
        ("extra.json", _changed(Encounter={"colour": "blue"}), "entry[0].colour", "not-r4"),
        ("target.json", _changed(Encounter={"serviceProvider": {"reference": "Patient/p1"}}), "entry[0]", "not-r4"),
        ("doctype.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>', "line 1", "bad-xml"),
        ("cut.xml", _XML[:400], "line", "bad-xml"),
        ("element.xml", b'<Patient xmlns="http://hl7.org/fhir"><colour value="1"/></Patient>', "line 1", "bad-xml"),
        ("line.ndjson", _NOISE + b"\n{oops\n" + _NOISE + b"\n", "line 2", "bad-json"),
        ("cut.json.gz", gzip.compress(_GOOD.encode())[:200], "", "unreadable"),
        ("notgz.json.gz", b"plain", "", "unreadable"),
    ],
)
def test_each_fault_has_a_line_and_the_rest_goes_on(
    tmp_path: Path, name: str, content: bytes, place: str, code: str
) -> None:
    (tmp_path / "good.json").write_text(_GOOD)
    (tmp_path / name).write_bytes(content)
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == (["billable"], 1)
    (line,) = [x for x in ran.stderr.splitlines() if name in x]
    assert line.endswith(f"[{code}]")
    assert place in line
    assert ";" in line, "what and remedy"


def test_a_doubled_key_in_a_resource_that_a_pack_reads(tmp_path: Path) -> None:
    text = _GOOD.replace('"status": "finished"', '"status": "finished", "status": "planned"')
    (tmp_path / "bundle.json").write_text(text)
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == ([], 1)
    assert "entry[2].status: Encounter left out: this key stands twice" in ran.stderr


def test_a_doubled_key_in_a_companion_that_was_only_scanned(tmp_path: Path) -> None:
    resources = visit()
    write(tmp_path / "visit.json", bundle(resources[2:4]))
    text = json.dumps(bundle([*resources[:2], resources[4]]))
    (tmp_path / "rest.json").write_text(
        text.replace('"docStatus"', "").replace('"current"', '"current", "status": "superseded"')
    )
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == (["incomplete"], 1)
    assert "rest.json:entry[2].status: DocumentReference left out" in ran.stderr


def test_a_doubled_key_where_no_pack_reads_is_nobodys_business(tmp_path: Path) -> None:
    noise = '{"resourceType": "Observation", "id": "1", "id": "2", "status": "final", "code": {"text": "x"}}'
    (tmp_path / "noise.json").write_text(noise)
    assert replay(tmp_path).exit_code == 0


def test_a_line_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_DOCUMENT_LIMIT", "2000")
    long = json.dumps({"resourceType": "Basic", "id": "x" * 5000}).encode()
    lines = [json.dumps(r).encode() for r in visit()]
    (tmp_path / "all.ndjson").write_bytes(b"\n".join([lines[0], long, *lines[1:]]) + b"\n")
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == (["billable"], 1)
    assert (
        "all.ndjson:line 2: is over the limit of 2000 bytes; raise `document_limit` or split it [too-long]"
        in ran.stderr
    )


def test_a_document_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_DOCUMENT_LIMIT", "100")
    (tmp_path / "bundle.json").write_text(_GOOD)
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == ([], 1)
    assert "[too-long]" in ran.stderr


def test_an_unsound_patient_leaves_the_person_out(tmp_path: Path) -> None:
    write(tmp_path / "bundle.json", bundle(visit(Patient={"gender": "bidon"})))
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == ([], 1)
    assert "entry[0].gender: Patient left out" in ran.stderr


@pytest.mark.parametrize("path", ["nowhere", "folder", "notes.txt"])
def test_a_path_that_gives_nothing(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    ran = replay(tmp_path / path)
    assert ran.exit_code == 1
    assert path in ran.stderr


def test_no_line_tells_who_it_is_about(tmp_path: Path) -> None:
    secret = "Zyxwvut"
    name = [{"family": secret, "given": [secret]}]
    resources = visit(Patient={"id": secret, "name": name, "gender": secret, "birthDate": secret})
    for resource in resources[2:]:
        resource["subject"] = {"reference": f"Patient/{secret}", "display": secret}
    resources[2]["status"] = secret
    write(tmp_path / "bundle.json", bundle(resources))
    ran = replay(tmp_path)
    assert ran.exit_code == 1
    assert secret not in ran.stderr
