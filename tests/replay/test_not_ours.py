"""What belongs to somebody else never enters a person's record, whatever refers to it."""

from pathlib import Path

from tests.replay.visits import bundle, outcomes, replay, visit, write


def test_a_coverage_of_somebody_else_is_not_the_payer(tmp_path: Path) -> None:
    other = {"resourceType": "Patient", "id": "other"}
    coverage = {
        "resourceType": "Coverage",
        "id": "cov",
        "status": "active",
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PUBLICPOL"}]},
        "beneficiary": {"reference": "Patient/other"},
        "payor": [{"display": "AMO"}],
    }
    account = {
        "resourceType": "Account",
        "id": "acc",
        "status": "active",
        "coverage": [{"coverage": {"reference": "Coverage/cov"}}],
    }
    resources = [*visit(Encounter={"account": [{"reference": "Account/acc"}]}), other, coverage, account]
    write(tmp_path / "in" / "bundle.json", bundle(resources))
    replay(tmp_path / "in", "--out", tmp_path / "out")
    assert "Coverage/cov" not in (tmp_path / "out" / "Account.ndjson").read_text()
    coverage["beneficiary"] = {"reference": "Patient/p1"}
    write(tmp_path / "in" / "bundle.json", bundle(resources))
    replay(tmp_path / "in", "--out", tmp_path / "out")
    assert "Coverage/cov" in (tmp_path / "out" / "Account.ndjson").read_text()


def test_a_resource_that_moved_to_somebody_else_leaves(tmp_path: Path) -> None:
    doctor = [{"reference": "Practitioner/d1"}]
    other = {"resourceType": "Patient", "id": "other", "generalPractitioner": doctor}
    moved = visit(Encounter={"meta": {"versionId": "4"}, "subject": {"reference": "Patient/other"}})[2]
    write(tmp_path / "bundle.json", bundle([*visit(), other, moved]))
    decisions = replay(tmp_path).decisions
    assert outcomes(replay(tmp_path)) == ["incomplete"]
    assert decisions[0]["causes"] == ["https://had.example.org/fhir/Encounter/e1/_history/4"]
