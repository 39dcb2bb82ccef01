"""The bytes of a report that stand in a Binary are read at its source, as a resource or as they are."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir.json_text import dumps
from adapter.inbound import raw_binaries
from adapter.inbound.sources import SourceClient, SourceRefuses
from adapter.store.people import all_persons, read_person
from adapter.work.records import read_record
from tests.servers import Answer, Request
from tests.work.asking import Hospital, hospital


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8)) as made:
        yield made


def _answers(here: Hospital, answer: Answer) -> None:
    """Whoever reads a Binary gets this."""

    def fault(request: Request, forward: Callable[[], Answer]) -> Answer | None:
        return answer if "/Binary/" in request.path else forward()

    here.gateway.fault = fault


def _record(here: Hospital) -> list[dict[str, Any]]:
    """The Binaries in the record of the one person."""
    with here.store.read() as tx:
        person = read_person(tx, all_persons(tx)[0])
        assert person is not None
        record = read_record(tx, person, here.mark.encode())
    assert record is not None
    return [dict(r.content) for r in record.own if r.key.type == "Binary"]


def _told(here: Hospital) -> str:
    """A visit was told whose report's bytes stand in a Binary; its id."""
    name = f"b1-{here.mark}"
    here.tell(*here.visit(DocumentReference={"content": [{"attachment": {"url": f"Binary/{name}"}}]}))
    here.settle()
    return name


def test_a_binary_is_read_once_at_its_source(here: Hospital) -> None:
    kept = {"resourceType": "Binary", "id": f"b1-{here.mark}", "contentType": "text/plain", "data": "RG91bGV1cg=="}
    _answers(here, Answer(200, {"Content-Type": "application/fhir+json"}, dumps(kept).encode()))
    _told(here)
    assert _record(here) == [kept]
    assert here.asked().count("read Binary") == 1


def test_bytes_are_made_a_binary(here: Hospital) -> None:
    _answers(here, Answer(200, {"Content-Type": "application/pdf"}, b"%PDF-1.4 \xff"))
    name = _told(here)
    data = base64.b64encode(b"%PDF-1.4 \xff").decode()
    assert _record(here) == [{"resourceType": "Binary", "id": name, "contentType": "application/pdf", "data": data}]


def test_json_that_is_no_binary_is_what_the_binary_holds(here: Hospital) -> None:
    _answers(here, Answer(200, {"Content-Type": "application/fhir+json"}, b'{"resourceType": "Composition"}'))
    _told(here)
    (found,) = _record(here)
    assert base64.b64decode(found["data"]) == b'{"resourceType": "Composition"}'


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_binary_that_is_not_given_holds_up_no_charge(here: Hospital, status: int) -> None:
    _answers(here, Answer(status, {}, b""))
    _told(here)
    assert _record(here) == []
    assert here.charges() == ["billable"]


def test_a_binary_that_comes_by_itself_is_kept_for_what_names_it_later(here: Hospital) -> None:
    name = f"b1-{here.mark}"
    here.tell({"resourceType": "Binary", "id": name, "contentType": "text/plain", "data": "RG91bGV1cg=="})
    here.settle()
    _told(here)
    assert [one["id"] for one in _record(here)] == [name]
    assert "read Binary" not in here.asked()


def test_more_bytes_than_anybody_needs_are_refused(here: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_binaries, "LARGEST", 100)
    _answers(here, Answer(200, {"Content-Type": "application/pdf"}, b"x" * 101))
    client = SourceClient(here.gateway.base_url)
    with pytest.raises(SourceRefuses, match="a Binary of the source has more than"):
        client.read("Binary", "b1")
    client.close()
    _told(here)
    assert _record(here) == []
