"""What nothing wants any more is withdrawn, and a withdrawn charge names its successor, where that is plain."""

from typing import Any

from adapter.core.desired import Desired
from adapter.core.desired.withdrawals import left_over, naming_successors, withdrawn

VISIT = {"reference": "https://had.example.org/fhir/Encounter/e1"}


def charge(id_: str, code: str = "VSP", context: dict[str, Any] | None = VISIT) -> Desired:
    identifier = [{"system": "https://adapter.example.org/sid/charge", "value": id_}]
    more = {"context": context} if context else {}
    made = {"resourceType": "ChargeItem", "id": id_, "identifier": identifier, "status": "planned", "code": code}
    return Desired({**made, **more, "supportingInformation": [{"reference": "x"}]})


def _information(group: tuple[Desired, ...]) -> list[list[dict[str, Any]]]:
    return [one.resource["supportingInformation"] for one in group]


def test_a_withdrawn_charge_names_its_successor() -> None:
    named = {"type": "ChargeItem", "identifier": {"system": "https://adapter.example.org/sid/charge", "value": "new"}}
    once = naming_successors(withdrawn([charge("old")]), [charge("new"), charge("md", "MD")])
    assert _information(once) == [[{"reference": "x"}, named]]
    assert naming_successors(withdrawn(once), [charge("new")]) == once


def test_where_it_is_not_plain_nothing_is_said() -> None:
    old = withdrawn([charge("old")])
    none = withdrawn([charge("old", context=None)])
    assert naming_successors(old, [charge("a"), charge("b")]) == old
    assert naming_successors(none, [charge("new", context=None)]) == none
    assert naming_successors(old, [charge("new", context={"reference": "https://had.example.org/fhir/E/2"})]) == old
    assert naming_successors(old, withdrawn([charge("new")])) == old


def test_a_charge_and_a_question_that_do_not_hold_are_withdrawn_but_not_what_was_told() -> None:
    task, told = Desired({"resourceType": "Task", "id": "t"}), Desired({"resourceType": "Communication", "id": "m"})
    taken = {"ChargeItem", "Task", "Communication"}
    left = left_over([charge("a"), charge("b"), task, told], [charge("b")], taken)
    assert [(one.id, one.resource["status"], one.only_if_written) for one in left] == [
        ("a", "entered-in-error", True),
        ("t", "cancelled", True),
    ]
    assert left_over(left, [charge("b")], taken) == left


def test_what_another_target_takes_now_is_withdrawn() -> None:
    told = Desired({"resourceType": "Communication", "id": "m"})
    assert [one.resource["status"] for one in left_over([told], [], {"ChargeItem"})] == ["entered-in-error"]
