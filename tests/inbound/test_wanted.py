"""Whom an event calls for."""

import pytest

from adapter.core.references import Key
from adapter.inbound.dialects.wanted import subject_of_event
from adapter.inbound.subjects import Subject
from tests.inbound.wire import BASE, ENCOUNTER, received, sent

_SOURCE = "https://hospital.example.fr/fhir"


def wanted(name: str) -> object:
    return subject_of_event(received(sent(f"dialects/{name}.json")).events[0], _SOURCE)


@pytest.mark.parametrize(
    ("name", "lane"),
    [
        ("notif-backport-full", Subject("key", BASE, "p1")),
        ("notif-backport-idonly", Key(BASE, "Encounter", "e1")),
        ("notif-r4b-subscriptionstatus", Subject("key", _SOURCE, "a-432.E-528595")),
        ("pdsm-iti105-vsp", Subject("identifier", "urn:oid:1.2.250.1.213.1.4.10", "279035121518989")),
    ],
)
def test_the_patient_named_or_else_the_resource(name: str, lane: object) -> None:
    assert wanted(name) == lane


def test_what_is_relative_lives_at_the_source() -> None:
    [event] = received(ENCOUNTER).events
    assert subject_of_event(event, _SOURCE) == Subject("key", _SOURCE, "p1")
    [gone] = received(b"", "DELETE", "Encounter/e1").events
    assert subject_of_event(gone, _SOURCE) == Key(_SOURCE, "Encounter", "e1")


def test_an_empty_payload_calls_for_nobody_by_name() -> None:
    [event] = received(sent("backport/r4/Bundle-r4-notification-empty.json")).events
    assert subject_of_event(event, _SOURCE) is None
