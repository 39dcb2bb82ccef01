"""Documents go to a PDSm server: a real FHIR server, behind a gateway that loses answers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapter.dmp.transports.pdsm import PdsmServer, Ways
from adapter.outbound.client import Target
from adapter.work.surroundings import Road
from tests.dmp.site import attached, shareable
from tests.parts import require
from tests.servers import Answer, Gateway, Request, sekmet
from tests.work.sharing import OPPOSED, UNANNOUNCED, Sharer, by_id, sharer

WAYS = Ways("1.2.250.1.999.1", patch="json", undeclared=frozenset({"List", "Binary"}))
OTHER_WORDS = by_id("r1", **attached(b"Douleur 2, sommeil conserve.", "text/plain"))


@dataclass
class Place:
    """The worker, and the server that takes documents."""

    sharer: Sharer
    gateway: Gateway
    server: Target

    def there(self) -> list[tuple[str, str]]:
        """Status and master identifier of each description of this test's person, oldest first."""
        own = {r["identifier"]["value"] for r in self.told()}
        found = self.server.search("DocumentReference", {})
        chains = {r["masterIdentifier"]["value"]: r for r in found}
        kept = [chains[name] for name in own if name in chains]
        before = [chains[b] for r in kept if (b := _replaced(r, found))]
        return [(r["status"], r["masterIdentifier"]["value"]) for r in (*before, *kept)]

    def told(self) -> list[dict[str, Any]]:
        """The documents that the Communication tells of."""
        references = [p.get("contentReference", {}) for p in self.sharer.synthesis()["payload"]]
        return [r for r in references if "identifier" in r and r["identifier"]["value"].startswith("urn:oid:2.25.")]

    def labels(self) -> set[str]:
        """Who may see the document that is told of."""
        ((_, name),) = [one for one in self.there() if one[0] == "current"]
        (found,) = [r for r in self.server.search("DocumentReference", {}) if r["masterIdentifier"]["value"] == name]
        return {c["code"] for label in found["securityLabel"] for c in label["coding"]}


def _replaced(resource: dict[str, Any], found: list[dict[str, Any]]) -> str | None:
    for related in resource.get("relatesTo", ()):
        id_ = related["target"]["reference"].rpartition("/")[2]
        return next((str(r["masterIdentifier"]["value"]) for r in found if r["id"] == id_), None)
    return None


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of these tests alone: others count what they find."""
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    with sekmet(tmp_path_factory.mktemp("receiver")) as base:
        yield base


@pytest.fixture
def place(tmp_path: Path, receiver: str) -> Iterator[Place]:
    gateway = Gateway(receiver)
    try:
        with Target(gateway.base_url) as target, Target(receiver) as direct:
            road = Road(PdsmServer(target, WAYS), patches=True, home=gateway.base_url)
            # Another secret makes other ids: the tests of this file share the server.
            with sharer(tmp_path, road) as made:
                made.be(secret=str(tmp_path).encode())
                yield Place(made, gateway, direct)
    finally:
        gateway.close()


def _losing(place: Place, method: str, times: int) -> None:
    """Lose the next answers to what was done."""
    left = [times]

    def fault(request: Request, forward: Callable[[], Answer]) -> Answer | None:
        is_search = request.path.endswith("_search")
        answer = forward()
        if request.method == method and not is_search and left[0]:
            left[0] -= 1
            return None
        return answer

    place.gateway.fault = fault


def _settle(place: Place) -> None:
    for _ in range(5):
        place.sharer.running.later(minutes=20)
        place.sharer.running.settle()


def test_a_document_goes_to_the_server_and_is_told_with_its_address(place: Place) -> None:
    place.sharer.know(*shareable())
    ((status, name),) = place.there()
    (told,) = place.told()
    assert (status, told["identifier"]["value"]) == ("current", name)
    (found,) = [r for r in place.server.search("DocumentReference", {}) if r["masterIdentifier"]["value"] == name]
    assert told["reference"] == f"{place.gateway.base_url}/DocumentReference/{found['id']}"


@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_that_was_lost_doubles_nothing(place: Place, times: int) -> None:
    _losing(place, "POST", times)
    place.sharer.know(*shareable())
    assert place.sharer.synthesis()["status"] == "in-progress"
    _settle(place)
    assert place.sharer.synthesis()["status"] == "completed"
    assert [status for status, _ in place.there()] == ["current"]
    _losing(place, "POST", times)
    place.sharer.know(OTHER_WORDS)
    _settle(place)
    assert [status for status, _ in place.there()] == ["superseded", "current"]
    assert place.sharer.letters() == []


def test_other_content_while_an_answer_is_awaited_is_the_next_version(place: Place) -> None:
    _losing(place, "POST", 1)
    place.sharer.know(*shareable())
    place.sharer.know(OTHER_WORDS)
    _settle(place)
    assert [status for status, _ in place.there()] == ["superseded", "current"]
    assert (place.sharer.synthesis()["status"], place.sharer.letters()) == ("completed", [])


def test_shown_hidden_and_taken_back_is_the_same_document(place: Place) -> None:
    place.sharer.know(*shareable(announced={"valueBoolean": False}))
    ((_, name),) = place.there()
    assert "INVISIBLE_PATIENT" in place.labels()
    _losing(place, "PATCH", 1)
    place.sharer.know(by_id("announced"))
    _settle(place)
    assert "INVISIBLE_PATIENT" not in place.labels()
    place.sharer.know(UNANNOUNCED)
    assert "INVISIBLE_PATIENT" in place.labels()
    _losing(place, "PATCH", 1)
    place.sharer.know(by_id("e1", status="entered-in-error"))
    _settle(place)
    assert place.there() == [("superseded", name)]
    assert place.sharer.synthesis()["status"] == "entered-in-error"


def test_who_opposes_while_an_answer_is_awaited_is_sent_nothing_and_a_person_is_asked(place: Place) -> None:
    _losing(place, "POST", 1)
    place.sharer.know(*shareable())
    sent = [r for r in place.gateway.seen if r.method == "POST" and not r.path.endswith("_search")]
    place.sharer.know(OPPOSED)
    _settle(place)
    assert [r for r in place.gateway.seen if r.method == "POST" and not r.path.endswith("_search")] == sent
    assert place.sharer.synthesis()["status"] == "in-progress"
    (task,) = place.sharer.found("Task")
    assert "hand-over-unknown" in task["description"]
