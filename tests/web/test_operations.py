"""`adapter migrate`, `status` and `dead-letters`, on a database with something of everything."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapter.store import inbox, marks, outbox, people, work
from adapter.store.contents import add
from adapter.store.engine import Store, open_store
from adapter.store.tables import SCHEMA
from tests.replay.visits import Ran, adapter
from tests.store.samples import NOW, SECRET, SOURCE, charge, decision, later, new_event, patient


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The database that the commands find."""
    monkeypatch.setenv("ADAPTER_DATA_FOLDER", str(tmp_path / "data"))
    assert adapter("migrate").stdout == f"schema {SCHEMA}\n"
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'adapter.db'}")
    yield store
    store.close()


@pytest.fixture
def died(database: Store) -> str:
    """An event, a look and a write that failed for good, an hour apart; the pseudonym of the look's person."""
    content = patient("p1")
    with database.begin() as tx:
        add(tx, content)
        placed = people.find_or_make_person(tx, content.key, SECRET)
        inbox.set_aside(tx, new_event(1), "not-fhir")
        work.enqueue(tx, [f"person:{placed.person}"], later(0))
        claim = work.claim(tx, "w", later(3600), 60)
        assert claim
        work.bury(tx, claim, later(3600), "no-reason")
        outbox.intend(tx, decision(), [charge()], NOW)
        sending = outbox.claim(tx, "w", later(7200), 60)
        assert sending
        outbox.fail(tx, sending, later(7200), "target-refused")
        person = people.read_person(tx, placed.person)
        assert person
        return person.pseudonym


def _listed(*arguments: str) -> list[tuple[str, str, str]]:
    ran = adapter("dead-letters", "list", "--format", "json", *arguments)
    return [(row["kind"], row["name"], row["code"]) for row in json.loads(ran.stdout)]


def test_without_a_database_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_DATA_FOLDER", str(tmp_path / "none"))
    ran = adapter("status")
    assert (ran.exit_code, "adapter migrate" in ran.stderr, "[schema-old]" in ran.stderr) == (2, True, True)


def test_status_counts_everything(database: Store, died: str) -> None:
    with database.begin() as tx:
        marks.write(tx, "had", "catch-up-wanted", "gap", NOW)
    told = json.loads(adapter("status", "--format", "json").stdout)
    assert told["counts"]["inbox"] == {"new": 0, "applied": 0, "quarantined": 1}
    assert (told["counts"]["work"]["dead"], told["counts"]["outbox"]["failed"]) == (1, 1)
    assert told["counts"]["dead letters"] == {"all": 3}
    assert told["marks"] == [
        {"source": "had", "mark": "catch-up-wanted", "value": '"gap"', "at": "2026-11-21T12:00:00Z"}
    ]
    shown = adapter("status").stdout
    assert "quarantined" in shown
    assert "catch-up-wanted" in shown


def test_a_new_database_has_no_marks_to_show(database: Store) -> None:
    assert "mark" not in adapter("status").stdout


def test_dead_letters_are_listed_in_order_and_by_choice(died: str) -> None:
    event, look = ("event", "1", "not-fhir"), ("look", "person:1", "no-reason")
    write = ("write", "1", "target-refused")
    assert _listed() == [event, look, write]
    assert _listed("--reason", "not-fhir") == [event]
    assert _listed("--since", "2026-11-21T13:30:00Z") == [write]
    assert look in _listed("--person", died)
    assert len(_listed("--limit", "2")) == 2
    ran = adapter("dead-letters", "list")
    assert "target-refused" in ran.stdout
    assert ran.stderr == "3 of 3 dead letters\n"


@pytest.mark.parametrize(
    ("kind", "name", "holds"),
    [("event", "1", '"body": "{\\"n\\": 1}"'), ("look", "person:1", '"person"'), ("write", "1", "target-refused")],
)
def test_one_is_shown_with_what_is_known_of_it(died: str, kind: str, name: str, holds: str) -> None:
    assert holds in adapter("dead-letters", "show", kind, name).stdout


def test_one_that_is_none(died: str) -> None:
    ran = adapter("dead-letters", "show", "event", "99")
    assert (ran.exit_code, ran.stderr) == (1, "there is no such dead letter\n")


def _retry(*arguments: str) -> Ran:
    return adapter("dead-letters", "retry", *arguments)


def test_a_retry_says_which(died: str) -> None:
    for wrong in ((), ("--all", "--reason", "not-fhir")):
        assert _retry(*wrong).exit_code == 2
    assert _retry("--reason", "no-reason").stdout == "1 will be tried again\n"
    assert len(_listed()) == 2
    assert _retry("--all", "--limit", "1").stdout == "1 will be tried again; there are more: run it again\n"
    assert _retry("--all").stdout == "1 will be tried again\n"
    assert _listed() == []


def test_a_look_at_a_patient_has_no_person_yet(database: Store) -> None:
    with database.begin() as tx:
        lane = f"patient:{SOURCE}|p9"
        work.enqueue(tx, [lane], NOW)
        claim = work.claim(tx, "w", NOW, 60)
        assert claim
        work.bury(tx, claim, NOW, "no-reason")
    shown = json.loads(adapter("dead-letters", "show", "look", lane).stdout)
    assert set(shown) == {"failed at", "kind", "name", "code"}


def test_a_retry_leaves_a_trace(died: str) -> None:
    _retry("--all")
    told = [json.loads(line)["event"] for line in adapter("audits", "list").stdout.splitlines()]
    assert [one["entity"][0]["what"]["identifier"]["value"] for one in told] == ["1", "person:1", "1"]
    assert {one["agent"][0]["requestor"] for one in told} == {True}
    assert len(adapter("audits", "list", "--after", "1", "--limit", "1").stdout.splitlines()) == 1


def test_the_chain_is_whole_until_somebody_touches_it(database: Store, died: str) -> None:
    _retry("--all")
    ran = adapter("audits", "verify")
    head = ran.stdout.split()[-1]
    assert (ran.exit_code, ran.stdout) == (0, f"3 AuditEvents, whole; head {head}\n")
    assert adapter("audits", "verify", "--head", head).exit_code == 0
    with database.begin() as tx:
        tx.execute(sa.text("DELETE FROM audit WHERE number = 3"))
    assert adapter("audits", "verify").exit_code == 0
    cut = adapter("audits", "verify", "--head", head, "--format", "json")
    assert (cut.exit_code, json.loads(cut.stdout)["cut off"]) == (1, True)
    assert "2 AuditEvents, cut off" in adapter("audits", "verify", "--head", head).stdout
    with database.begin() as tx:
        tx.execute(sa.text("DELETE FROM audit WHERE number = 1"))
    broken = adapter("audits", "verify")
    assert (broken.exit_code, broken.stdout) == (1, "broken at AuditEvent 1; the 0 before it are whole\n")


def test_status_says_which_target_is_waited_for(database: Store) -> None:
    with database.begin() as tx:
        outbox.intend(tx, decision(), [charge()], NOW)
        sending = outbox.claim(tx, "w", later(0), 60)
        assert sending
        outbox.retry(tx, sending, later(1), later(30), "target-timeout")
    told = json.loads(adapter("status", "--format", "json").stdout)
    assert [(one["code"], one["number"]) for one in told["waiting"]] == [("target-timeout", 1)]
    assert "target-timeout" in adapter("status").stdout
