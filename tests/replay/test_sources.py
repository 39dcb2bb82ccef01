"""Resources of one person come from several servers; nobody else's may come along."""

from pathlib import Path

import pytest

from tests.replay.visits import BASE, INS, bundle, outcomes, replay, visit, write

_OTHER = "https://hospital.example.com/r4"


def _renumbered(**changes: object) -> list[dict[str, object]]:
    """The same person's visit under the other server's local ids."""
    resources = visit(**changes)
    for resource in resources:
        resource["id"] = f"x{resource['id']}"
    patient, _, encounter, condition, document = resources
    patient["generalPractitioner"] = [{"reference": "Practitioner/xd1"}]
    encounter["participant"] = [{"individual": {"reference": "Practitioner/xd1"}}]
    document["context"] = {"encounter": [{"reference": "Encounter/xe1"}]}
    for resource in (encounter, condition, document):
        resource["subject"] = {"reference": "Patient/xp1"}
    return resources


def test_one_visit_reported_by_two_servers_is_one_charge_that_cites_both(tmp_path: Path) -> None:
    write(tmp_path / "had.json", bundle(visit()))
    write(tmp_path / "hospital.json", bundle(_renumbered(), base=_OTHER))
    (decision,) = replay(tmp_path).decisions
    assert decision["decision"] == "billable"
    assert decision["causes"] == [f"{BASE}/Encounter/e1/_history/3", f"{_OTHER}/Encounter/xe1/_history/3"]


def test_what_one_server_lacks_the_other_gives(tmp_path: Path) -> None:
    had = [r for r in visit() if r["resourceType"] != "Condition"]
    hospital = [r for r in _renumbered() if r["resourceType"] in ("Patient", "Practitioner", "Condition")]
    write(tmp_path / "had.json", bundle(had))
    assert outcomes(replay(tmp_path)) == ["incomplete"]
    write(tmp_path / "hospital.json", bundle(hospital, base=_OTHER))
    assert outcomes(replay(tmp_path)) == ["billable"]


@pytest.mark.parametrize(
    "identifier",
    [
        {**INS, "use": "old"},
        {**INS, "use": "temp"},
        {**INS, "value": "279035121518988"},
        {**INS, "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NH"}]}},
    ],
    ids=["old", "temp", "wrong-check-digits", "nss"],
)
def test_no_join_on_what_is_not_a_qualified_identity(tmp_path: Path, identifier: dict[str, object]) -> None:
    write(tmp_path / "had.json", bundle(visit()))
    write(tmp_path / "hospital.json", bundle(_renumbered(Patient={"identifier": [identifier]}), base=_OTHER))
    decisions = replay(tmp_path).decisions
    assert len({d["person"] for d in decisions}) == 2


@pytest.mark.parametrize("change", [{"birthDate": "1979-03-06"}, {"gender": "male"}])
def test_a_contradiction_joins_nobody_and_asks(tmp_path: Path, change: dict[str, str]) -> None:
    write(tmp_path / "in" / "had.json", bundle(visit()))
    write(tmp_path / "in" / "hospital.json", bundle(_renumbered(Patient=change), base=_OTHER))
    ran = replay(tmp_path / "in", "--out", tmp_path / "out")
    assert len({d["person"] for d in ran.decisions}) == 2
    tasks = (tmp_path / "out" / "Task.ndjson").read_text()
    assert tasks.count("identity-conflict") == 2


def test_equal_local_ids_of_two_folders_are_two_people(tmp_path: Path) -> None:
    for name in ("one", "two"):
        resources = visit(Patient={"identifier": [{"system": f"urn:example:{name}", "value": "1"}]})
        write(tmp_path / name / "bundle.json", bundle(resources, base=None))
    decisions = replay(tmp_path).decisions
    assert [d["decision"] for d in decisions] == ["billable", "billable"]
    assert len({d["person"] for d in decisions}) == 2
