"""The element table says what HL7 says, and refuses what HL7 does not know."""

import subprocess
import sys
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapter.fhir.elements import UnknownElement, UnknownType, elements_of, is_primitive, is_resource, type_of_path

USED = [
    "Account",
    "Bundle",
    "CarePlan",
    "CareTeam",
    "ChargeItem",
    "ChargeItemDefinition",
    "Communication",
    "Composition",
    "Condition",
    "Consent",
    "Coverage",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "Location",
    "Measure",
    "MeasureReport",
    "MedicationAdministration",
    "Observation",
    "OperationOutcome",
    "Organization",
    "Parameters",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "RelatedPerson",
    "ServiceRequest",
    "Subscription",
    "Task",
    "CodeableConcept",
    "Coding",
    "Dosage",
    "Extension",
    "HumanName",
    "Identifier",
    "Meta",
    "Period",
    "Quantity",
    "Timing",
]


@pytest.mark.parametrize("name", USED)
def test_names_and_order_agree_with_an_independent_model(name: str) -> None:
    theirs = [element for element in get_fhir_model_class(name).elements_sequence() if element in elements_of(name)]
    assert theirs == [element for element in elements_of(name) if element in theirs]
    # R4B has two more types for an extension's value than R4, and knows the comments of DSTU2.
    extra = set(get_fhir_model_class(name).elements_sequence()) - set(elements_of(name)) - {"fhir_comments"}
    assert extra <= {"valueCodeableReference", "valueRatioRange"}
    assert len(theirs) >= len(elements_of(name)) - 2


@pytest.mark.parametrize("name", USED)
def test_lists_agree_with_an_independent_model(name: str) -> None:
    fields = get_fhir_model_class(name).model_fields.values()
    lists = {field.alias for field in fields if "List" in str(field.annotation)}
    assert {e.name for e in elements_of(name).values() if e.many} == {n for n in lists if n in elements_of(name)}


def test_every_type_that_an_element_names_exists() -> None:
    seen: set[str] = set()
    waiting = [*USED]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(element.type for element in elements_of(name).values())
    assert {"Bundle.link", "Encounter.participant", "Timing.repeat", "Resource", "string"} <= seen


def test_an_element_with_a_required_binding() -> None:
    status = elements_of("Encounter")["status"]
    assert (status.type, status.many, status.required, status.choice) == ("code", False, True, None)
    words = "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
    assert status.codes == frozenset(words.split())


def test_codes_that_hl7_only_prefers_or_cannot_list_are_open() -> None:
    assert elements_of("Encounter")["language"].codes is None
    assert elements_of("Attachment")["contentType"].codes is None
    assert elements_of("Patient")["maritalStatus"].codes is None


def test_codes_below_other_codes_count_too() -> None:
    # "equal" stands below "equivalent", which stands below "relatedto".
    equivalence = elements_of("ConceptMap.group.element.target")["equivalence"]
    assert {"relatedto", "equivalent", "equal", "subsumes"} <= (equivalence.codes or set())


def test_reference_targets() -> None:
    individual = type_of_path("Encounter", ["participant", "individual"])
    assert individual.targets == frozenset({"Practitioner", "PractitionerRole", "RelatedPerson"})
    assert elements_of("Encounter")["period"].targets is None
    assert elements_of("Provenance")["target"].targets is None


def test_a_choice_is_listed_by_its_concrete_names() -> None:
    elements = elements_of("Observation")
    assert elements["valueQuantity"].choice == "value[x]"
    assert elements["valueDateTime"].type == "dateTime"
    assert "value[x]" not in elements
    assert elements_of("ChargeItem")["occurrenceDateTime"].choice == "occurrence[x]"
    medication = elements_of("MedicationAdministration")
    assert medication["medicationReference"].targets == frozenset({"Medication"})
    assert medication["medicationCodeableConcept"].targets is None


def test_content_references_are_followed() -> None:
    assert elements_of("Bundle.entry")["link"].type == "Bundle.link"
    assert type_of_path("Parameters", ["parameter", "part", "part", "name"]).type == "string"


def test_kinds_of_types() -> None:
    assert is_resource("Encounter")
    assert not is_resource("Resource")
    assert not is_resource("Period")
    assert is_primitive("decimal")
    assert not is_primitive("Quantity")
    assert list(elements_of("decimal")) == ["id", "extension"]


@pytest.mark.parametrize(
    ("path", "wrong", "suggested"),
    [
        (["participants"], "participants", ("participant",)),
        (["Status"], "Status", ("status",)),
        (["participant", "indivdual"], "indivdual", ("individual",)),
        (["status", "nothing"], "nothing", ()),
        (["zzz", "period"], "zzz", ()),
    ],
)
def test_a_mistyped_path_is_answered_with_a_near_miss(path: list[str], wrong: str, suggested: tuple[str, ...]) -> None:
    with pytest.raises(UnknownElement) as caught:
        type_of_path("Encounter", path)
    assert caught.value.element == wrong
    assert caught.value.suggestions == suggested
    assert wrong in str(caught.value)


def test_a_choice_without_its_type_is_answered_with_the_types() -> None:
    with pytest.raises(UnknownElement) as caught:
        type_of_path("ChargeItem", ["occurrence"])
    assert caught.value.suggestions == ("occurrenceDateTime", "occurrencePeriod", "occurrenceTiming")


def test_an_unknown_type_names_the_nearest() -> None:
    with pytest.raises(UnknownType, match="did you mean Encounter"):
        elements_of("Encouter")
    with pytest.raises(UnknownType):
        type_of_path("Qqq", ["status"])


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(ValueError, match="empty path"):
        type_of_path("Encounter", [])


def test_an_element_belongs_to_its_own_type_only() -> None:
    with pytest.raises(UnknownElement):
        type_of_path("Patient", ["participant"])


def test_the_table_cannot_be_changed_by_a_reader() -> None:
    with pytest.raises(TypeError):
        elements_of("Period")["start"] = None  # type: ignore[index]


@pytest.mark.parametrize("module", ["elements", "checks", "json_text", "xml_text", "r5"])
def test_importing_does_not_load_the_models(module: str) -> None:
    """They take longer to load than most commands run."""
    code = f"import sys, adapter.fhir.{module}; sys.exit('fhir.resources' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
