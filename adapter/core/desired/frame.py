"""What all desired resources share: their identifier, the person they are about, the adapter as author."""

from collections.abc import Mapping
from typing import Any

from adapter.core.decisions import Decision
from adapter.core.ids import business_id
from adapter.core.packs import Pack
from adapter.core.records import Person


def id_of(decision: Decision, kind: str, *parts: str) -> str:
    """The business id of one resource of a decision."""
    occasion = decision.occasion
    return business_id(kind, decision.pack.id, decision.person.pseudonym, occasion.kind, *occasion.key, *parts)


def identifier(base: str, kind: str, value: str) -> list[dict[str, Any]]:
    """Our identifier, by which every write is conditional."""
    return [{"system": f"{base}/sid/{kind}", "value": value}]


def tag(pack: Pack) -> dict[str, Any]:
    """`meta` with the exact rules that decided."""
    ruleset = {"system": f"{pack.base}/CodeSystem/pack", "version": pack.version, "code": pack.id}
    return {"tag": [{**ruleset, "display": f"rules {pack.digest}"}]}


def subject(person: Person) -> dict[str, Any]:
    """The person as a Reference: the first Patient, with a qualified national identifier beside it."""
    patient = person.patients[0]
    reference: dict[str, Any] = {"reference": patient.key.text, "type": "Patient"}
    if person.identifier is not None:
        kept = ("use", "type", "system", "value")
        reference["identifier"] = {k: person.identifier[k] for k in kept if k in person.identifier}
    return reference


def device(base: str) -> dict[str, Any]:
    """The adapter itself."""
    return {"type": "Device", "identifier": {"system": f"{base}/sid/device", "value": "adapter"}}


def urn(resource_id: str) -> str:
    """How desired resources refer to one another."""
    return f"urn:uuid:{resource_id}"


def coding(system: str, code: str, display: str | None = None) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    one = {"system": system, "code": code}
    return {"coding": [{**one, "display": display} if display else one]}


def pruned(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Without empty members, which FHIR forbids."""
    return {name: value for name, value in resource.items() if value not in (None, [], {}, "")}
