"""References of every form resolve to the same person, doctor and visit."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.replay.visits import BASE, INS, RPPS, bundle, outcomes, replay, visit, write

_IPP = "identifier=urn:oid:1.2.3.4|IPP-1"


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/p1"},
        {"reference": f"{BASE}/Patient/p1"},
        {"reference": "Patient/p1/_history/7"},
        {"reference": f"Patient?{_IPP}"},
        {"reference": "Patient?identifier=urn%3Aoid%3A1.2.3.4%7CIPP-1"},
        {"type": "Patient", "identifier": {"system": INS["system"], "value": INS["value"]}},
        {"type": "Patient", "identifier": {"system": "urn:oid:1.2.3.4", "value": "IPP-1"}},
    ],
    ids=["relative", "absolute", "versioned", "conditional", "encoded", "logical-national", "logical-local"],
)
def test_the_subject_resolves(tmp_path: Path, reference: dict[str, Any]) -> None:
    write(tmp_path / "bundle.json", bundle(visit(Encounter={"subject": reference})))
    ran = replay(tmp_path)
    assert (outcomes(ran), ran.stderr.count("no-patient")) == (["billable"], 0)


def test_urn_references_of_a_transaction_resolve(tmp_path: Path) -> None:
    resources = copy.deepcopy(visit())
    names = {
        f"{r['resourceType']}/{r['id']}": f"urn:uuid:0000000{i}-0000-4000-8000-000000000000"
        for i, r in enumerate(resources)
    }
    entries = []
    for resource in resources:
        urn = names[f"{resource['resourceType']}/{resource.pop('id')}"]
        entries.append(
            {"fullUrl": urn, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
        )
    made: Any = {"resourceType": "Bundle", "type": "transaction", "entry": _renamed(entries, names)}
    write(tmp_path / "bundle.json", made)
    assert outcomes(replay(tmp_path)) == ["billable"]


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {k: names.get(v, v) if k == "reference" else _renamed(v, names) for k, v in node.items()}
    return [_renamed(child, names) for child in node] if isinstance(node, list) else node


@pytest.mark.parametrize(
    "individual",
    [
        {"reference": "#doctor"},
        {"identifier": RPPS},
        {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810001234567"}},
    ],
    ids=["contained", "logical", "logical-8-rpps"],
)
def test_the_doctor_resolves(tmp_path: Path, individual: dict[str, Any]) -> None:
    contained = [{"resourceType": "Practitioner", "id": "doctor", "identifier": [RPPS]}]
    changes = {"participant": [{"individual": individual}]}
    if individual.get("reference") == "#doctor":
        changes["contained"] = contained
    write(tmp_path / "bundle.json", bundle(visit(Encounter=changes)))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_a_practitioner_role_counts_as_its_practitioner(tmp_path: Path) -> None:
    role = {"resourceType": "PractitionerRole", "id": "role", "practitioner": {"reference": "Practitioner/d1"}}
    changes = {"participant": [{"individual": {"reference": "PractitionerRole/role"}}]}
    write(tmp_path / "bundle.json", bundle([*visit(Encounter=changes), role]))
    assert outcomes(replay(tmp_path)) == ["billable"]


def test_a_subject_that_is_not_there_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    stray = visit(Encounter={"id": "stray", "subject": {"reference": "Patient/gone"}})[2]
    write(tmp_path / "bundle.json", bundle([*visit(), stray]))
    ran = replay(tmp_path)
    assert outcomes(ran) == ["billable"]
    assert ran.exit_code == 1
    assert "entry[5]: Encounter left out: its Patient is not in the input" in ran.stderr
