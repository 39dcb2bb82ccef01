"""Drafts: what each part of a document is read from, and the gap that tells where something is missing."""

from pathlib import Path
from typing import Any

import pytest

from adapter.dmp.documents import Attachment, Document
from adapter.dmp.making import Draft
from tests.dmp.papers import pdf
from tests.dmp.site import FR_CORE, PDF, PROFESSION, attached, made, shareable, sharing, written
from tests.replay.visits import INS

G15 = PROFESSION["code"]["coding"][0]["system"]
R38 = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
NIR = INS["type"]["coding"][0]["system"]  # type: ignore[index]
RPPS = "https://rpps.esante.gouv.fr"


def draft(folder: Path, *more: dict[str, Any], site: dict[str, Any] | None = None, **changes: Any) -> Draft:
    (one,) = made(written(folder, [*shareable(**changes), *more]), sharing(**(site or {})))
    return one.draft


def document(folder: Path, *more: dict[str, Any], site: dict[str, Any] | None = None, **changes: Any) -> Document:
    found = draft(folder, *more, site=site, **changes)
    assert found.document is not None, found.faults
    return found.document


def codes(folder: Path, *more: dict[str, Any], site: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    found = draft(folder, *more, site=site, **changes)
    assert found.document is None
    return [fault.code for fault in found.faults]


def organization(name: str, system: str, value: str) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "id": name,
        "identifier": [{"system": system, "value": value}],
        "name": name,
    }


def role(name: str, organization_id: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "PractitionerRole",
        "id": name,
        "practitioner": {"reference": "Practitioner/d1"},
        "organization": {"reference": f"Organization/{organization_id}"},
        **more,
    }


FINESS = "https://finess.esante.gouv.fr"


# The site


@pytest.mark.parametrize(
    ("site", "code"),
    [
        ({"custodian": None}, "no-custodian"),
        ({"facility_type": None}, "no-facility-type"),
        ({"facility_type": "SA99"}, "no-facility-type"),
    ],
)
def test_what_only_the_site_can_say_is_a_gap_of_its_settings(tmp_path: Path, site: dict[str, Any], code: str) -> None:
    assert codes(tmp_path, site=site) == [code]


def test_the_scheme_s_own_setting_of_practice_goes_before_the_site_s(tmp_path: Path) -> None:
    assert document(tmp_path, site={"practice_setting": "HAD"}).practice_setting.code == "PALLIATIF"


# The person


def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    found = codes(tmp_path, Patient={"identifier": []}, Practitioner={"name": []}, site={"custodian": None})
    assert found == ["no-custodian", "no-ins", "no-author"]


def test_a_nss_of_the_same_system_is_no_ins(tmp_path: Path) -> None:
    nss = {"type": {"coding": [{"code": "NH"}]}, "system": "urn:oid:1.2.250.1.213.1.4.8", "value": INS["value"]}
    assert codes(tmp_path, Patient={"identifier": [nss]}) == ["no-ins"]


@pytest.mark.parametrize("use", ["old", "temp"])
def test_an_ins_that_is_not_in_use_is_none(tmp_path: Path, use: str) -> None:
    assert codes(tmp_path, Patient={"identifier": [{**INS, "use": use}]}) == ["no-ins"]


def test_an_ins_of_the_other_domain_is_not_chosen(tmp_path: Path) -> None:
    real = {"type": {"coding": [{"system": NIR, "code": "INS-NIR"}]}, "system": "urn:oid:1.2.250.1.213.1.4.8"}
    both = [{**real, "value": INS["value"]}, INS]
    found = document(tmp_path, Patient={"identifier": both}).patient
    assert (found.ins.oid, found.ins.type_code) == ("1.2.250.1.213.1.4.10", "INS-NIR-TEST")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"gender": None}, "Patient.gender"),
        ({"birthDate": None}, "Patient.birthDate"),
        ({"name": [{"use": "official", "given": ["A"]}]}, "Patient.name.family"),
        ({"name": [{"use": "official", "family": "A"}]}, "Patient.name.given"),
        ({"name": [{"use": "usual", "family": "A", "given": ["B"]}]}, "Patient.name.family"),
    ],
)
def test_a_trait_that_is_missing_is_named(tmp_path: Path, change: dict[str, Any], place: str) -> None:
    found = draft(tmp_path, Patient=change)
    assert place in [fault.place for fault in found.faults if fault.code == "no-trait"]


def test_the_names_of_birth_are_those_of_the_certificate_and_the_name_in_use_stands_beside(tmp_path: Path) -> None:
    listed = {"url": f"{FR_CORE}/fr-core-patient-birth-list-given-name", "valueString": "ANNE ROSE LOU"}
    names = [
        {"use": "official", "extension": [listed], "family": "NEE", "given": ["ANNE"]},
        {"use": "usual", "family": "USUEL", "given": ["Rose"]},
    ]
    found = document(tmp_path, Patient={"name": names}).patient
    assert (found.birth_name, found.birth_given, found.first_given) == ("NEE", "ANNE ROSE LOU", "ANNE")
    assert (found.used_name, found.used_given) == ("USUEL", "Rose")


def test_without_the_list_the_given_names_are_all_that_are_recorded(tmp_path: Path) -> None:
    found = document(tmp_path).patient
    assert (found.birth_given, found.first_given, found.birth_place) == ("Dominique Marie", "Dominique", "51215")


def test_local_ids_are_kept_where_their_system_is_an_oid(tmp_path: Path) -> None:
    kind = {"coding": [{"code": "PI"}]}
    local = [{"type": kind, "system": s, "value": "42"} for s in ("urn:oid:1.2.3", "https://his.example.org/ipp")]
    found = document(tmp_path, Patient={"identifier": [INS, *local]}).patient
    assert [(i.oid, i.value, i.type_code) for i in found.local] == [("1.2.3", "42", "PI")]


# The author


@pytest.mark.parametrize(
    ("identifier", "number"),
    [
        ({"system": RPPS, "value": "10001234567"}, "810001234567"),
        ({"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810001234567"}, "810001234567"),
        ({"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "3190000012/0042"}, "3190000012/0042"),
    ],
)
def test_an_author_goes_by_the_national_id(tmp_path: Path, identifier: dict[str, str], number: str) -> None:
    author = document(tmp_path, Practitioner={"identifier": [identifier]}).author
    assert (author.identifier.oid, author.identifier.value) == ("1.2.250.1.71.4.2.1", number)


def test_a_local_id_is_none(tmp_path: Path) -> None:
    local = [{"system": "https://his.example.org/staff", "value": "7"}]
    patient = {"generalPractitioner": [{"reference": "Practitioner/d1"}]}
    assert "no-author" in codes(tmp_path, Practitioner={"identifier": local}, Patient=patient)


def test_a_specialty_stands_behind_the_profession(tmp_path: Path) -> None:
    special = {"code": {"coding": [{"system": R38, "code": "SM26", "display": "Généraliste"}]}}
    author = document(tmp_path, Practitioner={"qualification": [special, PROFESSION]}).author
    assert (author.profession.code, author.profession.display) == ("G15_10/SM26", "Médecin - Généraliste")


def test_the_profession_may_stand_at_a_role(tmp_path: Path) -> None:
    place = organization("clinic", FINESS, "990000042")
    coded = role("r", "clinic", code=[{"coding": [{"system": G15, "code": "60", "display": "Infirmier"}]}])
    author = document(
        tmp_path, place, coded, Practitioner={"qualification": []}, r1={"author": [{"reference": "PractitionerRole/r"}]}
    ).author
    assert author.profession.code == "G15_60"
    assert author.organization is not None
    assert author.organization.identifier.value == "1990000042"


def test_the_role_that_the_author_is_named_by_goes_before_another(tmp_path: Path) -> None:
    places = [organization("a", FINESS, "990000001"), organization("b", FINESS, "990000002")]
    roles = [role("ra", "a"), role("rb", "b")]
    named = {"r1": {"author": [{"reference": "PractitionerRole/rb"}]}, "Encounter": _by("PractitionerRole/ra")}
    author = document(tmp_path, *places, *roles, **named).author
    assert author.organization is not None
    assert author.organization.name == "b"


def _by(reference: str) -> dict[str, Any]:
    return {"participant": [{"individual": {"reference": reference}}]}


def test_an_author_may_be_contained_in_the_document(tmp_path: Path) -> None:
    contained = {
        "resourceType": "Practitioner",
        "id": "me",
        "identifier": [{"system": RPPS, "value": "10001234567"}],
        "name": [{"family": "INSIDE"}],
        "qualification": [PROFESSION],
    }
    author = document(tmp_path, r1={"contained": [contained], "author": [{"reference": "#me"}]}).author
    assert author.family == "INSIDE"


def test_the_next_author_is_tried_where_the_first_is_not_known_well_enough(tmp_path: Path) -> None:
    other = {"resourceType": "Practitioner", "id": "d2", "identifier": [{"system": RPPS, "value": "10007654321"}]}
    authors = [{"reference": "Practitioner/d2"}, {"reference": "Practitioner/d1"}]
    assert document(tmp_path, other, r1={"author": authors}).author.family == "DEMO-MEDIONI"


# The stay


def test_the_stay_goes_by_its_number_in_a_system_that_is_an_oid_or_gets_one(tmp_path: Path) -> None:
    number = {"system": "urn:oid:1.2.3.4", "value": "V-1"}
    assert document(tmp_path, Encounter={"identifier": [number]}).stay.identifier.oid == "1.2.3.4"
    url = {"system": "https://his.example.org/visits", "value": "V-1"}
    assert document(tmp_path, Encounter={"identifier": [url]}).stay.identifier.oid.startswith("2.25.")


@pytest.mark.parametrize(("number", "code"), [("990000329", "SA17"), ("990000328", "SA07")])
def test_the_kind_of_structure_follows_its_finess_number(tmp_path: Path, number: str, code: str) -> None:
    place = organization("home", FINESS, number)
    stay = document(tmp_path, place, Encounter={"serviceProvider": {"reference": "Organization/home"}}).stay
    assert (stay.facility_type.code, stay.organization is not None) == (code, True)


def test_where_nobody_is_named_as_provider_the_place_s_manager_counts(tmp_path: Path) -> None:
    place = organization("home", "urn:oid:1.2.250.1.71.4.2.2", "1990000329")
    room = {"resourceType": "Location", "id": "room", "managingOrganization": {"reference": "Organization/home"}}
    stay = document(tmp_path, place, room, Encounter={"location": [{"location": {"reference": "Location/room"}}]}).stay
    assert stay.facility_type.code == "SA17"


# The body


def test_a_pdf_is_carried_byte_for_byte(tmp_path: Path) -> None:
    assert document(tmp_path, DocumentReference=PDF).body == Attachment("application/pdf", pdf())


def test_a_text_becomes_paragraphs_without_its_byte_order_mark(tmp_path: Path) -> None:
    text = "\ufeffFirst\r\nline\r\n\r\nSecond".encode()
    (section,) = document(tmp_path, DocumentReference=attached(text, "text/plain; charset=utf-8")).body
    assert section.paragraphs == ("First\nline", "Second")


def test_the_same_words_told_twice_stand_there_once(tmp_path: Path) -> None:
    content = attached(b"the same", "text/plain")["content"]
    body = document(tmp_path, DocumentReference={"content": [*content, *content]}).body
    assert isinstance(body, tuple)
    assert len(body) == 1


@pytest.mark.parametrize("attachment", [{"contentType": "text/plain"}, {"url": "https://files.example.org/report.pdf"}])
def test_an_attachment_without_bytes_is_not_read(tmp_path: Path, attachment: dict[str, str]) -> None:
    assert codes(tmp_path, DocumentReference={"content": [{"attachment": attachment}]}) == ["not-read"]


def test_an_attachment_may_have_exactly_as_many_bytes_as_the_site_allows(tmp_path: Path) -> None:
    content = attached(b"12345", "text/plain")
    assert document(tmp_path, site={"largest": 5}, DocumentReference=content)
    assert codes(tmp_path, site={"largest": 4}, DocumentReference=content) == ["too-large"]
