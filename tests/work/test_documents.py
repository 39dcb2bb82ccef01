"""Documents for the shared record leave by files, each version once, and a Communication tells what became of them."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapter.dmp.faults import Fault
from adapter.store import audits, dead_letters, handed
from tests.dmp.site import attached, shareable
from tests.work.sharing import CLOSED, OPPOSED, UNANNOUNCED, Sharer, by_id, dropping, sharer

CDA = {"c": "urn:hl7-org:v3"}
OTHER_WORDS = by_id("r1", **attached(b"Douleur 2, sommeil conserve.", "text/plain"))
UNQUALIFIED = by_id("p1", extension=[])


@dataclass
class Place:
    """The worker, and the folder that the hospital's engine reads."""

    sharer: Sharer
    folder: Path

    def events(self) -> list[str]:
        """The event of each message, in the order in which they came."""
        return [_field(m, "MSH", 9).split("^")[1] for m in self.messages()]

    def messages(self) -> list[list[str]]:
        """The messages as segments."""
        files = sorted(self.folder.glob("*.hl7"), key=lambda f: f.stat().st_mtime_ns)
        return [f.read_bytes().decode().split("\r") for f in files]

    def document(self) -> etree._Element:
        """The CDA of the last message."""
        return etree.fromstring(base64.b64decode(_field(self.messages()[-1], "OBX", 5).split("^")[4]))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "drop"
    folder.mkdir()
    with sharer(tmp_path, dropping(folder)) as made:
        yield Place(made, folder)


def _field(message: list[str], segment: str, number: int) -> str:
    (fields, *_) = [line.split("|") for line in message if line.startswith(segment)]
    return fields[number - 1 if segment == "MSH" else number]


def _attribute(root: etree._Element, path: str) -> str:
    (found,) = root.xpath(path, namespaces=CDA)
    return str(found)


def _references(communication: dict[str, Any]) -> list[dict[str, Any]]:
    references = [p["contentReference"] for p in communication["payload"] if "contentReference" in p]
    return [r for r in references if r.get("identifier", {}).get("value", "").startswith("urn:oid:2.25.")]


def test_a_billable_visit_is_handed_over_and_told(place: Place) -> None:
    place.sharer.know(*shareable())
    assert place.events() == ["T02"]
    assert "Douleur" in "".join(map(str, place.document().itertext()))
    told = place.sharer.synthesis()
    (reference,) = _references(told)
    assert told["status"] == "completed"
    assert reference["identifier"]["value"] == f"urn:oid:{_field(place.messages()[0], 'TXA', 12)}"
    assert place.sharer.charges() == ["billable"]


def test_a_look_after_all_is_confirmed_writes_nothing(place: Place) -> None:
    place.sharer.know(*shareable())
    before = [(c["meta"], c["sent"]) for c in place.sharer.found("Communication")]
    place.sharer.look_again()
    assert place.events() == ["T02"]
    assert [(c["meta"], c["sent"]) for c in place.sharer.found("Communication")] == before
    assert place.sharer.wanted() == [("confirmed", None)]


def test_other_content_replaces_the_version_before(place: Place) -> None:
    place.sharer.know(*shareable())
    first = _field(place.messages()[0], "TXA", 12)
    place.sharer.know(OTHER_WORDS)
    assert place.events() == ["T02", "T10"]
    root = place.document()
    assert _attribute(root, "c:versionNumber/@value") == "2"
    assert _attribute(root, "c:relatedDocument/@typeCode") == "RPLC"
    assert _field(place.messages()[1], "TXA", 13) == first
    (reference,) = _references(place.sharer.synthesis())
    assert reference["identifier"]["value"] == f"urn:oid:{_field(place.messages()[1], 'TXA', 12)}"


def test_what_is_announced_later_is_shown(place: Place) -> None:
    place.sharer.know(*shareable(announced={"valueBoolean": False}))
    assert place.events() == ["T02"]
    place.sharer.know(by_id("announced"))
    assert place.events() == ["T02", "T10"]
    rows = {line.split("|")[3].split("^")[0]: line.split("|")[5][:1] for line in place.messages()[1] if "|CE|" in line}
    assert (rows["MODIF_CONF_CODE"], rows["INVISIBLE_PATIENT"]) == ("Y", "N")
    place.sharer.know(UNANNOUNCED)
    assert place.events() == ["T02", "T10", "T10"]


@pytest.mark.parametrize(
    ("forbidding", "reason"),
    [(OPPOSED, "non-opposition"), (CLOSED, "dmp-open"), (UNQUALIFIED, "identity")],
    ids=["opposed", "closed", "unqualified"],
)
def test_what_is_forbidden_is_not_done_and_the_charge_is_as_it_was(
    place: Place, forbidding: dict[str, Any], reason: str
) -> None:
    others = [r for r in shareable() if r["id"] != forbidding["id"]]
    place.sharer.know(*others, forbidding)
    told = place.sharer.synthesis()
    assert place.events() == []
    assert (told["status"], told["statusReason"]["coding"][0]["code"]) == ("not-done", reason)
    assert "sent" not in told
    assert place.sharer.charges() == ["billable"]
    assert place.sharer.wanted() == []


def test_what_was_forbidden_is_done_once_it_is_allowed(place: Place) -> None:
    place.sharer.know(*shareable(feeding={"provision": {"type": "deny"}}))
    before = place.sharer.synthesis()["id"]
    place.sharer.know(by_id("feeding"))
    told = place.sharer.synthesis()
    assert (told["id"], told["status"], place.events()) == (before, "completed", ["T02"])
    assert "statusReason" not in told


def test_who_opposes_afterwards_is_sent_nothing_more_and_a_person_is_asked(place: Place) -> None:
    place.sharer.know(*shareable())
    place.sharer.know(OPPOSED, OTHER_WORDS)
    assert place.events() == ["T02"]
    assert place.sharer.synthesis()["status"] == "completed"
    (task,) = place.sharer.found("Task")
    assert (task["status"], task["code"]["coding"][0]["code"]) == ("requested", "document-not-ready")
    assert "handed-before" in task["description"]
    place.sharer.know(by_id("feeding"))
    assert place.events() == ["T02", "T10"]
    assert [t["status"] for t in place.sharer.found("Task")] == ["cancelled"]


def test_a_visit_entered_in_error_takes_the_document_back(place: Place) -> None:
    place.sharer.know(*shareable())
    place.sharer.know(by_id("e1", status="entered-in-error"))
    assert place.events() == ["T02", "T04"]
    assert _field(place.messages()[1], "TXA", 12) == _field(place.messages()[0], "TXA", 12)
    assert place.sharer.synthesis()["status"] == "entered-in-error"
    assert place.sharer.charges() == ["entered-in-error"]


def test_what_was_taken_back_and_is_right_after_all_begins_anew(place: Place) -> None:
    place.sharer.know(*shareable())
    place.sharer.know(by_id("e1", status="entered-in-error"))
    place.sharer.know(by_id("e1"))
    assert place.events() == ["T02", "T04", "T02"]
    root = place.document()
    assert _attribute(root, "c:versionNumber/@value") == "1"
    assert root.xpath("c:relatedDocument", namespaces=CDA) == []
    assert len({_field(m, "TXA", 12) for m in place.messages()}) == 2


def test_a_document_that_the_decision_asks_for_no_more_is_for_a_person(place: Place) -> None:
    place.sharer.know(*shareable())
    place.sharer.know(by_id("r1", status="entered-in-error"))
    assert place.events() == ["T02"]
    (task,) = [t for t in place.sharer.found("Task") if t["code"]["coding"][0]["code"] == "document-not-ready"]
    assert "handed-before" in task["description"]
    assert place.sharer.synthesis()["status"] == "completed"


def test_a_folder_that_is_gone_is_waited_for(place: Place) -> None:
    place.folder.rmdir()
    place.sharer.know(*shareable())
    assert place.sharer.wanted() == [("intended", "drop-unavailable")]
    assert (place.sharer.synthesis()["status"], place.sharer.charges()) == ("in-progress", ["billable"])
    place.folder.mkdir()
    place.sharer.running.later(hours=1)
    place.sharer.running.settle()
    assert (place.sharer.synthesis()["status"], place.events()) == ("completed", ["T02"])


def test_what_is_recalled_while_it_waits_never_leaves(place: Place) -> None:
    place.folder.rmdir()
    place.sharer.know(*shareable())
    place.sharer.know(OPPOSED)
    place.folder.mkdir()
    place.sharer.running.later(hours=1)
    place.sharer.running.settle()
    assert (place.events(), place.sharer.wanted()) == ([], [("confirmed", None)])


def test_a_fault_of_ours_touches_no_charge(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[Exception] = []
    place.sharer.be(tell=failed.append)
    monkeypatch.setattr("adapter.work.documents.prepared", lambda *_: 1 / 0)
    place.sharer.know(*shareable())
    assert (place.sharer.charges(), place.sharer.synthesis()["status"]) == (["billable"], "in-progress")
    assert {type(error) for error in failed} == {ZeroDivisionError}
    monkeypatch.undo()
    place.sharer.look_again()
    assert place.sharer.synthesis()["status"] == "completed"


def test_a_fault_of_ours_on_the_way_is_tried_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapter.work.handing.towards", lambda *_, **__: 1 / 0)
    place.sharer.know(*shareable())
    assert place.sharer.wanted() == [("intended", "unexpected-failure")]
    assert (place.sharer.charges(), place.sharer.synthesis()["status"]) == (["billable"], "in-progress")
    monkeypatch.undo()
    place.sharer.running.later(hours=1)
    place.sharer.running.settle()
    assert (place.sharer.synthesis()["status"], place.events()) == ("completed", ["T02"])


def test_a_dead_letter_asks_a_person_and_may_be_retried(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = Fault("cda-title", "/title", "is missing")
    monkeypatch.setattr("adapter.work.handing.faults_of", lambda *_: (fault,))
    place.sharer.know(*shareable())
    (letter,) = place.sharer.letters()
    assert (letter.kind, letter.code, place.events()) == ("write", "cda-title", [])
    (task,) = place.sharer.found("Task")
    assert "cda-title" in task["description"]
    assert (place.sharer.charges(), place.sharer.synthesis()["status"]) == (["billable"], "in-progress")
    monkeypatch.undo()
    with place.sharer.running.store.begin() as tx:
        dead_letters.retry(tx, [letter], place.sharer.running.now)
    place.sharer.running.settle()
    assert (place.sharer.synthesis()["status"], place.events()) == ("completed", ["T02"])
    assert [t["status"] for t in place.sharer.found("Task")] == ["cancelled"]


def test_what_is_incomplete_waits_and_says_what_is_to_be_mended(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    with sharer(tmp_path, dropping(folder)) as made:
        made.know(*(r for r in shareable(d1={"name": []})))
        assert (made.synthesis()["status"], made.wanted()) == ("in-progress", [])
        assert [t["code"]["coding"][0]["code"] for t in made.found("Task")] == ["document-not-ready"]
        assert made.charges() == ["billable"]


def test_without_a_road_nothing_piles_up(tmp_path: Path) -> None:
    with sharer(tmp_path, None) as made:
        made.know(*shareable())
        assert (made.synthesis()["status"], made.wanted(), made.charges()) == ("in-progress", [], ["billable"])
        made.know(OPPOSED)
        assert made.synthesis()["status"] == "not-done"


def test_a_road_that_is_closed_again_leaves_told_what_was_told(place: Place) -> None:
    place.sharer.know(*shareable())
    place.sharer.be(road=None, sharing=replace(place.sharer.around.sharing, is_on=False))
    place.sharer.look_again()
    assert place.sharer.synthesis()["status"] == "completed"
    assert place.sharer.letters() == []


def test_each_hand_over_is_audited_under_the_pseudonym(place: Place) -> None:
    place.sharer.know(*shareable())
    place.sharer.know(by_id("e1", status="entered-in-error"))
    with place.sharer.running.store.read() as tx:
        events = [e for _, e in audits.read(tx, limit=1000) if e["type"]["code"] == "110106"]
        assert handed.counts(tx) == {"handed": 0, "withdrawn": 1, "begun": 0}
    assert [e["action"] for e in events] == ["C", "D"]
    assert "279035121518989" not in str(events)
