"""Each fault that can be planted in a CDA document is found, under its own code, and quotes nobody."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapter.dmp import checks
from adapter.dmp.cda import to_cda
from adapter.dmp.checks import check_cda
from adapter.dmp.documents import Attachment, Identifier
from adapter.dmp.faults import Fault, Severity, errors
from tests.dmp.papers import encrypted, pdf
from tests.dmp.scenes import (
    CARE_PLAN_HIDDEN,
    FOLLOW_UP_AS_TEXT,
    INS,
    INS_TEST,
    PATIENT,
    VISIT_AS_PDF,
    VISIT_IN_SECTIONS,
    VISIT_REPLACED,
)

NS = {"h": "urn:hl7-org:v3"}
SECTIONS, PDF, TEXT = to_cda(CARE_PLAN_HIDDEN), to_cda(VISIT_AS_PDF), to_cda(FOLLOW_UP_AS_TEXT)
SECOND = to_cda(replace(VISIT_REPLACED, patient=CARE_PLAN_HIDDEN.patient))
SECRET = "Quintessenz"

Change = Callable[[etree._Element], None]


def drop(path: str) -> Change:
    """Without the elements at a path."""

    def change(root: etree._Element) -> None:
        for item in found(root, path):
            parent = item.getparent()
            assert parent is not None
            parent.remove(item)

    return change


def double(path: str) -> Change:
    """With the first element at a path twice."""

    def change(root: etree._Element) -> None:
        item = found(root, path)[0]
        item.addnext(etree.fromstring(etree.tostring(item)))

    return change


def put(path: str, **attributes: str) -> Change:
    """With these attributes on the elements at a path."""

    def change(root: etree._Element) -> None:
        for item in found(root, path):
            item.attrib.update(attributes)

    return change


def say(path: str, words: str) -> Change:
    """With these words in the elements at a path."""

    def change(root: etree._Element) -> None:
        for item in found(root, path):
            item.text = words

    return change


def add(path: str, xml: str) -> Change:
    """With more in the first element at a path."""
    return lambda root: found(root, path)[0].append(etree.fromstring(xml))


def found(root: etree._Element, path: str) -> list[etree._Element]:
    """The elements at a path, of which there must be some."""
    items = root.xpath(path, namespaces=NS)
    assert isinstance(items, list)
    assert items, path
    return [item for item in items if isinstance(item, etree._Element)]


def changed(data: bytes, change: Change) -> bytes:
    """The document with one fault planted."""
    root = etree.fromstring(data)
    change(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def codes(data: bytes, **given: bool) -> set[str]:
    """The codes of all errors."""
    return {fault.code for fault in errors(check_cda(data, **given))}


def attached(content: bytes, media_type: str = "application/pdf") -> bytes:
    """A level-1 document of this content."""
    return to_cda(replace(VISIT_AS_PDF, body=Attachment(media_type, content)))


PERSON, STRUCTURE = "h:assignedPerson/h:name", "h:representedOrganization"
NAME = "h:recordTarget//h:patient/h:name"
BODY = "h:component/h:nonXMLBody/h:text"
SECTION = "h:component//h:section"
FACILITY = "h:componentOf//h:healthCareFacility/h:code"
SETTING = "h:documentationOf//h:standardIndustryClassCode"

PLANTED: list[tuple[str, bytes, Change]] = [
    ("cda-realm", SECTIONS, drop("h:realmCode")),
    ("cda-realm", SECTIONS, put("h:realmCode", code="DE")),
    ("cda-realm", SECTIONS, double("h:realmCode")),
    ("cda-type-id", SECTIONS, put("h:typeId", extension="POCD_HD000041")),
    ("cda-templates", SECTIONS, drop("h:templateId[1]")),
    ("cda-templates", SECTIONS, drop("h:templateId[2]")),
    ("cda-templates", SECTIONS, double("h:templateId[1]")),
    ("cda-third-template", SECTIONS, drop("h:templateId[3]")),
    ("cda-third-template", PDF, drop("h:templateId[3]")),
    ("cda-third-template", PDF, double("h:templateId[3]")),
    ("cda-third-template", PDF, put("h:templateId[3]", root="1.2.3")),
    ("cda-document-id", SECTIONS, drop("h:id")),
    ("cda-document-id", SECTIONS, put("h:id", root=SECRET)),
    ("cda-document-id", SECTIONS, put("h:id", root="2.25.012")),
    ("cda-document-code", SECTIONS, drop("h:code")),
    ("cda-document-code", SECTIONS, lambda root: found(root, "h:code")[0].attrib.pop("displayName")),
    ("cda-title", SECTIONS, drop("h:title")),
    ("cda-title", SECTIONS, say("h:title", " \n")),
    ("cda-time", SECTIONS, put("h:effectiveTime", value="20261120")),
    ("cda-time", SECTIONS, put("h:effectiveTime", value="20261120113000")),
    ("cda-time-form", SECTIONS, put("h:documentationOf//h:low", value="20261120113000")),
    ("cda-time-form", SECTIONS, put("h:componentOf//h:low", value="2026-11-20")),
    ("cda-confidentiality", SECTIONS, drop("h:confidentialityCode")),
    ("cda-confidentiality", SECTIONS, double("h:confidentialityCode")),
    ("cda-confidentiality", SECTIONS, put("h:confidentialityCode", codeSystem="1.2.250.1.213.1.1.4.13")),
    ("cda-language", SECTIONS, put("h:languageCode", code="French")),
    ("cda-set-id", SECTIONS, drop("h:setId")),
    ("cda-version", SECTIONS, put("h:versionNumber", value="0")),
    ("cda-person", SECTIONS, double("h:recordTarget")),
    ("cda-person", SECTIONS, drop("h:recordTarget")),
    ("cda-ins", SECTIONS, drop("h:recordTarget//h:id[1]")),
    ("cda-ins", SECTIONS, put("h:recordTarget//h:id[1]", root="1.2.250.1.213.1.4.2")),
    ("cda-ins", SECTIONS, double("h:recordTarget//h:id[1]")),
    ("cda-ins-check-digits", SECTIONS, put("h:recordTarget//h:id[1]", extension="279035121518988")),
    ("cda-ins-check-digits", SECTIONS, put("h:recordTarget//h:id[1]", extension=SECRET)),
    ("cda-birth-name", SECTIONS, drop(f"{NAME}/h:family[@qualifier='BR']")),
    ("cda-birth-given", SECTIONS, drop(f"{NAME}/h:given[not(@qualifier)]")),
    ("cda-first-given", SECTIONS, drop(f"{NAME}/h:given[@qualifier='BR']")),
    ("cda-gender", SECTIONS, drop("h:recordTarget//h:administrativeGenderCode")),
    ("cda-birth-date", SECTIONS, put("h:recordTarget//h:birthTime", value="1979")),
    ("cda-birth-date", SECTIONS, drop("h:recordTarget//h:birthTime")),
    ("cda-birth-place", SECTIONS, say("h:recordTarget//h:county", SECRET)),
    ("cda-birth-place", SECTIONS, drop("h:recordTarget//h:birthplace")),
    ("cda-name-qualifier", SECTIONS, put(f"{NAME}/h:given[2]", qualifier="SP")),
    ("cda-name-qualifier", SECTIONS, add(NAME, f'<family xmlns="urn:hl7-org:v3">{SECRET}</family>')),
    ("cda-author", SECTIONS, drop("h:author")),
    ("cda-author-id", SECTIONS, drop("h:author//h:assignedAuthor/h:id")),
    ("cda-author-id", SECTIONS, put("h:author/h:assignedAuthor/h:id", root="1.2.3")),
    ("cda-author-name", SECTIONS, drop(f"h:author//{PERSON}")),
    ("cda-author-name", SECTIONS, say("h:author//h:family", "")),
    ("cda-author-profession", SECTIONS, drop("h:author/h:assignedAuthor/h:code")),
    ("cda-author-time", SECTIONS, drop("h:author/h:time")),
    ("cda-custodian", SECTIONS, drop("h:custodian")),
    ("cda-custodian", SECTIONS, put("h:custodian//h:id", root="1.2.3")),
    ("cda-authenticator", SECTIONS, drop("h:legalAuthenticator")),
    ("cda-authenticator", SECTIONS, put("h:legalAuthenticator/h:signatureCode", code="X")),
    ("cda-authenticator", SECTIONS, drop(f"h:legalAuthenticator//{PERSON}")),
    ("cda-authenticator", SECTIONS, drop("h:legalAuthenticator/h:assignedEntity/h:id")),
    ("cda-authenticator-time", SECTIONS, put("h:legalAuthenticator/h:time", value="20261120")),
    ("cda-name-part", SECTIONS, say("h:author//h:suffix", SECRET)),
    ("cda-act-time", SECTIONS, drop("h:documentationOf//h:low")),
    ("cda-act-time", SECTIONS, drop("h:documentationOf")),
    ("cda-act-performer", SECTIONS, drop("h:documentationOf//h:performer")),
    ("cda-act-performer", SECTIONS, double("h:documentationOf//h:performer")),
    ("cda-act-performer", SECTIONS, put("h:documentationOf//h:performer", typeCode="SPRF")),
    ("cda-setting", SECTIONS, drop(SETTING)),
    ("cda-encounter", SECTIONS, drop("h:componentOf")),
    ("cda-encounter", SECTIONS, drop("h:componentOf//h:effectiveTime")),
    ("cda-facility", SECTIONS, drop(FACILITY)),
    ("cda-interval", SECTIONS, put("h:documentationOf//h:high", value="20261120101500+0100")),
    ("cda-interval", SECTIONS, put("h:componentOf//h:high", value="20261120110500+0400")),
    ("cda-interval", SECTIONS, put("h:componentOf//h:high", value="20261119")),
    ("cda-blank", SECTIONS, put("h:componentOf//h:id[1]", extension="")),
    ("cda-code-form", SECTIONS, put("h:author//h:code", code="G15 10")),
    ("cda-related", SECOND, put("h:relatedDocument", typeCode="APND")),
    ("cda-related", SECOND, double("h:relatedDocument")),
    ("cda-replacement", SECOND, drop("h:relatedDocument")),
    ("cda-replacement", SECOND, put("h:versionNumber", value="1")),
    ("cda-replaced-id", SECOND, drop("h:relatedDocument//h:id")),
    (
        "cda-replaced-id",
        SECOND,
        lambda root: put("h:relatedDocument//h:id", root=found(root, "h:id")[0].get("root", ""))(root),
    ),
    ("cda-replaced-set", SECOND, add("h:relatedDocument/*", '<setId xmlns="urn:hl7-org:v3" root="1.2.3"/>')),
    ("cda-replaced-version", SECOND, put("h:relatedDocument//h:versionNumber", value="2")),
    ("cda-not-member", SECTIONS, put("h:code", code="11488-5")),
    ("cda-not-member", SECTIONS, put("h:code", codeSystem="1.2.3")),
    ("cda-not-member", SECTIONS, put("h:confidentialityCode", code="U")),
    ("cda-not-member", SECTIONS, put(SETTING, code=SECRET)),
    ("cda-not-member", SECTIONS, put(FACILITY, code="SA99")),
    ("cda-body", SECTIONS, drop("h:component/h:structuredBody")),
    ("cda-body", PDF, double("h:component/h:nonXMLBody")),
    ("cda-media-type", PDF, put(BODY, mediaType="text/html")),
    ("cda-base64", PDF, say(BODY, "JVBERi0*")),
    ("cda-base64", PDF, put(BODY, representation="TXT")),
    ("cda-base64", PDF, add(BODY, "<x/>")),
    ("cda-empty-body", PDF, say(BODY, "")),
    ("cda-empty-body", SECTIONS, drop("h:component/h:structuredBody/h:component")),
    ("cda-section-title", SECTIONS, drop(f"{SECTION}/h:title")),
    ("cda-section-text", SECTIONS, drop(f"{SECTION}/h:text")),
    ("cda-section-text", SECTIONS, say(f"{SECTION}//h:paragraph", "\n ")),
    ("cda-narrative", SECTIONS, add(f"{SECTION}/h:text", f'<script xmlns="urn:hl7-org:v3">{SECRET}</script>')),
    ("cda-narrative", SECTIONS, add(f"{SECTION}//h:paragraph", '<br xmlns="http://www.w3.org/1999/xhtml"/>')),
    ("cda-text-encoding", TEXT, say(BODY, base64.b64encode("é".encode("latin-1")).decode())),
    ("pdf-not-pdf", PDF, say(BODY, base64.b64encode(b"PK\x03\x04").decode())),
    ("pdf-unreadable", PDF, say(BODY, base64.b64encode(b"%PDF-1.4\nnothing").decode())),
    ("pdf-encrypted", PDF, say(BODY, base64.b64encode(encrypted(pdf())).decode())),
]


@pytest.mark.parametrize(("code", "data", "change"), PLANTED, ids=[f"{n}-{p[0]}" for n, p in enumerate(PLANTED)])
def test_a_planted_fault_is_found_and_quotes_nobody(code: str, data: bytes, change: Change) -> None:
    assert code not in codes(data)
    faults = check_cda(changed(data, change))
    assert code in {fault.code for fault in errors(faults)}
    for fault in faults:
        assert fault.place.startswith("/ClinicalDocument")
        assert SECRET not in f"{fault.place} {fault.message}"
        assert "279035121518988" not in fault.message


def test_every_code_of_the_checks_is_planted_somewhere() -> None:
    sources = [file.read_text(encoding="utf-8") for file in sorted(Path(checks.__path__[0]).glob("*.py"))]
    known = set(re.findall(r'"((?:cda|pdf)-[a-z0-9-]+)"', "".join(sources)))
    of_xml = {"cda-not-xml", "cda-doctype", "cda-not-cda"}
    of_settings_and_warnings = {"cda-ins-test", "cda-body-size", "cda-markup", "pdf-not-a1"}
    assert known - {code for code, *_ in PLANTED} == of_xml | of_settings_and_warnings


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "cda-not-xml"),
        (SECTIONS[:-20], "cda-not-xml"),
        (SECTIONS.replace("é".encode(), "é".encode("latin-1")), "cda-not-xml"),
        (SECTIONS.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16"), "cda-not-xml"),
        (b'<?xml version="1.0" encoding="UTF-7"?>\n+ADwAIQ-DOCTYPE x+AD4<x/>', "cda-not-xml"),
        (b"<!DOCTYPE x>" + SECTIONS[SECTIONS.index(b"\n") :], "cda-doctype"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x y="&a;"/>', "cda-doctype"),
        (b"<ClinicalDocument/>", "cda-not-cda"),
        (b'<Patient xmlns="http://hl7.org/fhir"/>', "cda-not-cda"),
    ],
)
def test_what_is_no_cda_is_one_fault(data: bytes, code: str) -> None:
    assert [fault.code for fault in check_cda(data)] == [code]


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_judged_without_an_exception(data: bytes) -> None:
    assert check_cda(data)
    assert all(isinstance(fault, Fault) for fault in check_cda(attached(b"%PDF-" + data)))


def test_a_test_ins_is_a_warning_and_an_error_in_production() -> None:
    data = to_cda(VISIT_IN_SECTIONS)
    (warning,) = check_cda(data)
    assert (warning.code, warning.severity) == ("cda-ins-test", Severity.WARNING)
    assert codes(data, production=True) == {"cda-ins-test"}
    assert codes(SECTIONS, production=True) == set()


@pytest.mark.parametrize(("domain", "severity"), [(INS, Severity.ERROR), (INS_TEST, Severity.WARNING)])
def test_wrong_check_digits_are_an_error_only_in_a_production_number(domain: str, severity: Severity) -> None:
    patient = replace(PATIENT, ins=Identifier(domain, "123456789012244"))
    faults = check_cda(to_cda(replace(VISIT_IN_SECTIONS, patient=patient)))
    assert [fault.severity for fault in faults if fault.code == "cda-ins-check-digits"] == [severity]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("20261120101500+0100", "20261120091501+0000"),
        ("202611201015+0100", "20261120101501+0100"),
        ("20261120", "20261120101500+0100"),
        ("20261120", "20261121"),
        ("2026", "20261121"),
    ],
)
def test_what_begins_before_it_ends_is_sound(low: str, high: str) -> None:
    both = changed(changed(SECTIONS, put("h:componentOf//h:low", value=low)), put("h:componentOf//h:high", value=high))
    assert codes(both) == set()


@pytest.mark.parametrize("place", ["2A004", "2B033", "99109", "97411"])
def test_births_in_corsica_abroad_and_overseas_have_a_place(place: str) -> None:
    patient = replace(PATIENT, birth_place=place)
    assert codes(to_cda(replace(VISIT_IN_SECTIONS, patient=patient))) == set()


def test_a_body_over_the_limit_is_found_before_it_is_read() -> None:
    content = b"%PDF-1.4 not one" * 10
    (fault,) = errors(check_cda(attached(content), body_limit=159))
    assert fault.code == "cda-body-size"
    assert "160 bytes" in fault.message
    assert {fault.code for fault in check_cda(attached(content), body_limit=160)} >= {"pdf-unreadable"}


def test_a_pdf_of_thirty_megabytes_is_over_the_limit() -> None:
    assert codes(attached(pdf() + b"\n" * 30_000_000)) == {"cda-body-size"}


@pytest.mark.parametrize("conformance", [None, "2", "3"])
def test_a_pdf_that_does_not_say_pdf_a1_is_a_warning(conformance: str | None) -> None:
    faults = check_cda(attached(pdf(conformance=conformance)))
    assert {(fault.code, fault.severity) for fault in faults} >= {("pdf-not-a1", Severity.WARNING)}
    assert codes(attached(pdf(conformance=conformance))) == set()


def test_the_claim_of_pdf_a1_may_be_an_attribute() -> None:
    element, attribute = b"<pdfaid:part>1</pdfaid:part>", b'<x pdfaid:part="1"         />'[:28]
    assert {fault.code for fault in check_cda(attached(pdf()))} == {"cda-ins-test"}
    said = pdf().replace(element, attribute)
    assert said != pdf()
    assert {fault.code for fault in check_cda(attached(said))} == {"cda-ins-test"}


def test_a_pdf_without_a_page_is_unreadable() -> None:
    assert codes(attached(pdf().replace(b"/Kids [3 0 R] /Count 1", b"/Kids [     ] /Count 0"))) == {"pdf-unreadable"}


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "</p>", "< b onclick=x>", "<!DOCTYPE html>"])
def test_markup_in_a_plain_text_is_pointed_at(words: str) -> None:
    faults = check_cda(attached(words.encode(), "text/plain"))
    assert ("cda-markup", Severity.WARNING) in {(fault.code, fault.severity) for fault in faults}


@pytest.mark.parametrize("words", ["PaO2 < 60 mmHg", "5<6", "<3", "A & B"])
def test_clinical_comparisons_are_no_markup(words: str) -> None:
    assert {fault.code for fault in check_cda(attached(words.encode(), "text/plain"))} == {"cda-ins-test"}
