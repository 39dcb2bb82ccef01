"""The three roads, apart from what only a real server can show."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapter.core.errors import AdapterError, Permanent, Temporary
from adapter.dmp.envelopes import Action
from adapter.dmp.fhir.document_references import iti105
from adapter.dmp.pfi.messages import Correspondents, control_id, mdm
from adapter.dmp.transports.drop import FileDrop
from adapter.dmp.transports.pdsm import PdsmServer, Ways
from adapter.dmp.transports.roads import Receipt, Transport
from adapter.dmp.transports.xds import DirectXds
from adapter.outbound.answers import Stored
from adapter.outbound.errors import Lacking, SeveralMatches, TimedOut
from tests.dmp.samples import HIDDEN, NORMAL, envelope
from tests.dmp.scenes import PATIENT

BETWEEN = Correspondents("ADAPTER", "HAD", "PFI", "CHU", processing="T")
WAYS = Ways("1.2.250.1.999.1")


def test_a_dropped_file_is_the_message_under_its_control_id(tmp_path: Path) -> None:
    sent = envelope()
    receipt = FileDrop(tmp_path, BETWEEN).hand_over(sent)
    assert receipt == Receipt(f"{control_id(sent)}.hl7")
    assert [path.name for path in tmp_path.iterdir()] == [receipt.place]
    assert (tmp_path / receipt.place).read_bytes() == mdm(sent, BETWEEN)


def _written(path: Path) -> tuple[int, int, int]:
    """Which file it is and when it was written; when it was last read is another matter."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def test_dropping_twice_leaves_one_file_untouched(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path, BETWEEN)
    first = drop.hand_over(envelope())
    before = _written(tmp_path / first.place)
    assert drop.hand_over(envelope()) == Receipt(first.place, again=True)
    assert _written(tmp_path / first.place) == before
    assert len(list(tmp_path.iterdir())) == 1


def test_what_the_engine_took_away_is_dropped_again_under_the_same_name(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path, BETWEEN)
    first = drop.hand_over(envelope())
    content = (tmp_path / first.place).read_bytes()
    (tmp_path / first.place).unlink()
    assert drop.hand_over(envelope()) == first
    assert (tmp_path / first.place).read_bytes() == content


def test_a_file_of_another_content_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / f"{control_id(envelope())}.hl7").write_bytes(b"MSH|other")
    with pytest.raises(Permanent) as caught:
        FileDrop(tmp_path, BETWEEN).hand_over(envelope())
    assert caught.value.code == "other-content"
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"MSH|other"]


def test_what_a_crash_left_half_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / f".{control_id(envelope())}.hl7.part").write_bytes(b"MSH|ha")
    receipt = FileDrop(tmp_path, BETWEEN).hand_over(envelope())
    assert [path.name for path in tmp_path.iterdir()] == [receipt.place]


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Temporary) as caught:
        FileDrop(tmp_path, BETWEEN).hand_over(envelope())
    assert (caught.value.code, str(caught.value)) == ("drop-unavailable", "the drop folder: No space left on device")
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]


def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(Temporary) as caught:
        FileDrop(tmp_path / "unmounted", BETWEEN).hand_over(envelope())
    assert caught.value.code == "drop-unavailable"


def test_the_name_of_a_file_tells_nothing_of_a_person(tmp_path: Path) -> None:
    name = FileDrop(tmp_path, BETWEEN).hand_over(envelope()).place
    for told in (PATIENT.ins.value, PATIENT.birth_name, PATIENT.birth_date, "IPP-0042", "VN-77"):
        assert told.lower() not in name


def test_the_direct_road_says_what_it_lacks_and_names_the_others() -> None:
    road: Transport = DirectXds()
    with pytest.raises(Permanent) as caught:
        road.hand_over(envelope())
    assert caught.value.code == "needs-homologation"
    for said in ("ORG_AUTH_CLI", "ORG_SIGN", "homologation", "file", "fhir"):
        assert said in str(caught.value)


class Server:
    """A target that answers what a test wants; what is written to it is in `written`."""

    def __init__(self, *found: dict[str, Any], statement: dict[str, Any] | AdapterError | None = None) -> None:
        self.found, self.statement = list(found), statement
        self.failure: AdapterError | None = None
        self.written: list[Any] = []

    def capabilities(self) -> dict[str, Any]:
        if isinstance(self.statement, AdapterError):
            raise self.statement
        types = [{"type": name} for name in ("DocumentReference", "List", "Binary")]
        every = {"rest": [{"mode": "server", "resource": types, "interaction": [{"code": "transaction"}]}]}
        return every if self.statement is None else self.statement

    def search(self, type_name: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        return self.found

    def transaction(self, bundle: Mapping[str, Any]) -> list[Stored]:
        self._write(bundle)
        return [Stored(f"{e['resource']['resourceType']}/9", "1") for e in bundle["entry"]]

    def create(self, content: Mapping[str, Any], unless: str | None = None) -> Stored:
        self._write((content, unless))
        return Stored("DocumentReference/9", "1")

    def patch(self, reference: str, content: Mapping[str, Any] | list[Any], version: str | None = None) -> Stored:
        self._write((reference, content, version))
        return Stored(reference, "4")

    def _write(self, what: Any) -> None:
        self.written.append(what)
        if self.failure:
            raise self.failure


def kept(version: str = "3", **changes: Any) -> dict[str, Any]:
    """The description of the first version as a server keeps it."""
    sent = envelope()
    found = iti105(sent.document, sent.cda, sent.document_class)
    return {**found, "id": "7", "meta": {"versionId": version}, **changes}


def declaring(*types: str, transaction: bool = True) -> dict[str, Any]:
    interactions = [{"code": "transaction" if transaction else "batch"}]
    return {"rest": [{"mode": "server", "resource": [{"type": t} for t in types], "interaction": interactions}]}


def code(server: Server, sent: Any, ways: Ways = WAYS) -> str:
    with pytest.raises(AdapterError) as caught:
        PdsmServer(server, ways).hand_over(sent)
    return caught.value.code


def test_a_new_document_is_sent_once_it_is_known_to_be_absent() -> None:
    server = Server()
    assert PdsmServer(server, WAYS).hand_over(envelope()) == Receipt("DocumentReference/9", "1")
    assert [bundle["type"] for bundle in server.written] == ["transaction"]


def test_a_document_that_is_there_is_not_sent() -> None:
    server = Server(kept())
    assert PdsmServer(server, WAYS).hand_over(envelope()) == Receipt("DocumentReference/7", "3", again=True)
    assert server.written == []


def test_a_server_that_keeps_no_hash_is_taken_at_its_word() -> None:
    bare = kept(content=[{"attachment": {"title": "x"}}])
    assert PdsmServer(Server(bare), WAYS).hand_over(envelope()).again


def test_another_content_under_our_id_is_told_and_left_alone() -> None:
    other = kept(content=[{"attachment": {"hash": "AAAA"}}])
    server = Server(other)
    assert code(server, envelope()) == "other-content"
    assert server.written == []


def test_a_search_that_finds_others_or_several_stops() -> None:
    stranger = kept(masterIdentifier={"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2"})
    assert code(Server(stranger), envelope()) == "search-ignored"
    assert code(Server(kept(), kept()), envelope()) == "several-matches"


@pytest.mark.parametrize("action", [Action.VISIBILITY, Action.DELETE, Action.REPLACE])
def test_what_was_never_handed_over_is_not_changed(action: Action) -> None:
    server = Server()
    assert code(server, envelope(action=action)) == "no-version-before"
    assert code(server, envelope(action=action, version=2)) == "no-version-before"
    assert server.written == []


def test_a_change_is_for_the_version_that_was_read() -> None:
    server = Server(kept())
    hidden = envelope(action=Action.VISIBILITY, confidentiality=(NORMAL, HIDDEN))
    assert PdsmServer(server, WAYS).hand_over(hidden) == Receipt("DocumentReference/7", "4")
    ((place, change, version),) = server.written
    assert (place, change["resourceType"], version) == ("DocumentReference/7", "Parameters", "3")


def test_a_change_that_somebody_was_quicker_with_is_tried_again_later() -> None:
    server = Server(kept())
    server.failure = SeveralMatches("PATCH DocumentReference: HTTP 412")
    assert code(server, envelope(action=Action.DELETE)) == "target-conflict"


def test_a_server_that_wants_json_gets_places_by_number() -> None:
    server = Server(kept())
    hidden = envelope(action=Action.VISIBILITY, confidentiality=(NORMAL, HIDDEN))
    PdsmServer(server, Ways(WAYS.source_oid, patch="json")).hand_over(hidden)
    ((_, change, _),) = server.written
    assert [(one["op"], one["path"]) for one in change] == [("add", "/securityLabel/-")]


@pytest.mark.parametrize("patch", ["fhirpath", "json"])
@pytest.mark.parametrize("action", [Action.VISIBILITY, Action.DELETE])
def test_a_change_that_is_done_is_not_done_again(patch: Any, action: Action) -> None:
    server = Server(kept(status="superseded"))
    receipt = PdsmServer(server, Ways(WAYS.source_oid, patch=patch)).hand_over(envelope(action=action))
    assert receipt == Receipt("DocumentReference/7", "3", again=True)
    assert server.written == []


def test_what_the_server_does_not_declare_is_not_sent() -> None:
    server = Server(statement=declaring("DocumentReference", "Patient"))
    with pytest.raises(Lacking, match="does not declare Binary, List"):
        PdsmServer(server, WAYS).hand_over(envelope())
    assert server.written == []


@pytest.mark.parametrize(
    ("statement", "ways"),
    [
        (declaring("DocumentReference"), Ways("1.2.3", undeclared=frozenset({"List", "Binary"}))),
        (declaring("DocumentReference", transaction=False), Ways("1.2.3", publish="iti-105")),
        ({}, Ways("1.2.3", undeclared=frozenset({"DocumentReference", "List", "Binary"}))),
        (Lacking("GET metadata: HTTP 404"), WAYS),
    ],
)
def test_what_is_declared_or_said_for_the_target_is_sent(statement: Any, ways: Ways) -> None:
    server = Server(statement=statement)
    assert not PdsmServer(server, ways).hand_over(envelope()).again
    assert len(server.written) == 1


def test_a_server_without_transactions_is_told_of_the_other_way() -> None:
    server = Server(statement=declaring("DocumentReference", "List", "Binary", transaction=False))
    with pytest.raises(Lacking, match="ITI-105"):
        PdsmServer(server, WAYS).hand_over(envelope())


def test_a_server_that_is_asked_in_vain_is_asked_again() -> None:
    server = Server(statement=TimedOut("GET metadata: no answer in time"))
    road = PdsmServer(server, WAYS)
    with pytest.raises(TimedOut):
        road.hand_over(envelope())
    server.statement = None
    assert not road.hand_over(envelope()).again
