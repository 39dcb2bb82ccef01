"""What a record lacks is searched for at its source: once, then only what is missing, with growing pauses."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapter.fhir.json_text import dumps, loads
from adapter.store import inbox, marks, work
from adapter.store.tables import outbox
from adapter.work import Worker, taking
from adapter.work.asking import SILENT
from adapter.work.seeking import PAUSES
from tests.servers import Answer, Request
from tests.work.asking import SOURCE, Hospital, hospital


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8)) as made:
        yield made


def _visit_event(here: Hospital, **changes: object) -> None:
    here.tell(here.visit(**changes)[2])


def test_a_visit_of_which_nothing_else_was_told_is_completed(here: Hospital) -> None:
    here.keep(*here.visit())
    _visit_event(here)
    here.settle()
    assert here.charges() == ["billable"]
    asked = Counter(here.asked())
    assert max(asked.values()) == 1
    assert {"read Patient", "read Practitioner", "search Condition", "search DocumentReference"} <= set(asked)
    assert set(here.searched_for()) == {f"Patient/p1-{here.mark}"}


def test_fifty_events_ask_for_nothing_twice(here: Hospital) -> None:
    here.keep(*here.visit())
    _visit_event(here)
    here.settle()
    here.asked()
    for number in range(50):
        _visit_event(here, Encounter={"meta": {"versionId": str(number + 10)}})
        if number % 5 == 0:
            here.settle()
    here.settle()
    assert here.asked() == []


def test_a_waiting_charge_wakes_when_its_document_appears(here: Hospital) -> None:
    *others, document = here.visit()
    here.keep(*others)
    _visit_event(here)
    here.settle()
    assert here.charges() == ["planned"]
    here.asked()
    here.later(minutes=14)
    assert here.asked() == []
    here.later(minutes=1)
    missing = Counter(here.asked())
    assert missing["search DocumentReference"] == 1
    assert "search Encounter" not in missing
    for _ in range(10):
        here.later(days=1)
    assert Counter(here.asked())["search DocumentReference"] == 10
    here.keep(document)
    here.later(days=1)
    assert here.charges() == ["billable"]
    here.asked()
    for _ in range(5):
        here.later(days=1)
    assert here.asked() == []


def test_what_the_source_tells_of_by_itself_is_not_asked_for(here: Hospital) -> None:
    here.keep(*here.visit()[:-1])
    papers = ["DocumentReference", "Composition", "ClinicalImpression"]
    active = {"s1": {"types": papers, "counts": False, "narrow": False, "status": "active", "end": None}}
    with here.store.begin() as tx:
        marks.write(tx, SOURCE, "subscribed", active, here.now)
    _visit_event(here)
    here.settle()
    here.asked()
    here.later(days=3)
    assert here.asked() == []
    with here.store.begin() as tx:
        marks.write(tx, SOURCE, "status Subscription/s1", {"status": "error", "error": None}, here.now)
    _visit_event(here, Encounter={"meta": {"versionId": "7"}})
    here.settle()
    assert set(here.asked()) == {f"search {name}" for name in papers}


def test_a_source_that_is_down_stops_no_judging_and_is_left_alone(here: Hospital) -> None:
    here.keep(*here.visit())
    here.gateway.fault = lambda _request, _forward: Answer(503)
    here.tell(*here.visit()[:3])
    here.settle()
    assert here.charges() == ["planned"]
    assert len(here.asked()) == 1
    for number in range(5):
        _visit_event(here, Encounter={"meta": {"versionId": str(number + 10)}})
        here.settle()
    assert here.asked() == []
    here.later(seconds=SILENT[0].total_seconds())
    assert len(here.asked()) == 1
    here.gateway.fault = None
    here.later(seconds=SILENT[1].total_seconds())
    assert here.charges() == ["billable"]


def test_an_event_that_only_names_its_resource_waits_for_a_source_that_is_down(here: Hospital) -> None:
    here.keep(*here.visit())
    here.gateway.fault = lambda _request, _forward: Answer(503)
    here.tell(here.visit()[2], whole=False)
    here.settle()
    with here.store.read() as tx:
        assert inbox.counts(tx)["new"] == 1
        assert work.counts(tx, here.now)["dead"] == 0
    here.gateway.fault = None
    here.later(seconds=SILENT[0].total_seconds())
    assert here.charges() == ["billable"]
    with here.store.read() as tx:
        assert inbox.counts(tx) == {"new": 0, "applied": 1, "quarantined": 0}


def test_a_type_that_the_source_does_not_search_is_not_asked_for_again_and_again(here: Hospital) -> None:
    here.keep(*here.visit())
    here.gateway.fault = lambda request, forward: Answer(405) if "/Composition/" in request.path else forward()
    _visit_event(here)
    here.settle()
    assert here.charges() == ["billable"]
    assert here.asked().count("search Composition") == 1
    _visit_event(here, Encounter={"meta": {"versionId": "7"}})
    here.settle()
    assert here.asked() == []


def test_a_read_that_is_refused_puts_its_event_aside_and_stops_nobody(here: Hospital) -> None:
    here.keep(*here.visit())
    here.gateway.fault = lambda request, forward: Answer(403) if "/Encounter/other" in request.path else forward()
    here.tell({"resourceType": "Encounter", "id": "other"}, whole=False)
    _visit_event(here)
    here.settle()
    assert here.charges() == ["billable"]
    with here.store.read() as tx:
        assert inbox.counts(tx)["quarantined"] == 1


def test_other_peoples_resources_are_not_taken(here: Hospital) -> None:
    """A server that disregards `patient` would hand out everybody."""
    mine, other = here.visit(), here.visit()
    other[3]["id"], other[3]["subject"] = f"o-{here.mark}", {"reference": "Patient/somebody-else"}
    here.keep(*mine)
    found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": other[3]}]}
    body = dumps(found).encode()
    here.gateway.fault = lambda r, forward: Answer(200, {}, body) if "/Condition/_search" in r.path else forward()
    _visit_event(here)
    here.settle()
    assert here.charges() == ["planned"]
    assert here.asked().count("search Condition") == 1


def test_events_of_one_lane_beyond_a_batch_are_all_taken(here: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "BATCH", 7)
    here.keep(*here.visit())
    here.tell(*(here.visit(Encounter={"meta": {"versionId": str(10 + number)}})[2] for number in range(30)))
    here.settle()
    with here.store.read() as tx:
        assert inbox.counts(tx)["new"] == 0


def test_pauses_grow_and_end_at_a_day() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert PAUSES[-1] == timedelta(days=1)


def test_what_arrives_while_it_is_asked_for_is_judged_in_the_same_look(here: Hospital) -> None:
    resources = here.visit(Patient={"generalPractitioner": []})
    patient, doctor, *others = resources
    other = Worker(here.around, "other", clock=lambda: here.now)
    here.keep(patient, *others[1:])
    here.tell(patient)
    here.settle()
    here.keep(doctor, others[0])

    def fault(request: Request, forward: Callable[[], Answer]) -> Answer:
        answer = forward()
        if request.path.endswith(f"/Practitioner/{doctor['id']}"):
            here.tell({**doctor, **loads(answer.body)})
            assert other.tick()
        return answer

    here.gateway.fault = fault
    _visit_event(here)
    here.settle()
    here.gateway.fault = None
    with here.store.read() as tx:
        assert tx.scalar(sa.select(sa.func.count(sa.distinct(outbox.c.occasion)))) == 1
    assert len(here.charges()) == 1
