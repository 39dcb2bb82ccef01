"""Each type goes to its target; what moves is withdrawn where it was; a target that fails is left alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fhir.resources.R4B import get_fhir_model_class

from adapter.fhir.json_text import dumps
from adapter.outbound.client import Target
from adapter.outbound.embedded import EmbeddedTarget
from adapter.store import dead_letters, outbox
from adapter.work.circuits import MOST_FAILURES, Circuits
from tests.replay.visits import visit
from tests.work.conftest import Running
from tests.work.targets import counts, database, databases, look_again, worker

ROUTES = {"ChargeItem": "billing", "Account": "billing", "Communication": "messages", "Task": "desk"}
UNDECIDED = {
    "generalPractitioner": [{"reference": "Practitioner/d2"}],
    "meta": {"versionId": "1", "lastUpdated": "2026-11-20T10:00:00Z"},
}
NOBODY = "http://127.0.0.1:9/fhir"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with database(tmp_path / "adapter.db") as store:
        yield Running(store, None, None)  # type: ignore[arg-type]  # each test gives it its worker


@pytest.fixture
def targets(tmp_path: Path) -> Iterator[dict[str, EmbeddedTarget]]:
    with databases(tmp_path, "billing", "messages", "desk") as made:
        yield made


def _held(target: EmbeddedTarget, *kinds: str) -> list[dict[str, Any]]:
    return [found for kind in kinds or (*ROUTES, "Provenance") for found in target.search(kind, {})]


def _types(target: EmbeddedTarget) -> set[str]:
    return {one["resourceType"] for one in _held(target)}


def test_each_type_goes_to_its_target(running: Running, targets: dict[str, EmbeddedTarget]) -> None:
    worker(running, targets, ROUTES).send(*visit(Patient=UNDECIDED))
    running.settle()
    assert _types(targets["billing"]) - {"Account"} == {"ChargeItem", "Provenance"}
    assert _types(targets["desk"]) == {"Task", "Provenance"}
    (task,) = _held(targets["desk"], "Task")
    (charge,) = _held(targets["billing"], "ChargeItem")
    assert task["focus"] == {"type": "ChargeItem", "identifier": charge["identifier"][0]}


def test_what_is_decided_withdraws_the_question(running: Running, targets: dict[str, EmbeddedTarget]) -> None:
    worker(running, targets, ROUTES).send(*visit(Patient=UNDECIDED))
    running.settle()
    running.send(visit(Patient={"meta": {"versionId": "2", "lastUpdated": "2026-11-21T10:00:00Z"}})[0])
    running.settle()
    assert [t["status"] for t in _held(targets["desk"], "Task")] == ["cancelled"]
    assert [c["status"] for c in _held(targets["billing"], "ChargeItem")] == ["billable"]


def test_a_type_that_moves_is_withdrawn_where_it_was(running: Running, targets: dict[str, EmbeddedTarget]) -> None:
    worker(running, targets, dict.fromkeys(ROUTES, "billing")).send(*visit())
    running.settle()
    before = [c["identifier"] for c in _held(targets["billing"], "ChargeItem")]
    worker(running, targets, {**ROUTES, "ChargeItem": "desk", "Account": "desk"})
    look_again(running)
    running.settle()
    assert [c["status"] for c in _held(targets["billing"], "ChargeItem")] == ["entered-in-error"]
    assert [c["status"] for c in _held(targets["billing"], "Communication")] == ["entered-in-error"]
    assert [(c["identifier"], c["status"]) for c in _held(targets["desk"], "ChargeItem")] == [(before[0], "billable")]
    assert len(_held(targets["messages"], "Communication")) == 1
    look_again(running)
    running.settle()
    assert set(counts(running)) == {"confirmed"}
    assert [c["meta"]["versionId"] for c in _held(targets["billing"], "ChargeItem")] == ["2"]


def test_what_is_left_on_a_target_that_is_no_more_is_a_dead_letter(
    running: Running, targets: dict[str, EmbeddedTarget]
) -> None:
    worker(running, targets, dict.fromkeys(ROUTES, "billing")).send(*visit())
    running.settle()
    left = {name: one for name, one in targets.items() if name != "billing"}
    worker(running, left, dict.fromkeys(ROUTES, "desk"))
    look_again(running)
    running.settle()
    with running.store.read() as tx:
        (letter,) = dead_letters.dead_letters(tx, dead_letters.Chosen())
    assert (letter.kind, letter.code) == ("write", "no-target")
    assert [c["status"] for c in _held(targets["desk"], "ChargeItem")] == ["billable"]
    with running.store.begin() as tx:
        dead_letters.retry(tx, [letter], running.now)
    worker(running, targets, dict.fromkeys(ROUTES, "desk"))
    running.settle()
    assert [c["status"] for c in _held(targets["billing"], "ChargeItem")] == ["entered-in-error"]


def test_a_billed_charge_asks_at_the_target_of_questions(running: Running, targets: dict[str, EmbeddedTarget]) -> None:
    worker(running, targets, ROUTES).send(*visit())
    running.settle()
    (charge,) = _held(targets["billing"], "ChargeItem")
    targets["billing"].update({**charge, "status": "billed"})
    running.later(minutes=1)
    running.send(visit()[2], interaction="delete")
    running.settle()
    assert [c["status"] for c in _held(targets["billing"], "ChargeItem")] == ["billed"]
    (task,) = _held(targets["desk"], "Task")
    assert task["code"]["coding"][0]["code"] == "manual-correction"
    assert task["focus"] == {"type": "ChargeItem", "identifier": charge["identifier"][0]}
    look_again(running)
    running.settle()
    assert [t["status"] for t in _held(targets["desk"], "Task")] == ["requested"]


def test_a_target_that_is_down_holds_up_no_other(running: Running, targets: dict[str, EmbeddedTarget]) -> None:
    circuits, visits = Circuits(), [one for day in range(10, 16) for one in _visit_of(day)]
    with Target(NOBODY) as nobody:
        worker(running, {**targets, "billing": nobody}, ROUTES, circuits=circuits).send(*visits)
        running.settle()
    assert len(_held(targets["messages"], "Communication")) == 6
    with running.store.read() as tx:
        assert outbox.waiting(tx) == [("billing", "target-unreachable", MOST_FAILURES)]
    worker(running, targets, ROUTES, circuits=circuits)
    running.settle()
    assert _held(targets["billing"], "ChargeItem") == []
    running.later(minutes=20)
    running.settle()
    assert [c["status"] for c in _held(targets["billing"], "ChargeItem")] == ["billable"] * 6
    assert set(counts(running)) == {"confirmed"}


def test_whoever_waits_for_a_target_uses_up_no_attempts(running: Running, targets: dict[str, EmbeddedTarget]) -> None:
    with Target(NOBODY) as nobody:
        worker(running, {**targets, "billing": nobody}, ROUTES)
        running.send(*(one for day in range(10, 16) for one in _visit_of(day)))
        for _ in range(20):
            running.settle()
            running.later(minutes=5)
    with running.store.read() as tx:
        attempts = tx.execute(sa.text("SELECT sum(attempts) FROM outbox WHERE target = 'billing'")).scalar_one()
    assert attempts <= MOST_FAILURES + 20


def _visit_of(day: int) -> list[dict[str, Any]]:
    """A visit of the one person on a day, with its document."""
    encounter = {
        "id": f"e{day}",
        "period": {"start": f"2026-11-{day}T16:00:00+01:00", "end": f"2026-11-{day}T17:00:00+01:00"},
    }
    context = {"encounter": [{"reference": f"Encounter/e{day}"}]}
    document = {"id": f"r{day}", "date": f"2026-11-{day}T18:00:00+01:00", "context": context}
    return visit(Encounter=encounter, DocumentReference=document)


def test_several_of_one_identifier_stop_and_ask_a_person(
    running: Running, targets: dict[str, EmbeddedTarget]
) -> None:
    worker(running, targets, ROUTES).send(*visit())
    running.settle()
    (charge,) = _held(targets["billing"], "ChargeItem")
    targets["billing"].create(charge)
    running.later(minutes=1)
    running.send(visit()[2], interaction="delete")
    running.settle()
    assert {c["status"] for c in _held(targets["billing"], "ChargeItem")} == {"billable"}
    (task,) = _held(targets["desk"], "Task")
    assert task["focus"] == {"type": "ChargeItem", "identifier": charge["identifier"][0]}
    get_fhir_model_class("Task").model_validate_json(dumps(task))
    with running.store.read() as tx:
        (letter,) = dead_letters.dead_letters(tx, dead_letters.Chosen())
    assert letter.code == "several-matches"
