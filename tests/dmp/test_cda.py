"""What goes into a CDA document comes out of it again, read by paths of the standard and nothing of ours."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapter.dmp.cda import NotWritten, losses, to_cda
from adapter.dmp.checks import check_cda
from adapter.dmp.documents import Attachment, Concept, Document, Professional, Section
from adapter.dmp.faults import Severity, errors
from tests.dmp.reader import Read, attachment, read, sections
from tests.dmp.scenes import DOCTOR, NURSE, PATIENT, SCENES, SOUND, VISIT_IN_SECTIONS, VISIT_REPLACED

GOLDEN = Path(__file__).with_name("golden")
ROLE = "h:recordTarget/h:patientRole"
EVENT = "h:documentationOf/h:serviceEvent"
ENCOUNTER = "h:componentOf/h:encompassingEncounter"
every_scene = pytest.mark.parametrize("document", SCENES.values(), ids=SCENES)


def compact(time: str) -> str:
    """A FHIR dateTime without its separators, as HL7 writes it."""
    day, _, rest = time.partition("T")
    return day.replace("-", "") + rest.replace(":", "").replace("Z", "+0000")


@pytest.mark.parametrize("name", SCENES)
def test_a_document_is_written_as_it_was(name: str) -> None:
    assert to_cda(SCENES[name]) == (GOLDEN / f"{name}.xml").read_bytes()


@every_scene
def test_a_document_is_utf8_without_doctype(document: Document) -> None:
    data = to_cda(document)
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\">")
    assert b"DOCTYPE" not in data
    assert "Stéphane" in data.decode("utf-8") or document.author is not DOCTOR


@every_scene
def test_the_header_says_which_document_this_is(document: Document) -> None:
    found = read(to_cda(document))
    assert found.code("h:code") == (document.type.code, document.type.oid, document.type.display)
    assert found.one("h:title") == document.title
    assert found.one("h:effectiveTime/@value") == compact(document.created)
    assert found.one("h:languageCode/@code") == document.language
    assert (found.one("h:id/@root"), found.one("h:versionNumber/@value")) == (
        document.unique_oid,
        str(document.version),
    )
    level = next(concept for concept in document.confidentiality if concept.code in "NRV")
    assert found.code("h:confidentialityCode") == (level.code, level.oid, level.display)


@every_scene
def test_the_person_is_named_by_ins_and_traits(document: Document) -> None:
    found, patient = read(to_cda(document)), document.patient
    ids = [(identifier.oid, identifier.value) for identifier in (patient.ins, *patient.local)]
    assert found.ids(f"{ROLE}/h:id") == ids
    name = f"{ROLE}/h:patient/h:name"
    assert found.one(f"{name}/h:family[@qualifier='BR']") == patient.birth_name
    assert found.one(f"{name}/h:given[not(@qualifier)]") == patient.birth_given
    assert found.one(f"{name}/h:given[@qualifier='BR']") == patient.first_given
    assert found.one(f"{name}/h:family[@qualifier='CL']") == patient.used_name
    assert found.one(f"{name}/h:given[@qualifier='CL']") == patient.used_given
    assert found.one(f"{ROLE}/h:patient/h:birthTime/@value") == patient.birth_date.replace("-", "")
    assert found.one(f"{ROLE}/h:patient/h:birthplace/h:place/h:addr/h:county") == patient.birth_place
    gender = found.one(f"{ROLE}/h:patient/h:administrativeGenderCode/@code")
    assert gender == {"female": "F", "male": "M"}.get(patient.gender)


def professional(found: Read, path: str) -> tuple[list[tuple[str, str]], str | None, str | None, str | None]:
    """Id, names and profession of a professional at a path."""
    name = f"{path}/h:assignedPerson/h:name"
    return (
        found.ids(f"{path}/h:id"),
        found.one(f"{name}/h:family"),
        found.one(f"{name}/h:given"),
        found.one(f"{path}/h:code/@code"),
    )


def expected(person: Professional) -> tuple[list[tuple[str, str]], str | None, str | None, str | None]:
    """What `professional` finds of a person."""
    ids = [(person.identifier.oid, person.identifier.value)]
    return (ids, person.family, person.given, person.profession.code)


@every_scene
def test_who_wrote_kept_did_and_answers_is_said(document: Document) -> None:
    found = read(to_cda(document))
    assert professional(found, "h:author/h:assignedAuthor") == expected(document.author)
    assert professional(found, "h:legalAuthenticator/h:assignedEntity") == expected(document.legal_authenticator)
    assert professional(found, f"{EVENT}/h:performer/h:assignedEntity") == expected(document.act.performer)
    custodian = "h:custodian/h:assignedCustodian/h:representedCustodianOrganization"
    assert found.ids(f"{custodian}/h:id") == [(document.custodian.identifier.oid, document.custodian.identifier.value)]
    assert found.one(f"{custodian}/h:name") == document.custodian.name


def test_a_title_and_a_civility_stand_where_each_belongs() -> None:
    found = read(to_cda(replace(VISIT_IN_SECTIONS, legal_authenticator=NURSE)))
    assert found.all("h:author//h:suffix") == ["DR"]
    assert found.all("h:legalAuthenticator//h:prefix") == ["MME"]
    assert found.all("h:legalAuthenticator//h:suffix") == []


@every_scene
def test_act_setting_and_encounter_are_said(document: Document) -> None:
    found, act, stay = read(to_cda(document)), document.act, document.stay
    setting = f"{EVENT}/h:performer/h:assignedEntity/h:representedOrganization/h:standardIndustryClassCode"
    assert found.code(setting)[:2] == (document.practice_setting.code, document.practice_setting.oid)
    assert found.one(f"{EVENT}/h:code/@code") == (act.code.code if act.code else None)
    assert found.one(f"{EVENT}/h:effectiveTime/h:low/@value") == compact(act.start)
    assert found.one(f"{EVENT}/h:effectiveTime/h:high/@value") == (compact(act.end) if act.end else None)
    assert found.ids(f"{ENCOUNTER}/h:id") == [(stay.identifier.oid, stay.identifier.value)]
    low = found.one(f"{ENCOUNTER}/h:effectiveTime/h:low/@value")
    assert low == (compact(stay.start) if stay.start else None)
    unknown = found.one(f"{ENCOUNTER}/h:effectiveTime/@nullFlavor")
    assert unknown == (None if stay.start or stay.end else "UNK")
    facility = found.code(f"{ENCOUNTER}/h:location/h:healthCareFacility/h:code")
    assert facility[:2] == (stay.facility_type.code, stay.facility_type.oid)


@every_scene
def test_the_content_is_the_inputs(document: Document) -> None:
    found = read(to_cda(document))
    if isinstance(document.body, Attachment):
        assert attachment(found) == (document.body.content_type, document.body.content)
    else:
        assert [(one.title, tuple(one.paragraphs)) for one in sections(found)] == [
            (one.title, one.paragraphs) for one in document.body
        ]


def test_a_replacement_names_the_version_before() -> None:
    first, second = read(to_cda(VISIT_IN_SECTIONS)), read(to_cda(VISIT_REPLACED))
    parent = "h:relatedDocument[@typeCode='RPLC']/h:parentDocument"
    assert second.one(f"{parent}/h:id/@root") == first.one("h:id/@root")
    assert second.one("h:setId/@root") == first.one("h:setId/@root")
    assert second.one(f"{parent}/h:versionNumber/@value") == "1"
    assert first.all("h:relatedDocument") == []


@pytest.mark.parametrize("name", SOUND)
def test_the_checks_find_nothing_in_sound_documents(name: str) -> None:
    assert errors(check_cda(to_cda(SOUND[name]))) == ()
    assert losses(SOUND[name]) == ()


def test_what_the_record_does_not_say_is_found_missing() -> None:
    codes = {fault.code for fault in errors(check_cda(to_cda(SCENES["uncertain-person"])))}
    assert codes == {"cda-first-given", "cda-gender", "cda-birth-place"}


def test_a_performer_without_a_structure_still_has_a_practice_setting() -> None:
    alone = replace(VISIT_IN_SECTIONS.act, performer=replace(DOCTOR, organization=None))
    data = to_cda(replace(VISIT_IN_SECTIONS, act=alone, stay=replace(VISIT_IN_SECTIONS.stay, organization=None)))
    assert errors(check_cda(data)) == ()
    assert read(data).all(f"{EVENT}//h:standardIndustryClassCode/@code") == ["PALLIATIF"]


def test_without_a_level_of_confidentiality_none_is_made_up() -> None:
    hidden = replace(VISIT_IN_SECTIONS, confidentiality=VISIT_IN_SECTIONS.confidentiality[:0])
    codes = [fault.code for fault in errors(check_cda(to_cda(hidden)))]
    assert codes == ["cda-confidentiality"]


@pytest.mark.parametrize(
    "change",
    [
        {"created": "20/11/2026"},
        {"created": "2026-11-20T10:15:00"},
        {"created": "2026-11-20T10:15+01:00"},
        {"created": "２０２６-11-20"},
        {"set_id": "not a UUID"},
        {"patient": replace(PATIENT, birth_date="spring")},
    ],
)
def test_what_cannot_be_put_in_cda_is_refused_without_quoting_it(change: dict[str, object]) -> None:
    with pytest.raises(NotWritten) as refused:
        to_cda(replace(VISIT_IN_SECTIONS, **change))  # type: ignore[arg-type]
    assert refused.value.code == "cda-not-written"
    assert not any(str(value) in str(refused.value) for value in change.values())


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2026-11-20T10:15:30.123456+01:00", "20261120101530+0100"),
        ("2026-11-20T10:15:30Z", "20261120101530+0000"),
        ("2026-11-20", "20261120"),
        ("2026-11", "202611"),
        ("2026", "2026"),
    ],
)
def test_times_keep_their_precision_and_offset(given: str, written: str) -> None:
    act = replace(VISIT_IN_SECTIONS.act, start=given, end=None)
    found = read(to_cda(replace(VISIT_IN_SECTIONS, act=act)))
    assert found.one(f"{EVENT}/h:effectiveTime/h:low/@value") == written


def test_a_code_without_a_label_has_no_empty_one() -> None:
    act = replace(VISIT_IN_SECTIONS.act, code=Concept("C", "1.2.250.1.215.200.3.3", "", ""))
    data = to_cda(replace(VISIT_IN_SECTIONS, act=act))
    assert read(data).code(f"{EVENT}/h:code") == ("C", "1.2.250.1.215.200.3.3", None)
    assert errors(check_cda(data)) == ()


def test_an_act_that_ends_as_it_begins_is_an_instant() -> None:
    act = replace(VISIT_IN_SECTIONS.act, end=VISIT_IN_SECTIONS.act.start)
    found = read(to_cda(replace(VISIT_IN_SECTIONS, act=act)))
    assert found.all(f"{EVENT}/h:effectiveTime/*/@value") == [compact(act.start)]


def test_an_id_that_the_record_holds_twice_stands_once() -> None:
    document = replace(VISIT_IN_SECTIONS, patient=replace(PATIENT, local=(*PATIENT.local, PATIENT.ins, *PATIENT.local)))
    assert len(read(to_cda(document)).ids(f"{ROLE}/h:id")) == 2


def test_a_script_stands_as_words_and_is_pointed_at() -> None:
    script = "<script>alert('x')</script><p onclick=x>Conclusion</p> ]]> &amp; <!-- -->"
    document = replace(VISIT_IN_SECTIONS, body=(Section("Conclusions", (script,)),))
    data = to_cda(document)
    assert b"<script" not in data
    assert sections(read(data))[0].paragraphs == [script]
    assert ("cda-markup", Severity.WARNING) in {(fault.code, fault.severity) for fault in check_cda(data)}


def test_a_prefix_that_is_no_civility_is_left_out_and_said() -> None:
    document = replace(VISIT_IN_SECTIONS, author=replace(DOCTOR, prefix="Herr Doktor"))
    assert read(to_cda(document)).all("h:author//h:prefix | h:author//h:suffix") == []
    (loss,) = losses(document)
    assert (loss.code, loss.place, loss.severity) == ("cda-prefix-left-out", "author.prefix", Severity.WARNING)
    assert "Doktor" not in loss.message


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_hold_is_replaced_and_said(character: str) -> None:
    words = f"avant{character}après"
    document = replace(VISIT_IN_SECTIONS, title=words, body=(Section("Conclusions", ("x", words)),))
    found = read(to_cda(document))
    assert found.one("h:title") == sections(found)[0].paragraphs[1] == "avant\ufffdaprès"
    assert [(loss.code, loss.place) for loss in losses(document)] == [
        ("cda-characters-replaced", "title"),
        ("cda-characters-replaced", "body[0].paragraphs[1]"),
    ]


ANY_TEXT = st.text(st.characters())
ANY_CODE_POINT = st.text(st.integers(0, 0x10FFFF).map(chr))
texts = st.one_of(ANY_TEXT, ANY_CODE_POINT, st.text("<>&'\"]\r\n\t \x00\x0b\ud800\u2028é", max_size=12))


def _in_title(words: str) -> Document:
    return replace(VISIT_IN_SECTIONS, title=words)


def _in_name(words: str) -> Document:
    return replace(VISIT_IN_SECTIONS, patient=replace(PATIENT, birth_name=words))


def _in_structure(words: str) -> Document:
    return replace(VISIT_IN_SECTIONS, custodian=replace(VISIT_IN_SECTIONS.custodian, name=words))


def _in_paragraph(words: str) -> Document:
    return replace(VISIT_IN_SECTIONS, body=(Section("Conclusions", (words,)),))


def _in_section_title(words: str) -> Document:
    return replace(VISIT_IN_SECTIONS, body=(Section(words, ("x",)),))


PATHS: dict[Callable[[str], Document], str] = {
    _in_title: "h:title",
    _in_name: f"{ROLE}/h:patient/h:name/h:family[@qualifier='BR']",
    _in_structure: "h:custodian//h:name",
    _in_paragraph: "h:component//h:paragraph",
    _in_section_title: "h:component//h:section/h:title",
}


@given(put=st.sampled_from(list(PATHS)), words=texts)
@settings(max_examples=200)
def test_any_text_reads_back_equal_or_its_loss_is_said(put: Callable[[str], Document], words: str) -> None:
    document = put(words)
    back = read(to_cda(document)).one(PATHS[put])
    assert back == words or [loss.code for loss in losses(document)] == ["cda-characters-replaced"]
    assert back is not None
    assert len(back) == len(words)


@given(words=texts)
def test_any_text_in_an_attribute_reads_back_equal_or_its_loss_is_said(words: str) -> None:
    local = replace(PATIENT.local[0], value=words)
    document = replace(VISIT_IN_SECTIONS, patient=replace(PATIENT, local=(local,)))
    back = read(to_cda(document)).all(f"{ROLE}/h:id[2]/@extension")
    assert back == [words] or losses(document) != ()


@given(content=st.binary(max_size=200))
def test_any_bytes_come_out_as_they_went_in(content: bytes) -> None:
    document = replace(VISIT_IN_SECTIONS, body=Attachment("application/pdf", content))
    assert attachment(read(to_cda(document)))[1] == content


@given(words=texts)
def test_whatever_is_written_can_be_checked(words: str) -> None:
    data = to_cda(_in_paragraph(words))
    etree.fromstring(data)
    assert {fault.code for fault in check_cda(data)} <= {"cda-ins-test", "cda-markup", "cda-section-text"}
