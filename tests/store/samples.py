"""Made-up events, contents and decisions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from adapter.core.desired import Desired
from adapter.core.references import Key
from adapter.fhir.json_text import dumps
from adapter.store.contents import Content
from adapter.store.inbox import NewEvent
from adapter.store.outbox import DecisionKey

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOURCE = "https://hospital.example/fhir"
TARGET = "https://billing.example/fhir"
SECRET = b"a secret for pseudonyms"
INS = "urn:oid:1.2.250.1.213.1.4.8"


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def new_event(number: int = 1, lane: str = "person:1", source: str = SOURCE) -> NewEvent:
    return NewEvent(source, f"key {number}", lane, NOW, "update", f'{{"n": {number}}}'.encode())


def ins(first: str) -> str:
    """A sound matricule INS from its first 13 digits."""
    return f"{first}{97 - int(first) % 97:02}"


def patient(id_: str, *numbers: str, source: str = SOURCE, version: int = 1, **more: Any) -> Content:
    type_ = {"coding": [{"code": "INS-NIR"}]}
    body = {
        "resourceType": "Patient",
        "id": id_,
        "meta": {"versionId": str(version)},
        "identifier": [{"system": INS, "value": n, "type": type_} for n in numbers],
        **more,
    }
    key = Key(source, "Patient", id_)
    return Content(key, f"{id_} {version}", dumps(body), str(version), subject=("key", source, id_))


def visit(id_: str, subject: tuple[str, str, str], source: str = SOURCE, version: int = 1) -> Content:
    body = {"resourceType": "Encounter", "id": id_, "meta": {"versionId": str(version)}}
    return Content(Key(source, "Encounter", id_), f"{id_} {version}", dumps(body), subject=subject, calls=True)


def charge(id_: str = "c1", status: str = "billable", **more: Any) -> Desired:
    return Desired({"resourceType": "ChargeItem", "id": id_, "status": status, **more})


def decision(occasion: str = "2026-11-21", person: str = "p1", target: str = TARGET) -> DecisionKey:
    return DecisionKey(target, person, "fr-vsp", "visit", (occasion, "é|1"))
