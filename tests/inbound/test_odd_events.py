"""Odd but lawful events: nothing of them is lost, and nothing that a stranger sends is kept in memory."""

import pytest

from adapter.core import references
from adapter.core.references import Key, Logical, parse_reference
from adapter.fhir.xml_text import to_xml
from adapter.inbound.dialects.received import Interaction, Kind
from adapter.inbound.dialects.wanted import subject_of_event
from tests.inbound.wire import BASE, received

DECLARED = {
    "resourceType": "CommunicationRequest",
    "id": "nde1",
    "status": "active",
    "contained": [{"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}]}],
    "subject": {"reference": "#p"},
}


@pytest.mark.parametrize("path", ["", "CommunicationRequest"])
def test_a_declared_event_about_a_contained_patient_waits_by_itself(path: str) -> None:
    (event,) = received(DECLARED, path=path).events
    assert event.resource == DECLARED
    assert subject_of_event(event, BASE) == Key(BASE, "CommunicationRequest", "nde1")


@pytest.mark.parametrize("url", ["Encounter?identifier=urn:x|1", "Encounter"])
def test_a_conditional_deletion_says_that_something_unnamed_is_gone(url: str) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": url}}]}
    one = received(bundle)
    (event,) = one.events
    assert (one.kind, event.interaction, event.type, event.id) == (Kind.BUNDLE, Interaction.DELETE, "Encounter", None)
    assert event.dedupe_key is None


@pytest.mark.parametrize("size", [1, 11 * 1024 * 1024])
def test_an_attachment_of_any_size_is_read_from_xml_as_from_json(size: int) -> None:
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "application/pdf", "data": "A" * size}
    (event,) = received(to_xml(binary), Content_Type="application/fhir+xml").events
    assert event.resource == binary


def test_long_references_are_read_and_not_remembered() -> None:
    text = f"Patient?identifier=urn:x|{'9' * 5000}"
    before = references._remembered.cache_info().currsize
    assert parse_reference(text) == Logical("Patient", "urn:x", "9" * 5000)
    assert references._remembered.cache_info().currsize == before
