"""Posting to a real FHIR server: what is wanted is written once, and then only what differs."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from adapter.core.desired import Desired
from adapter.outbound.client import Target
from adapter.outbound.posting import Posted, post
from tests.outbound.visits import (
    BILLABLE,
    ENTERED_IN_ERROR,
    INCOMPLETE,
    LONGER,
    REFUSED,
    UNDECIDED,
    one,
    wanted,
)

Group = tuple[Desired, ...]


@pytest.fixture
def person(request: pytest.FixtureRequest) -> str:
    """A person of this test's own."""
    return str(request.node.name)


def run(target: Target, *groups: Group) -> Posted:
    def never(_seconds: float) -> None:
        raise AssertionError("nothing should have to wait")

    return post(target, groups, sleep=never)


def there(target: Target, desired: Desired) -> dict[str, Any]:
    """What the server holds of a resource."""
    own = desired.resource["identifier"][0]
    (found,) = target.search_by_identifier(desired.type, own["system"], own["value"])
    return found


def versions(target: Target, group: Iterable[Desired]) -> dict[str, str]:
    identified = [d for d in group if "identifier" in d.resource]
    return {d.type: there(target, d)["meta"]["versionId"] for d in identified}


def provenances(target: Target, charge: Desired) -> list[dict[str, Any]]:
    held = there(target, charge)
    found = target.search("Provenance", {"target": f"ChargeItem/{held['id']}"})
    return sorted(found, key=lambda p: str(p["meta"]["lastUpdated"]))


def edit(target: Target, desired: Desired, **fields: Any) -> None:
    """Change a resource on the server as somebody else would."""
    target.update({**there(target, desired), **fields})


def test_all_that_a_decision_wants_is_written_with_references_that_resolve(target: Target, person: str) -> None:
    group = wanted(person, BILLABLE)
    posted = run(target, group)
    assert posted.created == {"Account": 1, "ChargeItem": 1, "Communication": 1, "Provenance": 1}
    assert not posted.updated
    assert not posted.failed
    account, charge, message = (there(target, one(group, t)) for t in ("Account", "ChargeItem", "Communication"))
    assert charge["status"] == "billable"
    assert charge["account"] == [{"reference": f"Account/{account['id']}"}]
    assert message["about"] == [{"reference": f"ChargeItem/{charge['id']}"}]
    (provenance,) = provenances(target, one(group, "ChargeItem"))
    addresses = [f"{r['resourceType']}/{r['id']}" for r in (account, charge, message)]
    assert [t["reference"] for t in provenance["target"]] == addresses


def test_a_second_run_changes_nothing(target: Target, person: str) -> None:
    group = wanted(person, BILLABLE)
    run(target, group)
    before = versions(target, group)
    again = run(target, wanted(person, BILLABLE, day=25))
    assert (again.created, again.updated, again.failed) == ({}, {}, [])
    assert again.unchanged == {"Account": 1, "ChargeItem": 1, "Communication": 1}
    assert versions(target, group) == before
    assert len(provenances(target, one(group, "ChargeItem"))) == 1


def test_a_changed_decision_updates_only_what_differs(target: Target, person: str) -> None:
    run(target, wanted(person, BILLABLE))
    group = wanted(person, LONGER, day=22)
    posted = run(target, group)
    assert (posted.created, posted.updated) == ({"Provenance": 1}, {"ChargeItem": 1})
    assert versions(target, group) == {"Account": "1", "ChargeItem": "2", "Communication": "1"}
    charge = there(target, one(group, "ChargeItem"))
    assert charge["occurrencePeriod"]["end"] == "2026-11-20T18:30:00+01:00"
    assert charge["enteredDate"] == "2026-11-22T00:00:00Z"
    _first, second = provenances(target, one(group, "ChargeItem"))
    assert second["target"] == [{"reference": f"ChargeItem/{charge['id']}"}]
    assert second["activity"]["coding"][0]["code"] == "UPDATE"


def test_a_refusal_after_billable_is_not_billable_with_its_reason(target: Target, person: str) -> None:
    run(target, wanted(person, BILLABLE))
    before = there(target, one(wanted(person, BILLABLE), "ChargeItem"))
    group = wanted(person, REFUSED)
    posted = run(target, group)
    assert posted.updated == {"ChargeItem": 1}
    after = there(target, one(group, "ChargeItem"))
    assert after["status"] == "not-billable"
    assert after["note"] == one(group, "ChargeItem").resource["note"]
    kept = ("account", "priceOverride", "occurrencePeriod", "performer")
    assert {n: after[n] for n in kept} == {n: before[n] for n in kept}
    assert run(target, group).unchanged == {"ChargeItem": 1}


@pytest.mark.parametrize("variant", [REFUSED, ENTERED_IN_ERROR])
def test_a_correction_of_nothing_writes_nothing(target: Target, person: str, variant: dict[str, Any]) -> None:
    assert str(run(target, wanted(person, variant))) == "nothing to write"


def test_a_decision_that_wants_nothing_is_passed_over(target: Target) -> None:
    assert run(target, (), ()) == Posted()


def test_a_withdrawn_charge_keeps_what_was_charged(target: Target, person: str) -> None:
    run(target, wanted(person, BILLABLE))
    run(target, wanted(person, ENTERED_IN_ERROR))
    charge = there(target, one(wanted(person, BILLABLE), "ChargeItem"))
    assert charge["status"] == "entered-in-error"
    assert charge["priceOverride"] == {"value": 60, "currency": "EUR"}
    assert charge["occurrencePeriod"]["start"] == "2026-11-20T16:00:00+01:00"


def test_what_was_missing_comes_in(target: Target, person: str) -> None:
    run(target, wanted(person, INCOMPLETE))
    group = wanted(person, BILLABLE)
    posted = run(target, group)
    assert posted.updated == {"ChargeItem": 1}
    assert posted.created == {"Communication": 1, "Provenance": 1}
    assert there(target, one(group, "ChargeItem"))["status"] == "billable"


def test_a_task_of_an_undecided_visit_is_moved_on_by_people(target: Target, person: str) -> None:
    group = wanted(person, UNDECIDED)
    run(target, group)
    charge = there(target, one(group, "ChargeItem"))
    assert there(target, one(group, "Task"))["focus"] == {"reference": f"ChargeItem/{charge['id']}"}
    edit(target, one(group, "Task"), status="completed")
    assert run(target, group).updated == {}
    assert there(target, one(group, "Task"))["status"] == "completed"


def test_a_billed_charge_is_not_touched_and_a_person_is_asked_once(target: Target, person: str) -> None:
    group = wanted(person, BILLABLE)
    run(target, group)
    edit(target, one(group, "ChargeItem"), status="billed")
    assert run(target, group).unchanged == {"Account": 1, "ChargeItem": 1, "Communication": 1}
    billed = there(target, one(group, "ChargeItem"))
    for _ in range(2):
        posted = run(target, wanted(person, ENTERED_IN_ERROR))
    assert posted.unchanged == {"ChargeItem": 1, "Task": 1}
    assert there(target, one(group, "ChargeItem")) == billed
    (task,) = target.search("Task", {"focus": f"ChargeItem/{billed['id']}"})
    assert task["status"] == "requested"
    assert task["description"] == "status: billed → entered-in-error"
    assert task["code"]["coding"][0]["code"] == "manual-correction"


def test_another_price_of_a_billed_charge_asks_a_person(target: Target, person: str) -> None:
    group = wanted(person, BILLABLE)
    run(target, group)
    edit(
        target,
        one(group, "ChargeItem"),
        status="billed",
        priceOverride={"value": Decimal("45.50"), "currency": "EUR"},
    )
    posted = run(target, group)
    assert posted.created == {"Task": 1, "Provenance": 1}
    held = there(target, one(group, "ChargeItem"))
    (task,) = target.search("Task", {"focus": f"ChargeItem/{held['id']}"})
    assert task["description"] == "priceOverride: 45.5 EUR → 60 EUR"


def test_two_matches_fail_one_decision_and_stop_no_other(target: Target, person: str) -> None:
    twice, sound = wanted(person, BILLABLE), wanted(f"{person} 2", BILLABLE)
    charge = {n: v for n, v in one(twice, "ChargeItem").resource.items() if n not in ("id", "account")}
    for _ in range(2):
        target.create(charge)
    posted = run(target, twice, sound)
    (failure,) = posted.failed
    our_id = one(twice, "ChargeItem").id
    assert (failure.type, failure.id, failure.code) == ("ChargeItem", our_id, "several-matches")
    assert str(failure).endswith("2 have our identifier; remove all but one [several-matches]")
    assert posted.created["ChargeItem"] == 1
    assert there(target, one(sound, "ChargeItem"))["status"] == "billable"
    own = one(twice, "Account").resource["identifier"][0]
    assert target.search_by_identifier("Account", own["system"], own["value"]) == []


def test_what_others_added_stays(target: Target, person: str) -> None:
    group = wanted(person, BILLABLE)
    run(target, group)
    charge = there(target, one(group, "ChargeItem"))
    theirs = {
        "identifier": [{"system": "https://billing.example.org", "value": "7"}, *charge["identifier"]],
        "meta": {"tag": [{"system": "https://billing.example.org/tags", "code": "seen"}, *charge["meta"]["tag"]]},
        "note": [{"authorString": "caisse", "text": "vu"}],
        "costCenter": {"display": "HAD"},
    }
    edit(target, one(group, "ChargeItem"), **theirs)
    assert run(target, group).updated == {}
    run(target, wanted(person, REFUSED))
    run(target, wanted(person, LONGER))
    after = there(target, one(group, "ChargeItem"))
    assert after["occurrencePeriod"]["end"] == "2026-11-20T18:30:00+01:00"
    assert after["status"] == "billable"
    assert {n: after[n] for n in ("identifier", "note", "costCenter")} == {
        n: theirs[n] for n in ("identifier", "note", "costCenter")
    }
    assert after["meta"]["tag"] == theirs["meta"]["tag"]  # type: ignore[index]  # a dict, as written above


def test_a_message_that_somebody_delivered_stays_delivered(target: Target, person: str) -> None:
    group = wanted(person, BILLABLE)
    run(target, group)
    delivered = {"status": "completed", "sent": "2026-11-21T08:00:00Z", "received": "2026-11-21T09:00:00Z"}
    edit(target, one(group, "Communication"), **delivered)
    assert run(target, group).updated == {}
    held = there(target, one(group, "Communication"))
    assert {n: held[n] for n in delivered} == delivered


def test_the_server_itself_as_source_is_named_by_local_references(server: str, target: Target, person: str) -> None:
    patient = target.create({"resourceType": "Patient"}).reference
    group = wanted(person, BILLABLE)
    one(group, "ChargeItem").resource["subject"]["reference"] = f"{server}/{patient}"
    run(target, group)
    assert there(target, one(group, "ChargeItem"))["subject"]["reference"] == patient
    assert run(target, group).updated == {}


def test_a_reference_into_the_input_alone_is_written_as_a_name(target: Target, person: str) -> None:
    group = wanted(person, BILLABLE)
    reference = "urn:uuid:0f8b0d0e-6c5c-4a52-9b5d-2f0a4f3f0001"
    one(group, "ChargeItem").resource["supportingInformation"] = [{"reference": reference}]
    run(target, group)
    named = [{"identifier": {"system": "urn:ietf:rfc:3986", "value": reference}}]
    assert there(target, one(group, "ChargeItem"))["supportingInformation"] == named
    assert run(target, group).updated == {}
