"""Our own database as a target: the same Writer, the same guarantees."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from adapter.core.plans import Kind
from adapter.fhir.xml_text import to_xml
from adapter.outbound.client import Target
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.errors import Conflict, Lacking, SeveralMatches
from adapter.outbound.targets import AnyTarget
from adapter.outbound.writing import Writer
from adapter.store import embedded
from adapter.store.engine import Store
from tests.outbound.visits import BILLABLE, ENTERED_IN_ERROR, LONGER, UNDECIDED, one, wanted
from tests.web.service import NOW


def _no_wait(seconds: float) -> None:
    raise AssertionError(f"it waited {seconds} seconds")


@pytest.fixture
def target(store: Store) -> EmbeddedTarget:
    return EmbeddedTarget(store, lambda: NOW)


@pytest.fixture
def writer(target: EmbeddedTarget) -> Writer:
    return Writer(target, _no_wait)


def _there(target: AnyTarget, group: Any, kind: str = "ChargeItem") -> list[dict[str, Any]]:
    own = one(group, kind).resource["identifier"][0]
    return target.search_by_identifier(kind, own["system"], own["value"])


def test_it_is_a_target_as_any() -> None:
    targets: list[Callable[..., AnyTarget]] = [EmbeddedTarget, Target]
    assert len(targets) == 2


def test_a_decision_is_written_once_and_corrected_in_place(target: EmbeddedTarget, writer: Writer) -> None:
    first = wanted("embedded", BILLABLE)
    written = writer.write(first)
    assert {change.kind for change in written.changes} == {Kind.CREATE}
    (charge,) = _there(target, first)
    assert (charge["id"], charge["meta"]["versionId"]) == (one(first, "ChargeItem").id, "1")
    assert charge["meta"]["lastUpdated"] == "2026-11-21T12:00:00Z"
    assert writer.write(first).changes == ()
    longer = writer.write(wanted("embedded", LONGER))
    assert {c.kind for c in longer.changes if c.desired.type == "ChargeItem"} == {Kind.UPDATE}
    writer.write(wanted("embedded", ENTERED_IN_ERROR))
    (charge,) = _there(target, first)
    assert (charge["status"], charge["meta"]["versionId"]) == ("entered-in-error", "3")
    assert longer.confirmed[charge["id"]].version == "2"


def test_references_of_one_decision_are_addresses(target: EmbeddedTarget, writer: Writer) -> None:
    group = wanted("references", BILLABLE)
    writer.write(group)
    (charge,) = _there(target, group)
    (provenance,) = target.search("Provenance", {"target": f"ChargeItem/{charge['id']}"})
    assert "urn:uuid:" not in str([charge, provenance])
    writer.write(wanted("references", LONGER))
    assert len(target.search("Provenance", {"target": f"ChargeItem/{charge['id']}"})) == 2


def test_what_is_stored_is_fhir(store: Store, writer: Writer) -> None:
    for variant in (BILLABLE, UNDECIDED):
        writer.write(wanted("sound", variant))
    with store.read() as tx:
        for type_name in embedded.types(tx):
            for version in embedded.search(tx, type_name, embedded.Wanted(), 10):
                to_xml(version.content)


def test_a_version_that_is_no_more_is_not_replaced(target: EmbeddedTarget) -> None:
    stored = target.create({"resourceType": "Task", "status": "requested"})
    content = {"resourceType": "Task", "id": str(stored.reference).partition("/")[2], "status": "completed"}
    assert target.update(content, "1").version == "2"
    with pytest.raises(Conflict):
        target.update(content, "1")
    with pytest.raises(Lacking):
        target.update({**content, "id": "other"})


def test_a_conditional_create_makes_one(target: EmbeddedTarget) -> None:
    content = {"resourceType": "Task", "identifier": [{"system": "urn:s", "value": "v,1"}]}
    condition = "identifier=urn%3As%7Cv%5C%2C1"
    assert target.create(content, condition) == target.create(content, condition)


def _entry(method: str, url: str, value: str = "v") -> dict[str, Any]:
    resource = {"resourceType": "Task", "id": "t", "identifier": [{"system": "s", "value": value}]}
    return {"resource": resource, "request": {"method": method, "url": url}}


def test_a_transaction_is_all_or_nothing(target: EmbeddedTarget) -> None:
    for _ in range(2):
        target.create(_entry("POST", "Task", "twice")["resource"])
    for bad, error in (
        (_entry("PUT", "Task?identifier=s|twice"), SeveralMatches),
        (_entry("PUT", "Task/none"), Lacking),
        (_entry("DELETE", "Task/t"), Lacking),
    ):
        with pytest.raises(error):
            target.transaction({"entry": [_entry("POST", "Task", "new"), bad]})
    assert target.search_by_identifier("Task", "s", "new") == []


def test_the_clock_is_now_by_default(store: Store) -> None:
    before = datetime.now(UTC)
    EmbeddedTarget(store).create({"resourceType": "Task"})
    with store.read() as tx:
        (found,) = embedded.search(tx, "Task", embedded.Wanted(), 2)
    assert before <= found.updated <= datetime.now(UTC)
