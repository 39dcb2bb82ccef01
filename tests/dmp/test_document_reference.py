"""The description of a document: what PDSm asks for, read back and compared with the document that was put in."""

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from adapter.dmp.documents import Attachment, Concept, Document, Identifier
from adapter.dmp.fhir.document_references import document_reference, iti105
from adapter.dmp.value_sets import ValueSet, concept
from adapter.fhir.json_text import dumps
from tests.dmp.samples import DOCUMENTS, HIDDEN, NORMAL, envelope, faults
from tests.dmp.scenes import CARE_PLAN_HIDDEN, FOLLOW_UP_AS_TEXT, NURSE, PATIENT, VISIT_IN_SECTIONS

URL = "urn:uuid:0f5d0e6c-3c43-4a5e-8a54-53a3b4d4f001"
every_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


def described(document: Document = VISIT_IN_SECTIONS, **changes: Any) -> dict[str, Any]:
    sent = envelope(document, **changes)
    return document_reference(sent.document, sent.cda, sent.document_class, URL)


def published(document: Document = VISIT_IN_SECTIONS, **changes: Any) -> dict[str, Any]:
    sent = envelope(document, **changes)
    return iti105(sent.document, sent.cda, sent.document_class)


def inside(resource: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    """The contained resource that a reference names."""
    own = reference["reference"].removeprefix("#")
    (found,) = (one for one in resource["contained"] if one["id"] == own)
    return found


def code_of(element: dict[str, Any]) -> tuple[str, str]:
    (coding,) = element["coding"]
    return coding["system"], coding["code"]


@every_document
@pytest.mark.parametrize("form", [described, published])
def test_it_is_fhir(document: Document, form: Any) -> None:
    assert faults(form(document)) == []


@every_document
def test_it_names_the_document_by_what_the_document_says(document: Document) -> None:
    found = described(document)
    assert found["masterIdentifier"]["value"] == f"urn:oid:{document.unique_oid}"
    assert found["identifier"][0]["value"] == f"urn:uuid:{document.unique_id}"
    assert found["status"] == "current"
    assert code_of(found["type"]) == (document.type.uri, document.type.code)
    facility = document.stay.facility_type
    assert code_of(found["context"]["facilityType"]) == (facility.uri, facility.code)
    assert code_of(found["context"]["practiceSetting"])[1] == document.practice_setting.code
    assert [code_of(label)[1] for label in found["securityLabel"]] == [c.code for c in document.confidentiality]
    assert found["context"]["period"]["start"] == document.act.start
    assert found["date"] == document.created
    assert "relatesTo" not in found


def test_the_class_follows_from_the_type_and_not_from_an_example() -> None:
    system = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
    assert [code_of(c) for c in described()["category"]] == [(system, "10")]
    assert [code_of(c) for c in described(CARE_PLAN_HIDDEN)["category"]] == [(system, "44")]


@every_document
def test_everybody_is_contained_under_a_national_identifier(document: Document) -> None:
    found = described(document)
    author = inside(found, found["author"][0])
    person = inside(found, author["practitioner"])
    assert person["identifier"][0]["value"] == document.author.identifier.value
    assert person["name"][0]["family"] == document.author.family
    custodian = inside(found, found["custodian"])
    assert custodian["identifier"][0] == {
        "system": f"urn:oid:{document.custodian.identifier.oid}",
        "value": document.custodian.identifier.value,
    }
    authenticator = inside(found, inside(found, found["authenticator"])["practitioner"])
    assert authenticator["identifier"][0]["value"] == document.legal_authenticator.identifier.value
    names = [resource["id"] for resource in found["contained"]]
    assert len(names) == len(set(names))


def test_an_author_who_answers_for_the_document_stands_there_once() -> None:
    found = described()
    assert found["author"] == [found["authenticator"]]
    apart = described(author=NURSE)
    assert apart["author"] != [apart["authenticator"]]


def test_an_author_without_a_structure_has_none() -> None:
    found = described(author=replace(NURSE, organization=None))
    assert "organization" not in inside(found, found["author"][0])
    assert faults(found) == []


def test_the_patient_is_the_one_with_the_ins() -> None:
    found = described()
    patient = inside(found, found["context"]["sourcePatientInfo"])
    assert found["subject"]["reference"] == "#patient"
    assert found["subject"]["identifier"]["value"] == PATIENT.ins.value
    assert found["subject"]["identifier"]["type"]["coding"][0]["code"] == "INS-NIR-TEST"
    assert [i["value"] for i in patient["identifier"]] == [PATIENT.ins.value, "IPP-0042"]
    assert patient["name"][0]["family"] == "PAT-TROIS"
    assert patient["name"][0]["given"] == ["DOMINIQUE"]
    assert patient["name"][0]["extension"][0]["valueString"] == "DOMINIQUE MARIE-LOUISE"
    assert patient["name"][1] == {"use": "usual", "family": "MARTIN", "given": ["DOMINIQUE"]}
    assert patient["birthDate"] == "1979-03-28"


def test_who_was_born_abroad_has_no_commune_of_birth() -> None:
    def places(code: str) -> list[str]:
        found = described(patient=replace(PATIENT, birth_place=code))
        patient = inside(found, found["subject"])
        return [e["url"] for e in patient["extension"] if e["url"].endswith("birthPlace")]

    assert len(places("63220")) == 1
    assert places("99122") == []


@every_document
def test_the_attachment_tells_the_exact_bytes(document: Document) -> None:
    sent = envelope(document)
    for form in (described(document), published(document)):
        attachment = form["content"][0]["attachment"]
        assert attachment["contentType"] == "application/xml"
        assert attachment["language"] == "fr-FR"
        assert attachment["size"] == len(sent.cda)
        assert base64.b64decode(attachment["hash"]) == hashlib.sha1(sent.cda).digest()  # noqa: S324  # what FHIR asks
        assert attachment["title"] == document.title
        assert attachment["creation"] == document.created
    assert described(document)["content"][0]["attachment"]["url"] == URL


def test_the_simplified_form_has_the_content_and_no_address() -> None:
    attachment = published()["content"][0]["attachment"]
    assert base64.b64decode(attachment["data"]) == envelope().cda
    assert "url" not in attachment
    assert "data" not in described()["content"][0]["attachment"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (Attachment("application/pdf", b"%PDF-1.4"), "urn:ihe:iti:xds-sd:pdf:2008"),
        (Attachment("text/plain", b"Bien."), "urn:ihe:iti:xds-sd:text:2008"),
        (VISIT_IN_SECTIONS.body, "urn:asipSante:modelesHorsProfils:2011"),
    ],
)
def test_the_format_follows_from_the_body(body: Any, expected: str) -> None:
    found = document_reference(replace(VISIT_IN_SECTIONS, body=body), b"<x/>", NORMAL, URL)
    assert found["content"][0]["format"]["code"] == expected


def test_a_replacement_names_the_description_that_it_replaces() -> None:
    sent = envelope(version=2)
    found = iti105(sent.document, sent.cda, sent.document_class, "DocumentReference/17")
    assert found["relatesTo"] == [{"code": "replaces", "target": {"reference": "DocumentReference/17"}}]


def test_the_act_and_the_stay_are_told_as_far_as_known() -> None:
    found = described(FOLLOW_UP_AS_TEXT)["context"]
    assert found["event"][0]["coding"][0]["code"] == "AMI"
    (related,) = found["related"]
    assert related["identifier"]["value"] == "VN-77"
    assert related["identifier"]["type"]["coding"][0]["code"] == "urn:ihe:iti:xds:2015:encounterId"
    without = described(act=replace(VISIT_IN_SECTIONS.act, end=None))["context"]
    assert without["period"] == {"start": VISIT_IN_SECTIONS.act.start}
    assert "event" not in without


def test_identifiers_keep_the_type_that_fr_core_gives_them() -> None:
    local = (Identifier("1.2.3", "9", "PI"), Identifier("1.2.4", "10"))
    found = described(patient=replace(PATIENT, local=local))
    _, ipp, untyped = inside(found, found["subject"])["identifier"]
    assert code_of(ipp["type"]) == ("http://terminology.hl7.org/CodeSystem/v2-0203", "PI")
    assert untyped == {"use": "usual", "system": "urn:oid:1.2.4", "value": "10"}


def test_a_code_whose_system_has_no_uri_goes_without() -> None:
    author = replace(NURSE, profession=Concept("G15_60", "1.2.250.1.213.1.1.4.5", "", "Infirmier"))
    found = described(author=author)
    assert inside(found, found["author"][0])["code"] == [{"coding": [{"code": "G15_60", "display": "Infirmier"}]}]


def test_labels_are_of_two_systems() -> None:
    labels = described(confidentiality=(NORMAL, HIDDEN))["securityLabel"]
    assert [code_of(label) for label in labels] == [
        ("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "N"),
        (
            "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument",
            "INVISIBLE_PATIENT",
        ),
    ]
    assert concept(ValueSet.CONFIDENTIALITY, "N") == NORMAL


@every_document
def test_the_same_document_gives_the_same_bytes(document: Document) -> None:
    assert dumps(described(document)) == dumps(described(document))
