"""What is read, written and given up leaves AuditEvents in the chain: sound R4, and of a person only the pseudonym."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from adapter.core.references import Key
from adapter.fhir.json_text import dumps
from adapter.outbound.answers import Stored
from adapter.outbound.client import Target
from adapter.store import audits, dead_letters
from adapter.work import auditing
from tests.replay.visits import INS, visit
from tests.servers import Answer, Gateway, Request
from tests.work.conftest import NOW, Running
from tests.work.targets import audited, database, databases, look_again, worker

SITE = "https://adapter.example.org"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with database(tmp_path / "adapter.db") as store, databases(tmp_path, "billing") as targets:
        yield worker(Running(store, None, None), targets, {})  # type: ignore[arg-type]  # it gets its worker here


def _kinds(running: Running) -> list[str]:
    return [one["subtype"][0]["code"] if "subtype" in one else one["outcome"] for one in audited(running)]


@pytest.mark.parametrize(
    "event",
    [
        auditing.writing(SITE, "https://b.example/fhir", "p", {"c": Stored("ChargeItem/1", "2")}, NOW),
        auditing.writing(SITE, "", "p", {"c": Stored("ChargeItem/1", None), "p": Stored(None, None)}, NOW),
        auditing.reading(SITE, None, [Key("https://had.example/fhir", "Patient", "1")], NOW),
        auditing.dying(SITE, "look", "patient:https://had.example/fhir|1", "no-reason", None, NOW),
        auditing.retrying(SITE, "write", "7", NOW),
    ],
)
def test_every_kind_is_sound(event: auditing.AuditEvent) -> None:
    assert AuditEvent.model_validate_json(dumps(event)).recorded == NOW
    assert "|" not in dumps(event)


def test_a_write_names_its_versions_where_they_are() -> None:
    places = {"c": Stored("ChargeItem/1", "2"), "p": Stored("Provenance/3", None)}
    event = auditing.writing(SITE, "https://b.example/fhir", "p", places, NOW)
    person, *written = (one["what"] for one in event["entity"])
    assert person == {"type": "Patient", "identifier": {"system": f"{SITE}/sid/person", "value": "p"}}
    assert [one["reference"] for one in written] == [
        "https://b.example/fhir/ChargeItem/1/_history/2",
        "https://b.example/fhir/Provenance/3",
    ]


def test_a_written_decision_is_told_of_once(running: Running) -> None:
    running.send(*visit())
    running.settle()
    written = [one for one in audited(running) if "ChargeItem" in dumps(one["entity"])]
    assert len(written) == 1
    before = len(audited(running))
    look_again(running)
    running.settle()
    assert len(audited(running)) == before
    with running.store.read() as tx:
        assert audits.verify(tx).broken_at is None


def test_nothing_names_a_person(running: Running) -> None:
    running.send(*visit())
    running.settle()
    told = dumps(audited(running))
    assert not [text for text in (INS["value"], "1979-03-05", "IPP-1", "10001234567") if text in told]


def test_what_arrived_without_an_answer_is_told_of(running: Running, server: str) -> None:
    gateway, lost = Gateway(server), []

    def lose(request: Request, forward: Callable[[], Answer]) -> Answer | None:
        answer = forward()
        if (request.method, request.path) != ("POST", "/fhir") or lost:
            return answer
        lost.append(answer)
        return None

    gateway.fault = lose
    with Target(gateway.base_url) as target:
        worker(running, {"server": target}, {}).send(*visit())
        running.settle()
        assert (len(lost), _kinds(running).count("transaction")) == (1, 0)
        running.later(minutes=1)
        running.settle()
    assert _kinds(running).count("transaction") == 1
    gateway.close()


def test_a_decision_that_is_given_up_is_told_of_with_its_code(running: Running, tmp_path: Path) -> None:
    with databases(tmp_path, "rest") as targets:
        worker(running, targets, {"ChargeItem": "gone"}).send(*visit())
        running.settle()
    with running.store.read() as tx:
        letters = dead_letters.dead_letters(tx, dead_letters.Chosen())
    told = [(one["outcome"], one["outcomeDesc"]) for one in audited(running) if "outcomeDesc" in one]
    assert letters
    assert told == [("8", "no-target")] * len(letters)
