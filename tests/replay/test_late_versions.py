"""A version that a later one replaced never counts, also where no pack reads the later one."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from adapter.replay import Options, Replay
from adapter.settings import Settings
from tests.dmp.site import packs
from tests.replay.visits import BASE, Ran, bundle, folder_bytes, outcomes, replay, visit, write

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_AMBULATORY = {"class": {"system": _ACT, "code": "AMB"}}
_REFERRAL = {"type": {"coding": [{"system": "http://loinc.org", "code": "57133-1"}]}}
_LATER = {"versionId": "4", "lastUpdated": "2026-11-20T19:00:00+01:00"}
_OTHER = {"resourceType": "Patient", "id": "p2", "birthDate": "1950-01-01"}


def _retyped(**members: Any) -> dict[str, Any]:
    """The visit's Encounter as one that no pack reads."""
    return {**visit()[2], **_AMBULATORY, "meta": _LATER, **members}


def _unversioned() -> list[dict[str, Any]]:
    return [{k: v for k, v in one.items() if k != "meta"} for one in visit()]


def _readings(ran: Ran) -> list[str]:
    (decision,) = ran.decisions
    (doubt,) = [f for f in decision["findings"] if f["criterion"] == "one-version"]
    return [reading.partition(": ")[2] for reading in doubt["readings"]]


@pytest.mark.parametrize("is_newest_first", [True, False])
def test_a_history_of_a_visit_that_was_retyped_is_no_charge(tmp_path: Path, is_newest_first: bool) -> None:
    resources = [_retyped(), *visit()] if is_newest_first else [*visit(), _retyped()]
    write(tmp_path / "history.json", bundle(resources, "history"))
    assert outcomes(replay(tmp_path)) == []


@pytest.mark.parametrize("base", [BASE, None])
@pytest.mark.parametrize("names", ["ab", "ba"])
def test_two_files_in_any_order(tmp_path: Path, names: str, base: str | None) -> None:
    write(tmp_path / f"{names[0]}.json", bundle(visit(), base=base))
    write(tmp_path / f"{names[1]}.json", bundle([_retyped()], base=base))
    assert outcomes(replay(tmp_path)) == []


@pytest.mark.parametrize("places", [*permutations("abc")])
def test_lines_of_several_files_in_any_order(tmp_path: Path, places: tuple[str, ...]) -> None:
    noise = [_retyped(id=f"noise-{number}") for number in range(20)]
    groups = ([*noise, _retyped(), *noise], visit()[2:3], [r for r in visit() if r["resourceType"] != "Encounter"])
    for name, group in zip(places, groups, strict=True):
        (tmp_path / f"{name}.ndjson").write_text("".join(json.dumps(one) + "\n" for one in group))
    ran = replay(tmp_path)
    assert outcomes(ran) == []
    assert f"{len(visit()) + 41} resources read, {len(visit()) + 1} kept, 0 problems" in ran.stderr


def test_one_line_among_very_many(tmp_path: Path) -> None:
    noise = "".join(json.dumps(_retyped(id=f"noise-{number}")) + "\n" for number in range(17_000))
    (tmp_path / "late.ndjson").write_text(noise + json.dumps(_retyped()) + "\n" + noise)
    write(tmp_path / "in.json", bundle(visit(), base=None))
    assert outcomes(replay(tmp_path)) == []


def test_a_report_that_was_retyped_settles_nothing(tmp_path: Path) -> None:
    report = visit()[-1]
    write(tmp_path / "in.json", bundle([*visit(DocumentReference={"meta": {"versionId": "1"}})]))
    assert outcomes(replay(tmp_path)) == ["billable"]
    write(tmp_path / "late.json", bundle([{**report, **_REFERRAL, "meta": {"versionId": "2"}}]))
    assert outcomes(replay(tmp_path)) == ["incomplete"]


def test_an_earlier_version_that_no_pack_reads_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "in.json", bundle([_retyped(meta={"versionId": "2"}), *visit()]))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_a_later_time_without_a_version_counts(tmp_path: Path) -> None:
    write(tmp_path / "in.json", bundle(visit()))
    write(tmp_path / "late.json", bundle([_retyped(meta={"lastUpdated": _LATER["lastUpdated"]})]))
    assert outcomes(replay(tmp_path)) == []


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_what_nothing_orders_is_undecided_and_both_are_shown(tmp_path: Path, names: str) -> None:
    unread = {k: v for k, v in _retyped().items() if k != "meta"}
    write(tmp_path / f"{names[0]}.json", bundle(_unversioned()))
    write(tmp_path / f"{names[1]}.json", bundle([unread]))
    ran = replay(tmp_path)
    assert outcomes(ran) == ["undecided"]
    assert sorted(_readings(ran)) == ["billable", "no occasion"]


@pytest.mark.parametrize("text", [f"text {number}" for number in range(4)])
def test_what_nothing_orders_against_another_person_s_is_undecided_whatever_its_digest(
    tmp_path: Path, text: str
) -> None:
    unread = _retyped(subject={"reference": "Patient/p2", "display": text})
    del unread["meta"]
    write(tmp_path / "in.json", bundle([*_unversioned(), _OTHER, unread]))
    ran = replay(tmp_path)
    assert outcomes(ran) == ["undecided"]
    assert sorted(_readings(ran)) == ["billable", "no occasion"]


def test_a_later_version_that_is_another_person_s_is_no_charge_and_no_look_at_them(tmp_path: Path) -> None:
    write(tmp_path / "in.json", bundle([*visit(), _OTHER, _retyped(subject={"reference": "Patient/p2"})]))
    assert outcomes(replay(tmp_path)) == []
    with Replay(Options(packs(), Settings().secret)) as run:
        run.read([tmp_path])
        assert [[p.key.id for p in judged.record.person.patients] for judged in run.persons()] == [["p1"]]


def test_the_same_id_on_another_server_is_another_visit(tmp_path: Path) -> None:
    write(tmp_path / "in.json", bundle(visit()))
    write(tmp_path / "other.json", bundle([_retyped()], base="https://other.example.org/fhir"))
    ran = replay(tmp_path)
    assert outcomes(ran) == ["billable"]
    assert f"{len(visit())} kept" in ran.stderr


@pytest.mark.parametrize(
    ("own_id", "url"),
    [
        ("e1", f"{BASE}/Encounter/e1"),
        ("another", f"{BASE}/Encounter/e1"),
        ("4", f"{BASE}/Encounter/e1/_history/4"),
        ("e1", "urn:uuid:0b7d46a0-60ef-52fc-965c-0369f4a56e5f"),
        (None, "urn:uuid:0b7d46a0-60ef-52fc-965c-0369f4a56e5f"),
    ],
)
def test_a_resource_is_known_by_what_its_entry_says(tmp_path: Path, own_id: str | None, url: str) -> None:
    documents = [bundle(visit()), bundle([_retyped()])]
    for document in documents:
        for entry in document["entry"]:
            if entry["resource"]["resourceType"] == "Encounter":
                entry["fullUrl"] = url
                entry["resource"]["id"] = own_id
                entry["resource"] = {k: v for k, v in entry["resource"].items() if v is not None}
            elif url.startswith("urn:"):
                del entry["fullUrl"]
    write(tmp_path / "in.json", documents[0])
    write(tmp_path / "late.json", documents[1])
    ran = replay(tmp_path)
    assert (outcomes(ran), f"{len(visit()) + 1} resources read" in ran.stderr) == ([], True)


def test_a_fault_in_what_nothing_read_replaces_is_not_told(tmp_path: Path) -> None:
    write(tmp_path / "in.json", bundle([*visit(), _retyped(id="noise", status="bidon")]))
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == (["billable"], 0)


def test_a_fault_in_an_earlier_version_that_no_pack_reads_is_not_told(tmp_path: Path) -> None:
    write(tmp_path / "in.json", bundle([*visit(), _retyped(meta={"versionId": "2"}, status="bidon")]))
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == (["billable"], 0)


def test_a_later_version_that_cannot_be_relied_on_is_told_and_stands_in_the_way(tmp_path: Path) -> None:
    write(tmp_path / "in.json", bundle([*visit(), _retyped(status="bidon", period="soon")]))
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == ([], 1)
    (line,) = [one for one in ran.stderr.splitlines() if "[not-r4]" in one]
    assert "entry[5]" in line


def test_duplicates_and_the_order_of_files_change_no_byte(tmp_path: Path) -> None:
    unread = {k: v for k, v in _retyped().items() if k != "meta"}
    entries = bundle([*_unversioned(), unread, _OTHER])["entry"]
    written = set()
    for number, ordered in enumerate((entries, entries[::-1], [*entries[3:], *entries, *entries[:4]])):
        folder = tmp_path / str(number)
        for place in range(2):
            collection = {"resourceType": "Bundle", "type": "collection", "entry": ordered[place::2]}
            write(folder / "in" / f"{place}.json", collection)
        replay(folder / "in", "--out", folder / "out")
        written.add(json.dumps({name: data.decode() for name, data in folder_bytes(folder / "out").items()}))
    assert len(written) == 1


@pytest.mark.parametrize("names", ["ab", "ba"])
@pytest.mark.parametrize("kind", ["Encounter", "DocumentReference"])
def test_a_later_version_that_cannot_be_read_leaves_it_to_a_person(tmp_path: Path, names: str, kind: str) -> None:
    resources = visit(DocumentReference={"meta": {"versionId": "1"}})
    (of_kind,) = [one for one in resources if one["resourceType"] == kind]
    write(tmp_path / f"{names[0]}.json", bundle(resources))
    write(tmp_path / f"{names[1]}.json", bundle([{**of_kind, "status": "done", "meta": _LATER}]))
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.exit_code) == (["undecided"], 1)
    assert "1 problem" in ran.stderr
    assert "billable" in _readings(ran)


def test_an_earlier_version_that_cannot_be_read_leaves_all_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "a.json", bundle(visit(Encounter={"meta": _LATER})))
    write(tmp_path / "b.json", bundle([{**visit()[2], "status": "done", "meta": {"versionId": "1"}}]))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_a_version_that_can_be_read_again_settles_it(tmp_path: Path) -> None:
    last = {"versionId": "5", "lastUpdated": "2026-11-20T20:00:00+01:00"}
    write(tmp_path / "a.json", bundle([*visit(), {**visit()[2], "status": "done", "meta": _LATER}], "history"))
    write(tmp_path / "b.json", bundle([{**visit()[2], "meta": last}]))
    assert outcomes(replay(tmp_path)) == ["billable"]
