"""The documents of six scenes: as they were written before, sound for others' validators, and true to their input.

The input is read here by plain JSON and XML, and the documents by paths of CDA: nothing of the adapter stands between.
"""

import base64
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapter.core.desired import desired_of
from adapter.dmp.envelopes import Envelope
from adapter.dmp.files import files_of
from adapter.dmp.pfi.messages import Correspondents
from adapter.fhir.json_text import loads
from tests.dmp.reader import Read, attachment, read, sections
from tests.dmp.samples import faults
from tests.dmp.site import made, told
from tests.fixtures.scenes import FIXTURES

GOLDEN = Path(__file__).with_name("golden") / "scenes"
SCENES = {
    "fr-home-visit": "11488-4",
    "fr-document": "11488-4",
    "fr-next-visit": "11488-4",
    "fr-ehpad-globale": "11488-4",
    "fr-immuno-home-sequence": "11506-3",
    "fr-coordination-plan": "18776-5",
}
BETWEEN = Correspondents("ADAPTER", "HAD", "PFI", "CHU", processing="T")
each_scene = pytest.mark.parametrize("scene", SCENES)
ROLE = "h:recordTarget/h:patientRole"
NS = {"f": "http://hl7.org/fhir"}


@cache
def envelope(scene: str) -> Envelope:
    """The one document of a scene, in its envelope."""
    (one,) = made([FIXTURES / scene])
    assert one.readiness.is_ready
    assert one.envelope is not None
    return one.envelope


@cache
def document(scene: str) -> Read:
    """It, as a receiver reads it."""
    return read(envelope(scene).cda)


def given(scene: str) -> Iterator[dict[str, Any]]:
    """The resources of a JSON scene, read by the standard library."""
    for path in sorted((FIXTURES / scene).glob("*.json")):
        yield from (entry["resource"] for entry in json.loads(path.read_text(encoding="utf-8"))["entry"])


def first(scene: str, kind: str, **members: Any) -> dict[str, Any]:
    """The first resource of a type with these members."""
    return next(r for r in given(scene) if r["resourceType"] == kind and members.items() <= r.items())


@each_scene
def test_a_document_is_written_as_it_was(scene: str) -> None:
    assert envelope(scene).cda == (GOLDEN / f"{scene}.xml").read_bytes()


@each_scene
def test_a_second_replay_writes_the_same_files(scene: str) -> None:
    again = made([FIXTURES / scene])[0].envelope
    assert again is not None
    assert again == envelope(scene)
    assert dict(files_of(again, "1.2.250.1.999.1", BETWEEN)) == dict(
        files_of(envelope(scene), "1.2.250.1.999.1", BETWEEN)
    )


@each_scene
def test_every_form_of_it_is_sound(scene: str) -> None:
    files = dict(files_of(envelope(scene), "1.2.250.1.999.1", BETWEEN))
    assert sorted(name.partition(".")[2] for name in files) == ["cda.xml", "hl7", "iti105.json", "iti65.json"]
    for content in (loads(data) for name, data in files.items() if name.endswith(".json")):
        assert faults(content) == []
        assert [r for entry in content.get("entry", ()) for r in faults(entry["resource"])] == []


@each_scene
def test_what_is_told_of_it_is_sound(scene: str) -> None:
    for decision, handed in told([FIXTURES / scene]):
        for one in desired_of(decision, handed):
            assert faults(one.resource) == []


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene != "fr-ehpad-globale"])
def test_a_document_names_the_person_of_the_input(scene: str) -> None:
    found, patient = document(scene), first(scene, "Patient")
    ins = [i["value"] for i in patient["identifier"] if i["system"] == "urn:oid:1.2.250.1.213.1.4.10"]
    official = next(n for n in patient["name"] if n.get("use") == "official")
    assert dict(found.ids(f"{ROLE}/h:id"))["1.2.250.1.213.1.4.10"] == ins[0]
    assert found.one(f"{ROLE}//h:family[@qualifier='BR']") == official["family"]
    assert found.one(f"{ROLE}//h:given[not(@qualifier)]") == official["extension"][0]["valueString"]
    assert found.one(f"{ROLE}//h:birthTime/@value") == patient["birthDate"].replace("-", "")
    assert found.one(f"{ROLE}//h:administrativeGenderCode/@code") == patient["gender"][0].upper()
    assert found.one(f"{ROLE}//h:county") == ins[0][5:10]


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene != "fr-ehpad-globale"])
def test_a_document_names_the_author_of_the_input(scene: str) -> None:
    found, path = document(scene), "h:author/h:assignedAuthor"
    ((_, number),) = found.ids(f"{path}/h:id")
    practitioner = next(
        r
        for r in given(scene)
        if r["resourceType"] == "Practitioner" and number in {i["value"].rjust(12, "8") for i in r["identifier"]}
    )
    codings = [c for q in practitioner["qualification"] for c in q["code"].get("coding", ())]
    codes = [c["code"] for c in codings if "TRE-G15" in c["system"] or "TRE-R38" in c["system"]]
    assert found.one(f"{path}/h:code/@code") == "/".join([f"G15_{codes[0]}", *codes[1:]])
    assert found.one(f"{path}//h:family") == practitioner["name"][0]["family"]


@each_scene
def test_a_document_is_of_the_kind_that_its_scheme_wants(scene: str) -> None:
    found = document(scene)
    assert found.code("h:code")[:2] == (SCENES[scene], "2.16.840.1.113883.6.1")
    setting = {"11488-4": "PALLIATIF", "11506-3": "HAD", "18776-5": "AMBULATOIRE"}[SCENES[scene]]
    assert found.one("h:documentationOf//h:standardIndustryClassCode/@code") == setting
    facility = "SA17" if scene == "fr-ehpad-globale" else "SA07"
    assert found.one("h:componentOf//h:healthCareFacility/h:code/@code") == facility


def test_the_pdf_of_a_visit_is_the_source_s_own() -> None:
    kind, content = attachment(document("fr-home-visit"))
    binary = first("fr-home-visit", "Binary")
    assert (kind, content) == (binary["contentType"], base64.b64decode(binary["data"]))


def test_the_sections_of_a_composition_are_its_titles_and_words() -> None:
    found = sections(document("fr-document"))
    composition = first("fr-document", "Composition")
    assert [s.title for s in found] == [s["title"] for s in composition["section"]]
    for section, ours in zip(composition["section"], found, strict=True):
        words = "".join(etree.fromstring(section["text"]["div"]).itertext())
        assert "".join(ours.paragraphs).replace(" | ", "") == words
    assert found[-1].paragraphs == ["Médicament | Posologie", "Fentanyl 25 µg/h | 1 patch toutes les 72 heures"]


def test_the_sections_of_an_impression_are_what_the_doctor_wrote() -> None:
    impression = first("fr-next-visit", "ClinicalImpression")
    (section,) = sections(document("fr-next-visit"))
    assert section.paragraphs == [impression["description"], impression["summary"], impression["note"][0]["text"]]


def test_the_words_of_a_follow_up_are_the_nurse_s() -> None:
    reference = first("fr-immuno-home-sequence", "DocumentReference")
    text = base64.b64decode(reference["content"][0]["attachment"]["data"]).decode()
    (section,) = sections(document("fr-immuno-home-sequence"))
    assert "\n\n".join(section.paragraphs) == text
    event = document("fr-immuno-home-sequence").one("h:documentationOf//h:low/@value")
    assert event == "20230720090000+0200"


def test_a_plan_holds_its_actions_and_its_objectives() -> None:
    plan = first("fr-coordination-plan", "CarePlan")
    spoken = [p for section in sections(document("fr-coordination-plan")) for p in section.paragraphs]
    details = [a["detail"] for a in plan["activity"]]
    assert {d.get("description") or d["code"]["text"] for d in details} <= set(spoken)
    goals = [r["description"]["text"] for r in given("fr-coordination-plan") if r["resourceType"] == "Goal"]
    assert (len(goals), set(goals) <= set(spoken)) == (3, True)


def test_a_visit_in_a_care_home_sent_as_xml_is_read_as_well() -> None:
    root = etree.parse(FIXTURES / "fr-ehpad-globale" / "ehpad-collection.xml").getroot()

    def one(path: str) -> str:
        (value,) = root.xpath(f"//f:{path}/@value", namespaces=NS)
        return str(value)

    found = document("fr-ehpad-globale")
    ins = one("Patient/f:identifier[f:system/@value='urn:oid:1.2.250.1.213.1.4.10']/f:value")
    assert dict(found.ids(f"{ROLE}/h:id"))["1.2.250.1.213.1.4.10"] == ins
    assert found.one(f"{ROLE}//h:family[@qualifier='BR']") == one("Patient/f:name/f:family")
    assert found.ids("h:author/h:assignedAuthor/h:id")[0][1] == one("Practitioner/f:identifier/f:value")
    (section,) = sections(found)
    assert "\n\n".join(section.paragraphs) == base64.b64decode(one("Binary/f:data")).decode()
    assert [c.code for c in envelope("fr-ehpad-globale").document.confidentiality] == ["N", "INVISIBLE_PATIENT"]
