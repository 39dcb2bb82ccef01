"""A kit of the national one's shape finds what is planted, although it is read-only and has the known faults."""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import isoschematron

from adapter.dmp.cda import to_cda
from adapter.dmp.documents import Concept, Identifier
from adapter.dmp.faults import Fault, Severity
from adapter.dmp.kit import MINIMAL_STRUCTURE, check_with_kit, schematrons
from tests.dmp.scenes import CARE_PLAN_HIDDEN, PATIENT, SOUND, VISIT_IN_SECTIONS

KIT = Path(__file__).with_name("kit")
WRONG_TYPE = replace(VISIT_IN_SECTIONS, type=Concept("11488-5", "2.16.840.1.113883.6.1", "http://loinc.org", "?"))

Check = Callable[[bytes], tuple[Fault, ...]]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(KIT, tmp_path_factory.mktemp("kit") / "kit"))


@pytest.fixture(scope="module")
def check(kit: Path, tmp_path_factory: pytest.TempPathFactory) -> Check:
    cache = tmp_path_factory.mktemp("cache")
    return lambda data: check_with_kit(data, kit, cache=cache)


def _codes(faults: tuple[Fault, ...]) -> list[str]:
    return [fault.code for fault in faults if fault.severity is Severity.ERROR]


@pytest.mark.parametrize("name", SOUND)
def test_our_documents_pass_the_schema_and_the_schematron(name: str, check: Check) -> None:
    assert _codes(check(to_cda(SOUND[name]))) == []


def test_an_element_out_of_order_fails_the_schema(check: Check) -> None:
    data = to_cda(CARE_PLAN_HIDDEN).replace(b'<languageCode code="fr-FR"/>', b"")
    (fault,) = check(data)
    assert (fault.code, fault.severity) == ("kit-xsd", Severity.ERROR)
    assert "setId" in fault.message
    assert fault.place == "/ClinicalDocument/setId"


def test_a_wrong_value_fails_the_schema_and_is_not_quoted(check: Check) -> None:
    (fault,) = check(to_cda(CARE_PLAN_HIDDEN).replace(b'setId root="2.25.', b'setId root="Quintessenz'))[:1]
    assert (fault.code, fault.message) == ("kit-xsd", "the value does not fit the schema")


def test_a_wrong_type_fails_the_schematron_with_location_and_text(check: Check) -> None:
    (fault,) = [fault for fault in check(to_cda(WRONG_TYPE)) if fault.severity is Severity.ERROR]
    assert fault == Fault("kit-schematron", "/ClinicalDocument/code", "the type of document is not in the table")


def test_the_pipeline_of_iso_schematron_works_too(tmp_path: Path) -> None:
    """Its edition for XSLT 1, which lxml brings, in the place of the one for XSLT 2, for a kit without any."""
    kit, pipeline = Path(shutil.copytree(KIT, tmp_path / "kit")), tmp_path / "pipeline"
    shutil.rmtree(kit / "schematrons/moteur")
    pipeline.mkdir()
    for step in (Path(isoschematron.__file__).parent / "resources/xsl/iso-schematron-xslt1").glob("*.xsl"):
        shutil.copy(step, pipeline / step.name.replace("svrl_for_xslt1", "svrl_for_xslt2"))
    schematron = kit / MINIMAL_STRUCTURE
    schematron.write_text(schematron.read_text(encoding="utf-8").replace(' queryBinding="xslt2"', ""), encoding="utf-8")
    wrong_type, test_ins = check_with_kit(to_cda(WRONG_TYPE), kit, cache=tmp_path / "cache", pipeline=pipeline)
    assert wrong_type == Fault("kit-schematron", "/ClinicalDocument/code", "the type of document is not in the table")
    assert (test_ins.place, test_ins.message) == (
        "/ClinicalDocument/recordTarget/patientRole/id[1]",
        "the number … is of a test domain",
    )


def test_a_warning_of_the_schematron_is_one_and_names_nobody(check: Check) -> None:
    (fault,) = check(to_cda(VISIT_IN_SECTIONS))
    assert fault.severity is Severity.WARNING
    assert fault.message == "the number … is of a test domain"
    short = replace(PATIENT, local=(Identifier("1.2.3", "XY"),))
    assert _codes(check(to_cda(replace(CARE_PLAN_HIDDEN, patient=short)))) == ["kit-schematron"]


def test_the_kit_stays_as_it_was_and_is_compiled_once(kit: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in sorted(kit.rglob("*")) if path.is_file()}
    check_with_kit(to_cda(VISIT_IN_SECTIONS), kit, cache=tmp_path)
    (compiled,) = tmp_path.rglob("*.compiled.xsl")
    made = compiled.stat().st_mtime_ns
    schematrons._stylesheet.cache_clear()  # as in another process
    check_with_kit(to_cda(VISIT_IN_SECTIONS), kit, cache=tmp_path)
    assert compiled.stat().st_mtime_ns == made
    assert {path: path.read_bytes() for path in sorted(kit.rglob("*")) if path.is_file()} == before
    assert [path.name for path in compiled.parent.iterdir() if ".step" in path.name] == []


def test_a_changed_kit_is_compiled_again(tmp_path: Path) -> None:
    kit = Path(shutil.copytree(KIT, tmp_path / "kit"))
    cache = tmp_path / "cache"
    assert _codes(check_with_kit(to_cda(WRONG_TYPE), kit, cache=cache)) == ["kit-schematron"]
    pattern = kit / MINIMAL_STRUCTURE.parent / "include" / "type.sch"
    pattern.write_text('<pattern xmlns="http://purl.oclc.org/dsdl/schematron"/>', encoding="utf-8")
    assert _codes(check_with_kit(to_cda(WRONG_TYPE), kit, cache=cache)) == []


def test_a_mirror_that_another_process_made_first_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_was_quicker(made: Path, wanted: Path) -> None:
        shutil.copytree(made, wanted, symlinks=True)
        raise OSError

    monkeypatch.setattr(Path, "rename", other_was_quicker)
    assert _codes(check_with_kit(to_cda(WRONG_TYPE), KIT, cache=tmp_path)) == ["kit-schematron"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_table_that_the_kit_has_is_left_alone(tmp_path: Path) -> None:
    kit = Path(shutil.copytree(KIT, tmp_path / "kit"))
    table = kit / MINIMAL_STRUCTURE.parent / "include" / "voc-1.2.250.1.213.1.1.5.471-DYNAMIC.xml"
    concepts = '<conceptList><concept code="18776-5"/></conceptList>'
    table.write_text(f"<x><valueSet>{concepts}</valueSet></x>", encoding="utf-8")
    cache = tmp_path / "cache"
    assert _codes(check_with_kit(to_cda(CARE_PLAN_HIDDEN), kit, cache=cache)) == []
    assert _codes(check_with_kit(to_cda(VISIT_IN_SECTIONS), kit, cache=cache)) == ["kit-schematron"]


@pytest.mark.parametrize(
    ("href", "test"),
    [
        ("nowhere/Type.sch", "true()"),
        ("include/TYPE.sch", "doc('include/voc-1.2.3-DYNAMIC.xml')/*"),
    ],
)
def test_what_nobody_holds_stops_the_schematron(href: str, test: str, tmp_path: Path) -> None:
    kit = Path(shutil.copytree(KIT, tmp_path / "kit"))
    schematron = kit / MINIMAL_STRUCTURE
    content = schematron.read_text(encoding="utf-8").replace("string-length(@extension) ge 3", test)
    content = content.replace('<include href="include/Type.sch"/>', f'<include href="{href}"/><include href="{href}"/>')
    schematron.write_text(content, encoding="utf-8")
    faults = check_with_kit(to_cda(CARE_PLAN_HIDDEN), kit, cache=tmp_path / "cache")
    assert [fault.code for fault in faults] == ["kit-broken"]


def test_a_document_with_prefixes_is_judged_too(check: Check) -> None:
    data = to_cda(CARE_PLAN_HIDDEN).replace(b'<languageCode code="fr-FR"/>', b"")
    data = re.sub(rb"<(/?)(\w)", rb"<\1h:\2", data).replace(b"xmlns=", b"xmlns:h=")
    (fault,) = check(data)
    assert (fault.code, fault.place) == ("kit-xsd", "/h:ClinicalDocument/h:setId")


def test_a_file_system_without_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "symlink", refuse)
    assert _codes(check_with_kit(to_cda(WRONG_TYPE), KIT, cache=tmp_path)) == ["kit-schematron"]


def test_without_saxon_the_schema_is_run_and_a_line_says_what_to_install(
    kit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapter.dmp.kit.find_spec", lambda _name: None)
    schema, saxon = check_with_kit(to_cda(WRONG_TYPE).replace(b"<realmCode", b"<x/><realmCode"), kit, cache=tmp_path)
    assert schema.code == "kit-xsd"
    assert (saxon.code, saxon.severity) == ("kit-no-saxon", Severity.WARNING)
    assert "[cda-kit]" in saxon.message


def test_a_folder_that_is_no_kit_is_said_to_be_none(tmp_path: Path) -> None:
    faults = check_with_kit(to_cda(VISIT_IN_SECTIONS), tmp_path, cache=tmp_path / "cache")
    assert [(fault.code, fault.message.split(":")[0]) for fault in faults] == [
        ("kit-broken", "XSD not run"),
        ("kit-broken", "the folder of the kit holds no schematrons"),
    ]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("infrastructure/cda/CDA_extended.xsd", "<x/>"),
        ("schematrons/moteur/iso_svrl_for_xslt2.xsl", None),
        ("schematrons/moteur/iso_svrl_for_xslt2.xsl", "<x/>"),
        (str(MINIMAL_STRUCTURE), None),
        (str(MINIMAL_STRUCTURE.parent / "include" / "type.sch"), None),
        (str(MINIMAL_STRUCTURE), "<schema"),
    ],
)
def test_a_broken_part_of_the_kit_stops_that_check_alone(file: str, content: str | None, tmp_path: Path) -> None:
    kit = Path(shutil.copytree(KIT, tmp_path / "kit"))
    (kit / file).unlink() if content is None else (kit / file).write_text(content, encoding="utf-8")
    faults = check_with_kit(to_cda(CARE_PLAN_HIDDEN), kit, cache=tmp_path / "cache")
    assert [(fault.code, fault.severity) for fault in faults] == [("kit-broken", Severity.WARNING)]
    assert "not run" in faults[0].message


def test_what_is_no_cda_never_reaches_the_kit(check: Check) -> None:
    assert _codes(check(b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>")) == ["cda-doctype"]
    assert _codes(check(b"<x/>")) == ["cda-not-cda"]
