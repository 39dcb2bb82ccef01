"""What a target cannot do, by its own word or its operator's, is not asked of it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from adapter.core.errors import Temporary
from adapter.outbound.abilities import WRITTEN, abilities_of
from adapter.outbound.client import Target
from adapter.outbound.writing import Manner, Writer
from tests.outbound.visits import BILLABLE, ENTERED_IN_ERROR, LONGER, one, wanted
from tests.servers import Answer, Gateway, Request


@pytest.fixture
def person(request: pytest.FixtureRequest) -> str:
    """A person of this test's own."""
    return str(request.node.name)


def _never(_seconds: float) -> None:
    raise AssertionError("nothing should have to wait")


def _bundles(gateway: Gateway) -> list[dict[str, Any]]:
    return [json.loads(r.body) for r in gateway.seen if (r.method, r.path) == ("POST", "/fhir")]


def _says(change: Callable[[dict[str, Any]], None]) -> Callable[[Request, Callable[[], Answer]], Answer]:
    """The server with another CapabilityStatement."""

    def answer(request: Request, forward: Callable[[], Answer]) -> Answer:
        if request.path != "/fhir/metadata":
            return forward()
        statement = json.loads(forward().body)
        change(statement)
        return Answer(200, {"Content-Type": "application/fhir+json"}, json.dumps(statement).encode())

    return answer


@pytest.mark.parametrize("by_override", [True, False])
def test_without_conditional_update_a_conditional_create_is_sent(
    gateway: Gateway, person: str, by_override: bool
) -> None:
    def lacking(statement: dict[str, Any]) -> None:
        for entry in statement["rest"][0]["resource"]:
            entry["conditionalUpdate"] = False

    if not by_override:
        gateway.fault = _says(lacking)
    with Target(gateway.base_url) as target:
        writer = Writer(target, _never, Manner(no_conditional_update=by_override))
        first = writer.write(wanted(person, BILLABLE))
        assert len(writer.write(wanted(person, LONGER)).changes) == 2
    created, updated = _bundles(gateway)
    kinds = {(e["resource"]["resourceType"], e["request"]["method"]) for e in created["entry"]}
    assert kinds == {(c.desired.type, "POST") for c in first.changes}
    assert all("ifNoneExist" in e["request"] for e in created["entry"] if "identifier" in e["resource"])
    (charge,) = (e["request"] for e in updated["entry"] if e["resource"]["resourceType"] == "ChargeItem")
    assert (charge["method"], "ifMatch" in charge) == ("PUT", True)


def test_all_that_has_our_identifier_is_written_by_conditional_update(gateway: Gateway, person: str) -> None:
    with Target(gateway.base_url) as target:
        Writer(target, _never).write(wanted(person, BILLABLE))
    (bundle,) = _bundles(gateway)
    by_update = {e["resource"]["resourceType"] for e in bundle["entry"] if e["request"]["method"] == "PUT"}
    assert by_update == {"Account", "ChargeItem", "Communication"}
    assert all("?identifier=" in e["request"]["url"] for e in bundle["entry"] if e["request"]["method"] == "PUT")


def test_an_operator_may_forbid_transactions(gateway: Gateway, person: str) -> None:
    with Target(gateway.base_url) as target:
        written = Writer(target, _never, Manner(no_transactions=True)).write(wanted(person, BILLABLE))
    assert _bundles(gateway) == []
    assert len(written.changes) == 4


def test_a_quick_writer_does_not_wait_long(gateway: Gateway, person: str) -> None:
    gateway.fault = lambda _request, _forward: Answer(503, {"Retry-After": "30"})
    with Target(gateway.base_url) as target, pytest.raises(Temporary) as caught:
        Writer(target, _never, Manner(tries=2, longest_wait=1.0)).write(wanted(person, BILLABLE))
    assert caught.value.retry_after == 30
    assert len(gateway.seen) == 1


def test_a_question_is_handed_back_by_a_target_that_takes_none(target: Target, person: str) -> None:
    writer = Writer(target, _never, Manner(takes_tasks=False))
    writer.write(wanted(person, BILLABLE))
    own = one(wanted(person, BILLABLE), "ChargeItem").resource["identifier"][0]
    (charge,) = target.search_by_identifier("ChargeItem", own["system"], own["value"])
    target.update({**charge, "status": "billed"})
    written = writer.write(wanted(person, ENTERED_IN_ERROR))
    assert [task.type for task in written.for_elsewhere] == ["Task"]
    (task,) = written.for_elsewhere
    assert target.search_by_identifier("Task", *task.resource["identifier"][0].values()) == []


def test_a_server_that_says_nothing_is_tried() -> None:
    with Target("http://127.0.0.1:9/fhir") as nobody:
        assert abilities_of(nobody).transactions is None
        assert abilities_of(nobody).lacks_update == frozenset()
    assert "Provenance" not in WRITTEN


def test_a_sequence_that_was_cut_off_goes_on_with_its_provenance(gateway: Gateway, person: str) -> None:
    def no_provenance(request: Request, forward: Callable[[], Answer]) -> Answer:
        is_one = (request.method, request.path) == ("POST", "/fhir/Provenance")
        return Answer(500) if is_one else forward()

    def told(target: Target, confirmed: Mapping[str, str | None] | None) -> int:
        """How many Provenances there are after another writer of the same."""
        written = Writer(target, _never, Manner(tries=1, no_transactions=True)).write(
            wanted(person, BILLABLE), confirmed
        )
        charge = written.confirmed[one(wanted(person, BILLABLE), "ChargeItem").id].reference
        return len(target.search("Provenance", {"target": str(charge)}))

    gateway.fault = no_provenance
    with Target(gateway.base_url) as target:
        with pytest.raises(Temporary):
            told(target, None)
        gateway.fault = None
        assert told(target, {}) == 1
        assert told(target, {}) == 1
