"""Envelopes of the made-up documents, and what tests change in them."""

from dataclasses import replace
from typing import Any

import fhirkit

from adapter.dmp.cda import to_cda
from adapter.dmp.documents import Concept, Document
from adapter.dmp.envelopes import Action, Envelope
from adapter.dmp.value_sets import ValueSet, class_of, concept
from adapter.fhir.checks import validate
from adapter.fhir.json_text import dumps, loads
from tests.dmp.scenes import CARE_PLAN_HIDDEN, FOLLOW_UP_AS_TEXT, VISIT_AS_PDF, VISIT_IN_SECTIONS

NORMAL = concept(ValueSet.CONFIDENTIALITY, "N")
HIDDEN = concept(ValueSet.CONFIDENTIALITY, "INVISIBLE_PATIENT")
MASKED = concept(ValueSet.CONFIDENTIALITY, "MASQUE_PS")
DOCUMENTS = {
    "visit in sections": VISIT_IN_SECTIONS,
    "visit as PDF": VISIT_AS_PDF,
    "follow-up as text": FOLLOW_UP_AS_TEXT,
    "care plan, hidden": CARE_PLAN_HIDDEN,
}


def envelope(document: Document = VISIT_IN_SECTIONS, action: Action = Action.NEW, **changes: Any) -> Envelope:
    """An envelope of a document with these changes."""
    changed = replace(document, **changes)
    kind: Concept | None = class_of(changed.type)
    assert kind is not None
    return Envelope(changed, to_cda(changed), kind, action)


def faults(resource: dict[str, Any]) -> list[str]:
    """What two validators say against a resource."""
    wire = loads(dumps(resource).encode())
    return [str(f) for f in validate(wire)] + [str(f) for f in fhirkit.validate(wire) if "error" in str(f)]
