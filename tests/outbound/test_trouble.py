"""A target that fails on the way: the real server behind a gateway that cuts, refuses and garbles."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapter.core.desired import Desired
from adapter.fhir.json_text import dumps
from adapter.outbound.client import Target
from adapter.outbound.posting import Posted, post
from tests.outbound.visits import BILLABLE, LONGER, NIR, one, wanted
from tests.servers import Answer, Fault, Gateway, Request

ALL = {"Account": 1, "ChargeItem": 1, "Communication": 1, "Provenance": 1}
CHARGES = "/fhir/ChargeItem"
BUNDLES = "/fhir"
PROVENANCES = "/fhir/Provenance"

Forward = Callable[[], Answer]


@pytest.fixture
def troubled(gateway: Gateway) -> Iterator[Target]:
    with Target(gateway.base_url, timeouts=(5, 5)) as target:
        yield target


@pytest.fixture
def group(request: pytest.FixtureRequest) -> tuple[Desired, ...]:
    return wanted(str(request.node.name), BILLABLE)


class Run:
    """A run whose waits are noted instead of waited."""

    def __init__(self, target: Target, *groups: tuple[Desired, ...]) -> None:
        self.waits: list[float] = []
        self.posted: Posted = post(target, groups, sleep=self.waits.append)


def first(times: int, path: str, fault: Fault) -> Fault:
    """The fault for the first so many writes to a path, and no fault after."""
    left = [times]

    def answer(request: Request, forward: Forward) -> Answer | None:
        if request.path != path or request.method != "POST" or not left[0]:
            return forward()
        left[0] -= 1
        return fault(request, forward)

    return answer


def without_transactions(fault: Fault | None = None) -> Fault:
    """A server whose CapabilityStatement names no transactions."""

    def answer(request: Request, forward: Forward) -> Answer | None:
        if request.path == "/fhir/metadata":
            statement = json.loads(forward().body)
            statement["rest"][0]["interaction"] = [{"code": "batch"}]
            return Answer(200, {"Content-Type": "application/fhir+json"}, json.dumps(statement).encode())
        return fault(request, forward) if fault else forward()

    return answer


def hang_up(_request: Request, _forward: Forward) -> None:
    """Nothing reaches the server, nothing comes back."""


def lose(_request: Request, forward: Forward) -> None:
    """The server does it, and nobody hears of it."""
    forward()


def busy(seconds: str) -> Fault:
    return lambda _request, _forward: Answer(503, {"Retry-After": seconds})


def writes(gateway: Gateway, path: str = BUNDLES) -> int:
    return sum(1 for r in gateway.seen if r.method == "POST" and r.path == path)


def there(target: Target, desired: Desired) -> dict[str, Any]:
    own = desired.resource["identifier"][0]
    (found,) = target.search_by_identifier(desired.type, own["system"], own["value"])
    return found


def provenances(target: Target, group: tuple[Desired, ...]) -> list[dict[str, Any]]:
    return target.search("Provenance", {"target": f"ChargeItem/{there(target, one(group, 'ChargeItem'))['id']}"})


def half(_request: Request, forward: Forward) -> Answer:
    return replace(forward(), cut=40)


def nonsense(_request: Request, forward: Forward) -> Answer:
    forward()
    return Answer(200, {"Content-Type": "text/html"}, b"<html>proxy</html>")


def failing(_request: Request, forward: Forward) -> Answer:
    forward()
    return Answer(500)


def other_bundle(_request: Request, forward: Forward) -> Answer:
    forward()
    return Answer(200, {}, b'{"resourceType": "Bundle", "type": "batch-response", "entry": []}')


@pytest.mark.parametrize("fault", [lose, half, nonsense, failing, other_bundle])
def test_after_a_lost_answer_nothing_is_sent_again(
    gateway: Gateway, troubled: Target, group: tuple[Desired, ...], fault: Fault
) -> None:
    gateway.fault = first(1, BUNDLES, fault)
    run = Run(troubled, group)
    assert run.posted.created == ALL
    assert run.posted.failed == []
    assert writes(gateway) == 1
    assert len(provenances(troubled, group)) == 1


def test_what_did_not_arrive_is_sent_again(gateway: Gateway, troubled: Target, group: tuple[Desired, ...]) -> None:
    gateway.fault = first(2, BUNDLES, hang_up)
    run = Run(troubled, group)
    assert run.posted.created == ALL
    assert run.waits == [1, 2]
    assert len(provenances(troubled, group)) == 1


def test_a_busy_target_says_how_long_to_wait(gateway: Gateway, troubled: Target, group: tuple[Desired, ...]) -> None:
    gateway.fault = first(2, BUNDLES, busy("7"))
    run = Run(troubled, group)
    assert run.posted.created == ALL
    assert run.waits == [7, 7]


def test_a_target_that_stays_busy_fails_the_decision(
    gateway: Gateway, troubled: Target, group: tuple[Desired, ...]
) -> None:
    gateway.fault = first(99, BUNDLES, busy("1"))
    run = Run(troubled, group)
    (failure,) = run.posted.failed
    our_id = one(group, "ChargeItem").id
    assert str(failure) == f"ChargeItem {our_id}: not written: transaction: HTTP 503 [target-busy]"
    assert run.waits == [1, 1, 1]


def test_nobody_waits_for_an_hour(gateway: Gateway, troubled: Target, group: tuple[Desired, ...]) -> None:
    gateway.fault = first(99, BUNDLES, busy("3600"))
    run = Run(troubled, group)
    assert [f.code for f in run.posted.failed] == ["target-busy"]
    assert run.waits == []


def test_a_target_that_is_down_is_given_up_and_all_groups_are_taken(gateway: Gateway, troubled: Target) -> None:
    gateway.fault = hang_up
    groups = [wanted(f"down {number}", BILLABLE) for number in range(5)]
    run = Run(troubled, *groups)
    assert [f.code for f in run.posted.failed] == ["target-unreachable"] * 3 + ["not-tried"] * 2
    assert str(run.posted) == "failed 5 decisions"


def test_what_somebody_changed_meanwhile_is_read_again(
    gateway: Gateway, troubled: Target, target: Target, request: pytest.FixtureRequest
) -> None:
    person = str(request.node.name)
    Run(troubled, wanted(person, BILLABLE))
    group = wanted(person, LONGER)

    def meddle(_request: Request, forward: Forward) -> Answer:
        target.update({**there(target, one(group, "ChargeItem")), "costCenter": {"display": "HAD"}})
        return forward()

    gateway.fault = first(2, BUNDLES, meddle)
    run = Run(troubled, group)
    assert run.posted.updated == {"ChargeItem": 1}
    assert run.waits == []
    charge = there(target, one(group, "ChargeItem"))
    assert charge["costCenter"] == {"display": "HAD"}
    assert charge["occurrencePeriod"]["end"] == "2026-11-20T18:30:00+01:00"
    gateway.fault = first(99, BUNDLES, meddle)
    before = writes(gateway)
    run = Run(troubled, wanted(person, BILLABLE))
    assert [f.code for f in run.posted.failed] == ["version-conflict"]
    assert writes(gateway) - before == 4


def test_a_server_without_transactions_is_written_one_by_one(
    gateway: Gateway, troubled: Target, request: pytest.FixtureRequest
) -> None:
    gateway.fault = without_transactions()
    person = str(request.node.name)
    group = wanted(person, BILLABLE)
    assert Run(troubled, group).posted.created == ALL
    charge, account = there(troubled, one(group, "ChargeItem")), there(troubled, one(group, "Account"))
    assert charge["account"] == [{"reference": f"Account/{account['id']}"}]
    (provenance,) = provenances(troubled, group)
    assert len(provenance["target"]) == 3
    assert Run(troubled, group).posted.unchanged == {"Account": 1, "ChargeItem": 1, "Communication": 1}
    assert Run(troubled, wanted(person, LONGER)).posted.updated == {"ChargeItem": 1}
    assert len(provenances(troubled, group)) == 2
    assert writes(gateway) == 0


def test_a_server_that_does_not_say_where_it_stored_is_asked(
    gateway: Gateway, troubled: Target, group: tuple[Desired, ...]
) -> None:
    def silent(_request: Request, forward: Forward) -> Answer:
        return Answer(forward().status)

    gateway.fault = without_transactions(first(1, CHARGES, silent))
    assert Run(troubled, group).posted.created == ALL
    (provenance,) = provenances(troubled, group)
    assert len(provenance["target"]) == 3


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_that_turns_a_transaction_down_is_written_one_by_one(
    gateway: Gateway, troubled: Target, request: pytest.FixtureRequest, status: int
) -> None:
    def old(request: Request, forward: Forward) -> Answer:
        is_bundle = request.path == BUNDLES and request.method == "POST"
        return Answer(status) if is_bundle or request.path == "/fhir/metadata" else forward()

    gateway.fault = old
    name = str(request.node.name)
    run = Run(troubled, wanted(name, BILLABLE), wanted(f"{name} 2", BILLABLE))
    assert run.posted.created == dict.fromkeys(ALL, 2)
    assert writes(gateway) == 1


def test_a_server_that_says_transactions_is_not_written_one_by_one(
    gateway: Gateway, troubled: Target, group: tuple[Desired, ...]
) -> None:
    gateway.fault = first(9, BUNDLES, lambda _request, _forward: Answer(404))
    assert [f.code for f in Run(troubled, group).posted.failed] == ["target-lacks"]
    assert writes(gateway, "/fhir/Account") == 0


def test_a_conflict_one_by_one_is_read_again(gateway: Gateway, troubled: Target, group: tuple[Desired, ...]) -> None:
    gateway.fault = without_transactions(first(1, CHARGES, lambda _request, _forward: Answer(409)))
    run = Run(troubled, group)
    assert run.posted.created == ALL
    assert run.waits == []
    (provenance,) = provenances(troubled, group)
    assert len(provenance["target"]) == 3


@pytest.mark.parametrize("fault", [lose, hang_up, failing])
@pytest.mark.parametrize("path", [CHARGES, PROVENANCES])
def test_one_by_one_goes_on_where_it_was_cut(
    gateway: Gateway, troubled: Target, group: tuple[Desired, ...], path: str, fault: Fault
) -> None:
    gateway.fault = without_transactions(first(1, path, fault))
    run = Run(troubled, group)
    assert run.posted.created == ALL
    assert run.posted.failed == []
    (provenance,) = provenances(troubled, group)
    assert len(provenance["target"]) == 3


def test_a_server_that_ignores_the_search_is_not_written_to(
    gateway: Gateway, troubled: Target, target: Target, group: tuple[Desired, ...]
) -> None:
    def everything(request: Request, forward: Forward) -> Answer:
        if request.path != f"{CHARGES}/_search":
            return forward()
        found = {"resource": {"resourceType": "ChargeItem", "id": "1", "status": "billable"}}
        return Answer(200, {}, dumps({"resourceType": "Bundle", "type": "searchset", "entry": [found]}).encode())

    gateway.fault = everything
    assert [f.code for f in Run(troubled, group).posted.failed] == ["search-ignored"]
    assert writes(gateway) == 0


def test_a_refusal_is_told_without_its_text(troubled: Target, group: tuple[Desired, ...]) -> None:
    one(group, "ChargeItem").resource["enteredDate"] = f"yesterday, said {NIR}"
    (failure,) = Run(troubled, group).posted.failed
    assert failure.code == "target-refused"
    assert failure.detail == "transaction: HTTP 400 (structure)"


def test_no_identifier_stands_in_an_address(gateway: Gateway, troubled: Target, group: tuple[Desired, ...]) -> None:
    for fault in (None, without_transactions()):
        gateway.fault = fault
        Run(troubled, group)
        Run(troubled, wanted(f"{fault} address", BILLABLE))
    assert gateway.seen
    assert not [r.path for r in gateway.seen if "?" in r.path or NIR in r.path or "identifier" in r.path]
