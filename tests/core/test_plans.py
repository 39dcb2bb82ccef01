"""Plans: only what we own is compared, only what differs is written, and nothing of others is lost."""

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from adapter.core.desired import Desired
from adapter.core.plans import OWNED, VOLATILE, Change, Kind, changes, corrections
from tests.outbound.visits import BILLABLE, INCOMPLETE, REFUSED, UNDECIDED, wanted

BASE = "https://billing.example.org/fhir"
SID = "https://adapter.example.org/sid"
TAG = {"system": "https://adapter.example.org/CodeSystem/pack", "version": "1", "code": "fr-vsp", "display": "rules a"}


def resource(kind: str, our_id: str, **fields: Any) -> dict[str, Any]:
    identifier = [{"system": f"{SID}/{kind.lower()}", "value": our_id}]
    return {"resourceType": kind, "id": our_id, "meta": {"tag": [TAG]}, "identifier": identifier, **fields}


def charge(**fields: Any) -> dict[str, Any]:
    basic = {
        "status": "billable",
        "subject": {"reference": "Patient/1"},
        "enterer": {"display": "adapter"},
        "enteredDate": "2026-11-21T00:00:00Z",
    }
    return resource("ChargeItem", "c", **{**basic, **fields})


def held(content: Mapping[str, Any], server_id: str = "17", **fields: Any) -> dict[str, Any]:
    """A resource as a server holds it."""
    made = {**copy.deepcopy(dict(content)), "id": server_id, **fields}
    made["meta"] = {**made["meta"], "versionId": "3", "lastUpdated": "2026-11-21T10:00:00Z"}
    return made


def plan(content: dict[str, Any], there: dict[str, Any] | None, **options: Any) -> tuple[Change, ...]:
    return changes([Desired(content, **options)], {content["id"]: there} if there else {}, BASE)


def updated(content: dict[str, Any], there: dict[str, Any], **options: Any) -> dict[str, Any]:
    (change,) = plan(content, there, **options)
    assert change.kind is Kind.UPDATE
    assert change.current == there
    return change.content


def test_what_is_not_there_is_created_without_our_id() -> None:
    (change,) = plan(charge(), None)
    assert change.kind is Kind.CREATE
    assert change.content == {n: v for n, v in charge().items() if n != "id"}


def test_a_correction_of_nothing_is_no_change() -> None:
    assert plan(charge(), None, only_if_written=True) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": {"status": "generated", "div": "<div/>"}},
        {"enteredDate": "2026-11-01T00:00:00Z"},
        {"priceOverride": {"value": Decimal("60.00"), "currency": "EUR"}},
        {"priceOverride": {"value": 60, "currency": "EUR", "id": "x", "extension": []}},
        {"account": [{"reference": f"{BASE}/Account/5"}]},
        {"supportingInformation": [{"reference": "Encounter/1", "display": "a visit"}]},
        {"costCenter": {"display": "theirs"}},
        {"note": [{"text": "theirs", "time": "2026-11-21"}]},
    ],
)
def test_what_servers_add_or_rewrite_is_no_change(fields: dict[str, Any]) -> None:
    content = charge(
        priceOverride={"value": Decimal(60), "currency": "EUR"},
        account=[{"reference": "urn:uuid:a"}],
        supportingInformation=[{"reference": "Encounter/1/_history/3"}],
    )
    account = resource("Account", "a", status="active")
    there = held({**content, "account": [{"reference": "Account/5"}], **fields})
    assert changes([Desired(account), Desired(content)], {"a": held(account, "5"), "c": there}, BASE) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "planned"},
        {"status": None},
        {"quantity": {"value": True}},
        {"quantity": {"value": 1, "unit": "点"}},
        {"supportingInformation": [{"reference": "Encounter/1/_history/2"}]},
        {"supportingInformation": []},
        {"overrideReason": "no longer wanted"},
        {"note": [{"text": "no longer wanted"}]},
        {"meta": {"tag": [{**TAG, "version": "0"}]}},
        {"meta": {}},
    ],
)
def test_what_we_own_and_want_otherwise_is_a_change(fields: dict[str, Any]) -> None:
    content = charge(quantity={"value": 1}, supportingInformation=[{"reference": "Encounter/1/_history/3"}])
    after = updated(content, held(content, **fields))
    ours = {n: v for n, v in content.items() if n not in ("id", "meta")}
    assert {n: v for n, v in after.items() if n not in ("id", "meta")} == ours
    assert after["meta"] == {"tag": [TAG]}


def test_another_digest_of_the_rules_alone_is_no_change_but_goes_with_one() -> None:
    there = held(charge(meta={"tag": [{**TAG, "display": "rules b"}]}))
    assert plan(charge(), there) == ()
    assert updated(charge(status="planned"), there)["meta"]["tag"] == [TAG]


def test_an_update_keeps_what_others_added() -> None:
    theirs = {"system": "https://billing.example.org", "value": "7"}
    signed = {"authorString": "caisse", "text": "vu"}
    there = held(
        charge(
            identifier=[theirs, *charge()["identifier"]],
            note=[signed, {"text": "old reason"}],
            costCenter={"display": "HAD"},
            text={"status": "additional", "div": "<div>vu</div>"},
        )
    )
    there["meta"].update(tag=[{"system": "urn:theirs", "code": "seen"}, TAG], source="https://billing.example.org")
    after = updated(charge(status="not-billable", note=[{"text": "new reason"}]), there)
    assert after["id"] == "17"
    assert after["identifier"] == there["identifier"]
    assert after["note"] == [signed, {"text": "new reason"}]
    assert after["costCenter"] == there["costCenter"]
    assert after["text"] == there["text"]
    assert after["meta"] == {"tag": there["meta"]["tag"], "source": "https://billing.example.org"}


def test_a_generated_narrative_does_not_outlive_its_content() -> None:
    there = held(charge(text={"status": "generated", "div": "<div>billable</div>"}))
    assert "text" not in updated(charge(status="planned"), there)


def test_a_correction_changes_the_state_and_its_reasons_only() -> None:
    there = held(charge(quantity={"value": 2}, account=[{"reference": "Account/5"}]))
    wanted_now = charge(status="aborted", quantity={"value": 1})
    after = updated(wanted_now, there, only_if_written=True)
    assert after["status"] == "aborted"
    assert (after["quantity"], after["account"]) == (there["quantity"], there["account"])
    assert plan(wanted_now, held(after), only_if_written=True) == ()


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "after"),
    [
        ("Communication", "in-progress", "completed", "completed"),
        ("Communication", "in-progress", "on-hold", "on-hold"),
        ("Communication", "in-progress", "preparation", "in-progress"),
        ("Communication", "completed", "in-progress", "completed"),
        ("Communication", "completed", "entered-in-error", "entered-in-error"),
        ("Communication", "entered-in-error", "completed", "entered-in-error"),
        ("Account", "active", "on-hold", "on-hold"),
        ("Task", "requested", "in-progress", "in-progress"),
        ("Task", "requested", "draft", "requested"),
        ("Task", "cancelled", "in-progress", "cancelled"),
        ("Task", "cancelled", "completed", "completed"),
        ("ChargeItem", "billable", "aborted", "billable"),
    ],
)
def test_a_status_is_not_moved_back(kind: str, ours: str, theirs: str, after: str) -> None:
    content = resource(kind, "x", status=ours, subject={"reference": "Patient/1"})
    made = plan(content, held(content, status=theirs))
    assert (made[0].content["status"] if made else theirs) == after


def test_what_we_said_was_not_done_may_be_done_after_all() -> None:
    reason = {"coding": [{"system": "https://adapter.example.org/CodeSystem/dmp-not-done", "code": "dmp-open"}]}
    content = resource("Communication", "x", status="completed", subject={"reference": "Patient/1"})
    after = updated(content, held(content, status="not-done", statusReason=reason))
    assert (after["status"], "statusReason" in after) == ("completed", False)
    theirs = {"coding": [{"system": "https://desk.example.org/reasons", "code": "dmp-open"}]}
    assert plan(content, held(content, status="not-done", statusReason=theirs)) == ()


def test_what_somebody_delivered_keeps_its_times() -> None:
    content = resource("Communication", "x", status="in-progress", sent="2026-11-21T00:00:00Z", topic={"text": "b"})
    times = {"sent": "2026-11-21T08:00:00Z", "received": "2026-11-21T09:00:00Z"}
    after = updated(content, held(content, status="completed", topic={"text": "a"}, **times))
    assert after["topic"] == {"text": "b"}
    assert {n: after[n] for n in times} == times


def test_a_finished_task_is_open_again_for_another_question() -> None:
    content = resource("Task", "x", status="requested", description="which day?")
    assert plan(content, held(content, status="completed")) == ()
    assert updated(content, held(content, status="completed", description="which doctor?"))["status"] == "requested"
    assert updated(content, held(content, status="accepted", description="which doctor?"))["status"] == "accepted"


def test_references_are_named_as_the_target_does() -> None:
    account = resource("Account", "a", status="active")
    content = charge(
        account=[{"reference": "urn:uuid:a"}],
        context={"reference": f"{BASE}/Encounter/1", "type": "Encounter"},
        supportingInformation=[{"reference": "urn:uuid:of-the-input"}, {"reference": "https://had.example.org/X/1"}],
    )
    first = changes([Desired(account), Desired(content)], {}, BASE)[1].content
    assert first["account"] == [{"reference": "urn:uuid:a"}]
    assert first["context"] == {"reference": "Encounter/1", "type": "Encounter"}
    assert first["supportingInformation"] == [
        {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:of-the-input"}},
        {"reference": "https://had.example.org/X/1"},
    ]
    (later,) = changes([Desired(account), Desired(content)], {"a": held(account, "5")}, BASE)
    assert later.content["account"] == [{"reference": "Account/5"}]


CREATED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "CREATE"}]}
PROVENANCE = {"resourceType": "Provenance", "id": "p", "recorded": "2026-11-21T00:00:00Z", "activity": CREATED}
ACCOUNT = resource("Account", "a", status="active")


class TestProvenance:
    def plan(self, written: dict[str, Any], **options: Any) -> tuple[Change, ...]:
        desired = [Desired({**PROVENANCE, "target": [{"reference": "urn:uuid:a"}, {"reference": "urn:uuid:c"}]})]
        return changes([Desired(ACCOUNT), *desired, Desired(charge())], written, BASE, **options)

    def test_comes_last_and_tells_of_what_changed(self) -> None:
        *_, provenance = self.plan({"a": held(ACCOUNT, "5")})
        assert provenance.content["target"] == [{"reference": "urn:uuid:c"}]
        assert provenance.content["activity"] == CREATED

    def test_of_updates_is_an_update(self) -> None:
        *_, provenance = self.plan({"a": held(ACCOUNT, "5"), "c": held(charge(), status="planned")})
        assert provenance.content["target"] == [{"reference": "ChargeItem/17"}]
        assert provenance.content["activity"]["coding"][0]["code"] == "UPDATE"

    def test_is_not_written_beside_nothing(self) -> None:
        assert self.plan({"a": held(ACCOUNT, "5"), "c": held(charge())}) == ()

    def test_is_written_for_changes_that_still_owe_it(self) -> None:
        owed = self.plan({})[:2]
        (provenance,) = self.plan({"a": held(ACCOUNT, "5"), "c": held(charge())}, owed=owed)
        assert provenance.content["target"] == [{"reference": "Account/5"}, {"reference": "ChargeItem/17"}]


class TestBilled:
    def asked(self, content: dict[str, Any], there: dict[str, Any], **options: Any) -> list[str]:
        desired = [Desired(content, **options)]
        assert changes(desired, {"c": there}, BASE) == ()
        return [task.resource["description"] for task in corrections(desired, {"c": there}, BASE)]

    def test_is_left_alone_where_it_is_what_we_want(self) -> None:
        assert self.asked(charge(note=[{"text": "ours"}]), held(charge(), status="billed")) == []

    def test_asks_a_person_where_the_charge_would_be_withdrawn(self) -> None:
        content = charge(status="not-billable", note=[{"text": "pas palliatif"}], quantity={"value": 1})
        there = held(charge(quantity={"value": 2}), status="billed")
        assert self.asked(content, there, only_if_written=True) == ["status: billed → not-billable\npas palliatif"]

    def test_asks_a_person_where_it_would_be_another_charge_and_names_nobody(self) -> None:
        money = {"value": Decimal("60.10"), "currency": "EUR"}
        content = charge(priceOverride=money, subject={"reference": "Patient/2"})
        there = held(charge(quantity={"value": 1, "unit": "点"}), status="billed")
        expected = "subject: … → …\nquantity: 1 点 → …\npriceOverride: … → 60.10 EUR"
        assert self.asked(content, there) == [expected]

    def test_asks_again_only_for_another_reason(self) -> None:
        there = {"c": held(charge(), status="billed")}

        def ids(status: str) -> list[str]:
            return [task.id for task in corrections([Desired(charge(status=status))], there, BASE)]

        assert ids("aborted") == ids("aborted") != ids("entered-in-error")

    def test_nothing_is_asked_of_a_charge_that_is_not_billed(self) -> None:
        assert corrections([Desired(charge(status="aborted"))], {"c": held(charge())}, BASE) == ()
        assert corrections([Desired(charge(status="aborted"))], {}, BASE) == ()


@pytest.mark.parametrize("variant", [BILLABLE, INCOMPLETE, UNDECIDED, REFUSED])
def test_every_field_that_decisions_write_is_owned(variant: dict[str, Any]) -> None:
    apart = {"resourceType", "id", "meta", "identifier"}
    for desired in wanted("owned", variant):
        if desired.type != "Provenance":
            assert set(desired.resource) - apart <= set(OWNED[desired.type])
    assert {name for names in OWNED.values() for name in names} >= VOLATILE
