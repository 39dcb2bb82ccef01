"""From events in the inbox to charges on a target: corrections, deletions, late documents, dead letters."""

from tests.replay.visits import visit
from tests.work.conftest import Running


def _statuses(running: Running, before: set[str]) -> list[str]:
    return [c["status"] for c in running.written("ChargeItem") if c["id"] not in before]


def _known(running: Running) -> set[str]:
    return {c["id"] for c in running.written("ChargeItem")}


def test_a_visit_becomes_a_charge_whatever_the_order_of_events(running: Running) -> None:
    before = _known(running)
    running.send(*reversed(visit()))
    running.settle()
    assert _statuses(running, before) == ["billable"]


def test_a_late_document_wakes_a_waiting_charge(running: Running) -> None:
    before = _known(running)
    *others, document = visit()
    running.send(*others)
    running.settle()
    assert _statuses(running, before) == ["planned"]
    running.send(document)
    running.settle()
    assert _statuses(running, before) == ["billable"]


def test_a_deleted_visit_withdraws_its_charge(running: Running) -> None:
    before = _known(running)
    running.send(*visit())
    running.settle()
    encounter = visit()[2]
    running.later(minutes=1)
    running.send(encounter, interaction="delete")
    running.settle()
    assert _statuses(running, before) == ["entered-in-error"]


def test_a_correction_changes_the_same_charge(running: Running) -> None:
    before = _known(running)
    running.send(*visit())
    running.settle()
    ended = visit(Condition={"abatementDateTime": "2026-10-15", "meta": {"versionId": "9"}})[3]
    running.send(ended)
    running.settle()
    assert _statuses(running, before) in (["not-billable"], ["planned"])


def test_the_same_events_again_change_nothing(running: Running) -> None:
    running.send(*visit())
    running.settle()
    once = running.written("ChargeItem")
    running.send(*visit())
    running.settle()
    assert running.written("ChargeItem") == once


def test_an_unsound_resource_is_quarantined_and_stops_nobody(running: Running) -> None:
    before = _known(running)
    unsound = visit(Encounter={"id": "bad", "status": "bidon"})[2]
    running.send(unsound, *visit())
    running.settle()
    assert _statuses(running, before) == ["billable"]
    from adapter.store import inbox

    with running.store.read() as tx:
        assert inbox.counts(tx)["quarantined"] == 1


def test_many_events_of_one_person_cost_few_looks(running: Running) -> None:
    running.send(*visit())
    running.settle()
    for n in range(200):
        running.send(visit(Encounter={"meta": {"versionId": str(10 + n)}})[2])
    assert running.settle() <= 20


def test_a_doctor_who_becomes_known_makes_another_charge_that_the_first_one_names(running: Running) -> None:
    before = _known(running)
    doctor = visit()[1]
    unknown = visit(Practitioner={"identifier": [], "meta": {"versionId": "1"}})
    running.send(*unknown)
    running.settle()
    assert _statuses(running, before) == ["billable"]
    running.send({**doctor, "meta": {"versionId": "2"}})
    running.settle()
    charges = {c["status"]: c for c in running.written("ChargeItem") if c["id"] not in before}
    assert set(charges) == {"entered-in-error", "billable"}
    named = {"type": "ChargeItem", "identifier": charges["billable"]["identifier"][0]}
    assert named in charges["entered-in-error"]["supportingInformation"]


def test_an_account_that_no_charge_rests_on_any_more_was_a_mistake(running: Running) -> None:
    before = {a["id"] for a in running.target.search("Account", {"_count": "1000"})}

    def accounts() -> list[str]:
        return [a["status"] for a in running.target.search("Account", {"_count": "1000"}) if a["id"] not in before]

    running.send(*visit())
    running.settle()
    assert accounts() == ["active"]
    cancelled = visit(Encounter={"status": "cancelled", "meta": {"versionId": "4"}})[2]
    running.send(cancelled)
    running.settle()
    assert accounts() == ["entered-in-error"]
    running.send(visit(Encounter={"meta": {"versionId": "5", "lastUpdated": "2026-11-21T10:00:00Z"}})[2])
    running.settle()
    assert accounts() == ["active"]
    running.later(minutes=1)
    running.send(cancelled, interaction="delete")
    running.settle()
    assert accounts() == ["entered-in-error"]
