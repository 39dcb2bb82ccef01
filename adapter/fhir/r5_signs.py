"""How an R5 resource is told from an R4 one: by elements, lists and codes that R4 does not have.

Nothing in a resource names its version, and servers that moved to R5 send to the same address.
"""

from collections.abc import Mapping
from typing import Any

from adapter.fhir.elements import elements_of, is_resource
from adapter.fhir.r5_fit import is_codeable_reference

# "a" is an element that only R5 has, "a.b" one inside each a. Names that R4 uses too are left out.
_ELEMENTS: dict[str, str] = {
    "CarePlan": "custodian activity.performedActivity activity.plannedActivityReference",
    "CareTeam": "reason participant.coveragePeriod participant.coverageTiming",
    "ChargeItem": "encounter product totalPriceComponent unitPriceComponent",
    "Communication": "reason payload.contentCodeableConcept",
    "Condition": "participant",
    "Consent": "controller date decision grantee grantor manager period policyBasis policyText regulatoryBasis subject",
    "Coverage": "insurancePlan insurer kind paymentBy",
    "DocumentReference": (
        "attester basedOn bodySite event facilityType modality period practiceSetting version content.profile"
    ),
    "Encounter": (
        "actualPeriod admission careTeam dietPreference plannedEndDate plannedStartDate reason specialArrangement "
        "specialCourtesy subjectStatus virtualService location.form participant.actor"
    ),
    "EpisodeOfCare": "careTeam reason diagnosis.use",
    "Location": "characteristic contact form virtualService",
    "MedicationAdministration": (
        "basedOn encounter isSubPotent medication occurenceDateTime occurencePeriod occurenceTiming reason recorded "
        "subPotentReason"
    ),
    "Observation": (
        "bodyStructure instantiatesCanonical instantiatesReference triggeredBy valueAttachment valueReference "
        "component.valueAttachment component.valueReference"
    ),
    "Organization": "description qualification contact.organization contact.period",
    "Practitioner": "deceasedBoolean deceasedDateTime communication.language communication.preferred",
    "PractitionerRole": "availability characteristic communication contact",
    "Procedure": (
        "focus occurrenceAge occurrenceDateTime occurrencePeriod occurrenceRange occurrenceString occurrenceTiming "
        "reason recorded reportedBoolean reportedReference supportingInfo used performer.period"
    ),
    "ServiceRequest": "bodyStructure focus location reason orderDetail.parameter orderDetail.parameterFocus",
}
# Single in R4, a list in R5.
_LISTS: dict[str, str] = {
    "Consent": "provision sourceAttachment sourceReference verification.verificationDate",
    "Coverage": "subscriberId",
    "DocumentReference": "context",
    "Encounter": "class serviceType diagnosis.condition diagnosis.use",
    "EpisodeOfCare": "diagnosis.condition",
    "MedicationAdministration": "category",
    "Organization": "contact.name",
    "Procedure": "category",
    "ServiceRequest": "patientInstruction",
}
# What R5 replaced by a CodeableReference; other backbone elements of R4 may look like one.
_JOINED = frozenset({"CodeableConcept", "Condition.evidence", "Reference"})
_CODES: dict[str, dict[str, str]] = {
    "CarePlan": {"intent": "directive"},
    "Consent": {"status": "not-done unknown"},
    "DocumentReference": {"docStatus": "appended cancelled corrected deprecated partial registered unknown"},
    "Encounter": {"status": "completed discharged discontinued on-hold"},
}


def is_r5(resource: Mapping[str, Any]) -> bool:
    """Whether the shape is R5's and not R4's; False for a resource that could be either."""
    name = resource.get("resourceType")
    if not isinstance(name, str) or not is_resource(name):
        return False
    return (
        any(_found(resource, path) for path in _ELEMENTS.get(name, "").split())
        or any(isinstance(value, list) for path in _LISTS.get(name, "").split() for value in _found(resource, path))
        or any(resource.get(key) in codes.split() for key, codes in _CODES.get(name, {}).items())
        or _has_codeable_reference(resource, name)
    )


def _found(holder: Mapping[str, Any], path: str) -> list[Any]:
    """The values at "a", or at "b" in each a for "a.b"."""
    first, _, rest = path.partition(".")
    values = [holder[key] for key in (first, f"_{first}") if holder.get(key) is not None]
    if not rest:
        return values
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [found for item in items if isinstance(item, Mapping) for found in _found(item, rest)]


def _has_codeable_reference(resource: Mapping[str, Any], name: str) -> bool:
    elements = elements_of(name)
    return any(
        is_codeable_reference(item)
        for key, value in resource.items()
        if key in elements and elements[key].type in _JOINED
        for item in (value if isinstance(value, list) else [value])
    )
