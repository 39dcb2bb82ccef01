"""A plan as a Bundle: conditional on what was read, or on our identifier."""

from typing import Any

from adapter.core.desired import Desired
from adapter.core.plans import Change, Kind
from adapter.outbound.transactions import transaction_of

BASE = "https://billing.example.org/fhir"
IDENTIFIER = {"system": "https://adapter.example.org/sid/charge", "value": "c"}
CHARGE: dict[str, Any] = {"resourceType": "ChargeItem", "identifier": [IDENTIFIER]}


def entry(change: Change) -> dict[str, Any]:
    (made,) = transaction_of([change], BASE)["entry"]
    return dict(made)


def test_what_is_new_is_conditional_on_our_identifier() -> None:
    made = entry(Change(Kind.CREATE, Desired({**CHARGE, "id": "c"}), CHARGE))
    encoded = "https%3A%2F%2Fadapter.example.org%2Fsid%2Fcharge%7Cc"
    assert made["fullUrl"] == "urn:uuid:c"
    assert made["request"] == {"method": "PUT", "url": f"ChargeItem?identifier={encoded}"}


def test_what_is_there_is_replaced_in_the_version_that_was_read() -> None:
    held = {**CHARGE, "id": "17", "meta": {"versionId": "3"}}
    made = entry(Change(Kind.UPDATE, Desired({**CHARGE, "id": "c"}), held, held))
    assert made["fullUrl"] == f"{BASE}/ChargeItem/17"
    assert made["request"] == {"method": "PUT", "url": "ChargeItem/17", "ifMatch": 'W/"3"'}


def test_a_server_without_versions_cannot_be_asked_for_one() -> None:
    held = {**CHARGE, "id": "17"}
    made = entry(Change(Kind.UPDATE, Desired({**CHARGE, "id": "c"}), held, held))
    assert made["request"] == {"method": "PUT", "url": "ChargeItem/17"}


def test_a_provenance_is_created() -> None:
    provenance = {"resourceType": "Provenance"}
    made = entry(Change(Kind.CREATE, Desired({**provenance, "id": "p"}), provenance))
    assert made["request"] == {"method": "POST", "url": "Provenance"}
