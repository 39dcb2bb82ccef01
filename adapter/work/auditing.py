"""AuditEvents of what the adapter did (R4 AuditEvent), for the chain in the store.

A person stands in them as the pseudonym only; resources as references. Nothing of their content.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from adapter.core.desired.frame import device
from adapter.core.references import Key
from adapter.core.times import instant_text
from adapter.dmp.envelopes import Action
from adapter.dmp.fhir.elements import unique_id
from adapter.dmp.versions import Step
from adapter.outbound.answers import Stored

_REST = {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"}
_EXPORT = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110106"}
_ACTIVITY = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110100"}
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_PATIENT, _DOMAIN_RESOURCE, _JOB = "1", "4", "20"
_DONE, _FAILED = "0", "8"

AuditEvent = dict[str, Any]


def writing(base: str, home: str, person: str, places: Mapping[str, Stored], at: datetime) -> AuditEvent:
    """A decision was written, or what it wants was found to be there after a lost answer.

    `base` is the site's canonical base, `home` the target's base URL ("" for our own database), `places` by our id.
    """
    found = [_versioned(home, place) for _, place in sorted(places.items()) if place.reference]
    entities = [_person(base, person), *(_entity({"reference": r}, _DOMAIN_RESOURCE) for r in found)]
    return _event(base, _REST, "E", at, entities, interaction="transaction")


def handing(base: str, person: str, step: Step, at: datetime) -> AuditEvent:
    """A document went to the shared record, or was taken back; by its unique id, which is the same on every road."""
    document = {"type": "DocumentReference", "identifier": unique_id(step.document.unique_oid)}
    actions = {Action.NEW: "C", Action.DELETE: "D"}
    entities = [_person(base, person), _entity(document, _DOMAIN_RESOURCE)]
    return _event(base, _EXPORT, actions.get(step.action, "U"), at, entities)


def reading(base: str, person: str | None, keys: Iterable[Key], at: datetime) -> AuditEvent:
    """One look read these resources at their sources, on behalf of a person where one is known."""
    entities = [_entity({"reference": key.text}, _DOMAIN_RESOURCE) for key in sorted(keys)]
    return _event(base, _REST, "R", at, [*_persons(base, person), *entities], interaction="read")


def dying(base: str, kind: str, name: str, code: str, person: str | None, at: datetime) -> AuditEvent:
    """A dead letter came about; `kind` and `name` as `adapter dead-letters` shows them."""
    entities = [*_persons(base, person), _entity(_letter(base, kind, name), _JOB)]
    return {**_event(base, _ACTIVITY, "E", at, entities, outcome=_FAILED), "outcomeDesc": code}


def retrying(base: str, kind: str, name: str, at: datetime) -> AuditEvent:
    """An operator gave a dead letter another chance."""
    made = _event(base, _ACTIVITY, "U", at, [_entity(_letter(base, kind, name), _JOB)])
    return {**made, "agent": [{"who": {"display": "operator"}, "requestor": True}]}


def _event(
    base: str,
    type_: Mapping[str, str],
    action: str,
    at: datetime,
    entities: list[dict[str, Any]],
    outcome: str = _DONE,
    interaction: str | None = None,
) -> AuditEvent:
    return {
        "resourceType": "AuditEvent",
        "type": dict(type_),
        **({"subtype": [{"system": _INTERACTION, "code": interaction}]} if interaction else {}),
        "action": action,
        "recorded": instant_text(at),
        "outcome": outcome,
        "agent": [{"who": device(base), "requestor": False}],
        "source": {"observer": device(base)},
        "entity": entities,
    }


def _persons(base: str, person: str | None) -> list[dict[str, Any]]:
    return [_person(base, person)] if person else []


def _person(base: str, pseudonym: str) -> dict[str, Any]:
    return _entity({"type": "Patient", "identifier": {"system": f"{base}/sid/person", "value": pseudonym}}, _PATIENT)


def _letter(base: str, kind: str, name: str) -> dict[str, Any]:
    # No `|` in an identifier: searches would have to escape it.
    return {"identifier": {"system": f"{base}/sid/dead-letter-{kind}", "value": name.replace("|", "/")}}


def _entity(what: Mapping[str, Any], role: str) -> dict[str, Any]:
    return {"what": dict(what), "role": {"system": _ROLE, "code": role}}


def _versioned(home: str, place: Stored) -> str:
    version = f"/_history/{place.version}" if place.version else ""
    return f"{home}/{place.reference}{version}".removeprefix("/")
