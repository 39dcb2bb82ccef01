"""A real exchange with a FHIR server: published, replaced, hidden, withdrawn, repeated after a lost answer.

The server accepts List and Binary without declaring them, and of FHIRPath Patch only plain paths: both are said in the
ways of this target, as a site would.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapter.core.errors import Temporary
from adapter.core.ids import business_id
from adapter.dmp.documents import Document
from adapter.dmp.envelopes import Action
from adapter.dmp.transports.pdsm import PdsmServer, Ways
from adapter.outbound.client import Target
from adapter.outbound.errors import Lacking
from tests.dmp.samples import HIDDEN, NORMAL, envelope
from tests.dmp.scenes import VISIT_IN_SECTIONS
from tests.parts import require
from tests.servers import Answer, Gateway, Request, sekmet

TAKES = Ways("1.2.250.1.999.1", patch="json", undeclared=frozenset({"List", "Binary"}))
both_ways = pytest.mark.parametrize("publish", ["iti-65", "iti-105"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    with sekmet(tmp_path_factory.mktemp("sekmet")) as base:
        yield base


@pytest.fixture
def gateway(server: str) -> Iterator[Gateway]:
    gateway = Gateway(server)
    yield gateway
    gateway.close()


@pytest.fixture
def target(gateway: Gateway) -> Iterator[Target]:
    with Target(gateway.base_url) as target:
        yield target


@pytest.fixture
def document(request: pytest.FixtureRequest, tmp_path: Path) -> Document:
    """A document of this test alone."""
    return replace(VISIT_IN_SECTIONS, set_id=business_id("exchange", request.node.name, str(tmp_path)))


def road(target: Target, publish: Any) -> PdsmServer:
    return PdsmServer(target, replace(TAKES, publish=publish))


def there(target: Target, document: Document) -> list[dict[str, Any]]:
    """What the server has under this version's unique id."""
    found = target.search_by_identifier("DocumentReference", "urn:ietf:rfc:3986", f"urn:uuid:{document.unique_id}")
    return sorted(found, key=lambda resource: str(resource["id"]))


def labels(resource: dict[str, Any]) -> list[str]:
    return [label["coding"][0]["code"] for label in resource["securityLabel"]]


def cut_after(sent: Callable[[Request], bool]) -> Callable[[Request, Callable[[], Answer]], Answer | None]:
    """Lets the server do what was sent, and loses its first answer."""
    lost: list[Request] = []

    def fault(request: Request, forward: Callable[[], Answer]) -> Answer | None:
        answer = forward()
        if sent(request) and not lost:
            lost.append(request)
            return None
        return answer

    return fault


def is_publication(request: Request) -> bool:
    return request.method == "POST" and not request.path.endswith("_search")


def is_patch(request: Request) -> bool:
    return request.method == "PATCH"


def test_a_server_that_does_not_declare_binary_and_list_gets_them_only_when_told(
    target: Target, document: Document
) -> None:
    with pytest.raises(Lacking, match="does not declare"):
        PdsmServer(target, replace(TAKES, undeclared=frozenset())).hand_over(envelope(document))
    assert there(target, document) == []
    PdsmServer(target, TAKES).hand_over(envelope(document))
    assert len(there(target, document)) == 1


def test_a_submission_arrives_with_its_set_and_its_content(target: Target, document: Document) -> None:
    """The content is looked for by itself: this server does not turn the address of the Binary into its own."""
    sent = envelope(document)
    receipt = PdsmServer(target, TAKES).hand_over(sent)
    (found,) = there(target, document)
    assert receipt.place == f"DocumentReference/{found['id']}"
    assert receipt.version == found["meta"]["versionId"]
    assert found["masterIdentifier"]["value"] == f"urn:oid:{document.unique_oid}"
    contents = [base64.b64decode(binary["data"]) for binary in target.search("Binary", {"_count": "100"})]
    assert contents.count(sent.cda) == 1
    sets = [s for s in target.search("List", {"_count": "100"}) if _lists(s, found["id"])]
    assert len(sets) == 1


def test_a_simplified_publication_arrives_with_its_content(target: Target, document: Document) -> None:
    sent = envelope(document)
    receipt = road(target, "iti-105").hand_over(sent)
    (found,) = there(target, document)
    assert receipt.place == f"DocumentReference/{found['id']}"
    assert base64.b64decode(found["content"][0]["attachment"]["data"]) == sent.cda


@both_ways
def test_a_second_try_sends_nothing(target: Target, gateway: Gateway, document: Document, publish: str) -> None:
    way = road(target, publish)
    first = way.hand_over(envelope(document))
    gateway.seen.clear()
    assert way.hand_over(envelope(document)) == replace(first, again=True)
    assert [r.path for r in gateway.seen if is_publication(r) or is_patch(r)] == []


@both_ways
def test_a_lost_answer_doubles_nothing(target: Target, gateway: Gateway, document: Document, publish: str) -> None:
    gateway.fault = cut_after(is_publication)
    way = road(target, publish)
    with pytest.raises(Temporary) as caught:
        way.hand_over(envelope(document))
    assert caught.value.code == "target-unreachable"
    receipt = way.hand_over(envelope(document))
    (found,) = there(target, document)
    assert (receipt.place, receipt.again) == (f"DocumentReference/{found['id']}", True)
    assert len([r for r in gateway.seen if is_publication(r)]) == 1


@both_ways
def test_a_replacement_supersedes_the_version_before(target: Target, document: Document, publish: str) -> None:
    way = road(target, publish)
    first = way.hand_over(envelope(document))
    second = replace(document, version=2, title="Synthèse corrigée")
    way.hand_over(envelope(second, Action.REPLACE))
    (old,), (new,) = there(target, document), there(target, second)
    assert (old["status"], new["status"]) == ("superseded", "current")
    assert new["relatesTo"][0]["code"] == "replaces"
    assert new["relatesTo"][0]["target"]["reference"].endswith(first.place)


@both_ways
@pytest.mark.parametrize("lost", [is_publication, is_patch], ids=["publication", "patch"])
def test_a_replacement_whose_answer_was_lost_is_completed_once(
    target: Target, gateway: Gateway, document: Document, publish: str, lost: Callable[[Request], bool]
) -> None:
    way, second = road(target, publish), replace(document, version=2)
    way.hand_over(envelope(document))
    gateway.fault = cut_after(lost)
    if publish == "iti-105" or lost is is_publication:
        with pytest.raises(Temporary):
            way.hand_over(envelope(second, Action.REPLACE))
    way.hand_over(envelope(second, Action.REPLACE))
    (old,), (new,) = there(target, document), there(target, second)
    assert (old["status"], new["status"]) == ("superseded", "current")
    before = len([r for r in gateway.seen if is_publication(r) or is_patch(r)])
    assert way.hand_over(envelope(second, Action.REPLACE)).again
    assert len([r for r in gateway.seen if is_publication(r) or is_patch(r)]) == before


@both_ways
def test_a_document_is_hidden_shown_and_withdrawn(
    target: Target, gateway: Gateway, document: Document, publish: str
) -> None:
    way = road(target, publish)
    way.hand_over(envelope(document))
    hidden = replace(document, confidentiality=(NORMAL, HIDDEN))
    way.hand_over(envelope(hidden, Action.VISIBILITY))
    assert labels(there(target, document)[0]) == ["N", "INVISIBLE_PATIENT"]
    way.hand_over(envelope(document, Action.VISIBILITY))
    assert labels(there(target, document)[0]) == ["N"]
    gateway.fault = cut_after(is_patch)
    with pytest.raises(Temporary):
        way.hand_over(envelope(document, Action.DELETE))
    assert way.hand_over(envelope(document, Action.DELETE)).again
    (found,) = there(target, document)
    assert found["status"] == "superseded"
    assert found["masterIdentifier"]["value"] == f"urn:oid:{document.unique_oid}"


def test_a_plain_fhirpath_patch_withdraws_and_hides(target: Target, document: Document) -> None:
    """What this server does of FHIRPath Patch: a plain path is replaced, a list is added to."""
    way = PdsmServer(target, replace(TAKES, patch="fhirpath"))
    way.hand_over(envelope(document))
    way.hand_over(envelope(replace(document, confidentiality=(NORMAL, HIDDEN)), Action.VISIBILITY))
    way.hand_over(envelope(document, Action.DELETE))
    (found,) = there(target, document)
    assert (found["status"], labels(found)) == ("superseded", ["N", "INVISIBLE_PATIENT"])


def test_a_change_of_somebody_else_in_between_is_not_undone(
    target: Target, gateway: Gateway, server: str, document: Document
) -> None:
    way = PdsmServer(target, TAKES)
    place = way.hand_over(envelope(document)).place

    def meanwhile(request: Request, forward: Callable[[], Answer]) -> Answer:
        if is_patch(request):
            gateway.fault = None
            with Target(server) as other:
                other.patch(place, [{"op": "add", "path": "/description", "value": "relu"}])
        return forward()

    gateway.fault = meanwhile
    with pytest.raises(Temporary) as caught:
        way.hand_over(envelope(document, Action.DELETE))
    assert caught.value.code == "target-conflict"
    way.hand_over(envelope(document, Action.DELETE))
    (found,) = there(target, document)
    assert (found["status"], found["description"]) == ("superseded", "relu")


def test_no_identifier_stands_in_an_address(target: Target, gateway: Gateway, document: Document) -> None:
    way = PdsmServer(target, TAKES)
    way.hand_over(envelope(document))
    way.hand_over(envelope(document, Action.DELETE))
    addresses = " ".join(request.path for request in gateway.seen)
    for told in (document.patient.ins.value, document.unique_id, document.unique_oid, "?"):
        assert told not in addresses


def _lists(resource: dict[str, Any], own: str) -> bool:
    return any(e["item"]["reference"].endswith(f"DocumentReference/{own}") for e in resource.get("entry", []))
