"""What one decision wants, among several targets: nothing is lost, doubled, or points where nobody can look."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapter.core.desired import Desired, split
from adapter.fhir.json_text import dumps
from tests.outbound.visits import BILLABLE, REFUSED, UNDECIDED, one, wanted

TARGETS = {"ChargeItem": "billing", "Account": "billing", "Communication": "dmp", "Task": "desk"}


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [text for child in node for text in _references(child)]
    if not isinstance(node, dict):
        return []
    own = [node["reference"]] if isinstance(node.get("reference"), str) else []
    return own + [text for child in node.values() for text in _references(child)]


@pytest.mark.parametrize("variant", [BILLABLE, REFUSED, UNDECIDED])
def test_each_resource_goes_to_the_target_of_its_type_and_stays_sound(variant: dict[str, Any]) -> None:
    group = wanted("split", variant)
    shares = split(group, TARGETS.__getitem__)
    placed = {(target, d.type) for target, share in shares.items() for d in share if d.type != "Provenance"}
    assert placed == {(TARGETS[d.type], d.type) for d in group if d.type != "Provenance"}
    assert sum(len(s) for s in shares.values()) == len(group) - 1 + len(shares)
    for share in shares.values():
        own = {f"urn:uuid:{d.id}" for d in share}
        for desired in share:
            assert {r for r in _references(desired.resource) if r.startswith("urn:uuid:")} <= own
            get_fhir_model_class(desired.type).model_validate_json(dumps(desired.resource))


def test_what_is_elsewhere_is_named_by_our_identifier() -> None:
    group = wanted("split", BILLABLE)
    communication = one(split(group, TARGETS.__getitem__)["dmp"], "Communication")
    charge = one(group, "ChargeItem").resource["identifier"][0]
    assert communication.resource["about"] == [{"type": "ChargeItem", "identifier": charge}]


def test_what_is_beside_it_keeps_its_address() -> None:
    group = wanted("split", BILLABLE)
    charge = one(split(group, TARGETS.__getitem__)["billing"], "ChargeItem")
    assert charge == one(group, "ChargeItem")


def test_each_target_gets_a_provenance_of_what_is_there() -> None:
    group = wanted("split", BILLABLE)
    for share in split(group, TARGETS.__getitem__).values():
        told = one(share, "Provenance").resource["target"]
        assert told == [{"reference": f"urn:uuid:{d.id}"} for d in share if d.type != "Provenance"]


def test_a_provenance_that_is_about_nothing_there_is_not_written() -> None:
    charge = Desired({"resourceType": "ChargeItem", "id": "c"}, only_if_written=True)
    message = Desired({"resourceType": "Communication", "id": "m"})
    about = Desired({"resourceType": "Provenance", "id": "p", "target": [{"reference": "urn:uuid:m"}]})
    assert split([charge, message, about], TARGETS.__getitem__) == {"billing": (charge,), "dmp": (message, about)}


def test_with_one_target_nothing_changes() -> None:
    group = wanted("split", UNDECIDED)
    assert split(group, lambda _type: "all") == {"all": group}
    assert split([], TARGETS.__getitem__) == {}
