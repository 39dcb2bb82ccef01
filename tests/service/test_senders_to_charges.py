"""Each sender's own way of telling of a visit, or of its deletion, changes the charge of that visit on the target."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.service.bench import Bench
from tests.service.conftest import Start
from tests.service.senders import DELETIONS, NEWS, Sender
from tests.service.visits import EXAMPLE

pytestmark = pytest.mark.xdist_group("dialects")


def _tell(running: Bench, sender: Sender, resource: dict[str, Any]) -> None:
    post = sender.tells(running.base, resource)
    headers: Mapping[str, str] = {name.replace("-", "_"): value for name, value in post.headers.items()}
    answer = running.service.ask(post.method, f"/hooks/had{post.path}", post.body, **headers)
    assert answer.status == 200
    if not sender.says_what:
        running.keep_up()
    running.settle()


@pytest.mark.parametrize("name", NEWS)
def test_a_finished_visit_becomes_billable(bench: Start, name: str) -> None:
    sender = NEWS[name]
    running: Bench = bench(EXAMPLE, sender.credentials)
    running.prepare("Encounter")
    assert running.status() == "planned"
    if not sender.carries:
        running.complete("Encounter")
    _tell(running, sender, running.next("Encounter"))
    assert running.status() == "billable"


@pytest.mark.parametrize("name", DELETIONS)
def test_a_deleted_visit_takes_its_charge_along(bench: Start, name: str) -> None:
    sender = DELETIONS[name]
    running: Bench = bench(EXAMPLE, sender.credentials)
    running.prepare(None)
    assert running.status() == "billable"
    gone = running.held("Encounter")
    if not sender.carries:
        running.delete("Encounter")
    running.later()
    _tell(running, sender, gone)
    assert running.status() == "entered-in-error"


def test_a_declared_event_is_answered_and_charges_nothing(bench: Start) -> None:
    """The French event notification tells of events that no pack reads (NdE, flow 3)."""
    running: Bench = bench(EXAMPLE)
    running.prepare("Encounter")
    before = running.charges()
    declared = {
        "resourceType": "CommunicationRequest",
        "extension": [{"url": "event-type", "valueCode": "SOR"}],
        "contained": [{"resourceType": "Patient", "id": "p"}],
        "status": "active",
        "subject": {"reference": "#p"},
        "payload": [{"contentString": "x"}],
    }
    answer = running.service.ask("POST", "/hooks/had/CommunicationRequest", declared)
    running.settle()
    assert (answer.status, answer.json) == (201, {**declared, "id": answer.json["id"]})
    assert running.charges() == before
