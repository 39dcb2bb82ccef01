"""FHIR XML: nothing is lost either way, and what is not FHIR is refused with its line."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapter.fhir.json_text import dumps, loads
from adapter.fhir.xml_text import BadXml, from_xml, to_xml

EXAMPLES = sorted((Path(__file__).parent / "data").glob("*.json"))
NS = 'xmlns="http://hl7.org/fhir"'
# Everything that XML 1.0 can write.
TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), min_size=1)
SPACED = st.text(st.sampled_from("a \n\t\r<>&\"'é日😀\u00a0\u2028"), min_size=1)

ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "meta": {"versionId": "2", "profile": ["http://example.org/p"]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">a &amp; b<br/></div>'},
    "contained": [{"resourceType": "Location", "id": "l", "name": "Home"}],
    "status": "finished",
    "_status": {"id": "s"},
    "class": {"id": "c", "code": "HH"},
    "participant": [{"individual": {"reference": "Practitioner/1"}}, {"individual": {"reference": "Practitioner/2"}}],
    "length": {"value": Decimal("60.10"), "unit": "min"},
}
ENCOUNTER_XML = """<?xml version='1.0' encoding='UTF-8'?>
<Encounter xmlns="http://hl7.org/fhir"><id value="e1"/><meta><versionId value="2"/><profile value="http://example.org/p"/>\
</meta><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">a &amp; b<br/></div></text>\
<contained><Location><id value="l"/><name value="Home"/></Location></contained><status value="finished" id="s"/>\
<class id="c"><code value="HH"/></class><participant><individual><reference value="Practitioner/1"/></individual>\
</participant><participant><individual><reference value="Practitioner/2"/></individual></participant>\
<length><value value="60.10"/><unit value="min"/></length></Encounter>"""

PATIENT = {
    "resourceType": "Patient",
    "active": True,
    "name": [
        {
            "given": ["A", None, "B"],
            "_given": [None, {"extension": [{"url": "http://example.org/x", "valueCode": "unknown"}]}, {"id": "b"}],
        }
    ],
    "_birthDate": {"extension": [{"id": "i", "url": "http://example.org/y", "valueDecimal": Decimal("1.50")}]},
    "multipleBirthInteger": 3,
}
PATIENT_XML = """<?xml version='1.0' encoding='UTF-8'?>
<Patient xmlns="http://hl7.org/fhir"><active value="true"/><name><given value="A"/><given>\
<extension url="http://example.org/x"><valueCode value="unknown"/></extension></given><given value="B" id="b"/></name>\
<birthDate><extension id="i" url="http://example.org/y"><valueDecimal value="1.50"/></extension></birthDate>\
<multipleBirthInteger value="3"/></Patient>"""


def canonical(value: Any) -> Any:
    """Narratives as canonical XML: &quot; and the character itself are one text."""
    if isinstance(value, dict):
        return {
            key: etree.canonicalize(child) if key == "div" else canonical(child) for key, child in sorted(value.items())
        }
    return [canonical(child) for child in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_official_examples_survive(path: Path) -> None:
    resource = loads(path.read_bytes())
    document = to_xml(resource)
    again = from_xml(document)
    # As text: 60.1 and 60.10 are equal numbers.
    assert dumps(canonical(again)) == dumps(canonical(resource))
    assert to_xml(again) == document


@pytest.mark.parametrize(
    "name", ["CareTeam-example", "ChargeItem-example", "Coverage-SP1234", "Encounter-f202", "Encounter-home"]
)
def test_another_writer_is_understood(name: str) -> None:
    resource = loads((Path(__file__).parent / "data" / f"{name}.json").read_bytes())
    model = get_fhir_model_class(resource["resourceType"])
    theirs: Any = model.model_validate(resource).model_dump_xml()
    assert from_xml(theirs) == resource


@pytest.mark.parametrize("name", ["CareTeam-example", "Coverage-SP1234", "Encounter-home", "Patient-dicom"])
def test_another_reader_understands(name: str) -> None:
    resource = loads((Path(__file__).parent / "data" / f"{name}.json").read_bytes())
    model = get_fhir_model_class(resource["resourceType"])
    read = model.model_validate_xml(to_xml(resource))
    theirs, ours = (json.loads(item.model_dump_json()) for item in (read, model.model_validate(resource)))
    assert theirs.keys() == ours.keys()
    assert {key: theirs[key] for key in theirs if key != "text"} == {key: ours[key] for key in ours if key != "text"}


@pytest.mark.parametrize(("resource", "document"), [(ENCOUNTER, ENCOUNTER_XML), (PATIENT, PATIENT_XML)])
def test_a_document_written_by_hand(resource: dict[str, Any], document: str) -> None:
    assert to_xml(resource).decode() == document
    assert from_xml(document.encode()) == resource
    assert dumps(from_xml(document.encode())) == dumps(resource)


def test_elements_are_written_in_fhirs_order() -> None:
    shuffled = {name: ENCOUNTER[name] for name in reversed(list(ENCOUNTER))}
    assert to_xml(shuffled) == to_xml(ENCOUNTER)


def test_resources_within_resources() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "resource": {
                    "resourceType": "Parameters",
                    "parameter": [{"name": "a", "resource": PATIENT}, {"name": "b", "part": [{"name": "c"}]}],
                }
            },
            {"resource": ENCOUNTER},
        ],
    }
    assert from_xml(to_xml(bundle)) == bundle


def test_an_element_named_resource_type_is_no_resource_type() -> None:
    scenario = {"resourceType": "ExampleScenario", "instance": [{"resourceId": "1", "resourceType": "Patient"}]}
    assert from_xml(to_xml(scenario)) == scenario


@given(TEXT | SPACED)
def test_any_text_survives(text: str) -> None:
    patient = {"resourceType": "Patient", "name": [{"family": text}], "extension": [{"url": text, "valueString": text}]}
    assert from_xml(to_xml(patient)) == patient


@given(TEXT)
def test_any_narrative_survives(text: str) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</div>'
    patient = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    assert from_xml(to_xml(patient)) == patient


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(BadXml):
        from_xml(data)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_any_decimal_keeps_its_text(number: Decimal) -> None:
    resource = {"resourceType": "Observation", "valueQuantity": {"value": number}}
    again = from_xml(to_xml(resource))["valueQuantity"]["value"]
    assert str(again) == str(number)


@pytest.mark.parametrize("text", ["1E-22", "1.00", "0.00000010", "5", "-0.0"])
def test_decimals_as_hospitals_write_them(text: str) -> None:
    document = f'<Observation {NS}><valueQuantity><value value="{text}"/></valueQuantity></Observation>'.encode()
    assert str(from_xml(document)["valueQuantity"]["value"]) == text
    assert f'value="{text}"'.encode() in to_xml(from_xml(document))


def test_comments_instructions_and_schema_locations_are_passed_over() -> None:
    document = f"""<?xml version="1.0"?><!-- <!DOCTYPE no --><?style sheet?>
    <Patient {NS} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir x.xsd">
      <!-- who --><active value="true"><!-- yes --></active><?go on?>
      <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">x<!-- kept --></div></text>
    </Patient>"""
    assert from_xml(document.encode()) == {
        "resourceType": "Patient",
        "active": True,
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x<!-- kept --></div>'},
    }


def test_prefixes_and_other_encodings() -> None:
    prefixed = '<f:Patient xmlns:f="http://hl7.org/fhir"><f:active value="false"/></f:Patient>'
    assert from_xml(prefixed.encode()) == {"resourceType": "Patient", "active": False}
    latin = f'<?xml version="1.0" encoding="ISO-8859-1"?><Patient {NS}><language value="é"/></Patient>'
    assert from_xml(latin.encode("latin-1"))["language"] == "é"
    assert from_xml(b"\xef\xbb\xbf" + PATIENT_XML.encode()) == PATIENT


def nested(levels: int) -> str:
    return f"<Patient {NS}>{'<extension>' * levels}{'</extension>' * levels}</Patient>"


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("document", "what", "line"),
    [
        (f"<!DOCTYPE Patient><Patient {NS}/>", "a DOCTYPE is not allowed", 1),
        (f'<?xml version="1.0"?>\n<!-- a -->\n{BOMB}<Patient {NS}><id value="&b;"/></Patient>', "a DOCTYPE is not", 3),
        (f'<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<Patient {NS}/>', "a DOCTYPE is not allowed", 1),
        (f"<Patient {NS}>\n\n<nom value='x'/></Patient>", "Patient has no element nom", 3),
        (f"<Patient {NS}><name>\n<familly value='x'/></name></Patient>", "HumanName has no element familly", 2),
        (f"<Patienten {NS}/>", "the resourceType is none of FHIR R4 (did you mean Patient?)", 1),
        (f"<Resource {NS}/>", "the resourceType is none of FHIR R4", 1),
        ("<Patient><id value='1'/></Patient>", "Patient is not in the namespace http://hl7.org/fhir", 1),
        (f"<Patient {NS}>\n<id xmlns='urn:x' value='1'/></Patient>", "id is not in the namespace", 2),
        (f"<Patient {NS}>\n<id value='1'>", "not well-formed XML", 2),
        (f"<Patient {NS}><id value='&nbsp;'/></Patient>", "not well-formed XML", 1),
        ("", "not well-formed XML", 1),
        (f"<Patient {NS}>\n<active value='yes'/></Patient>", "the value of active is no boolean", 2),
        (f"<Patient {NS}><multipleBirthInteger value='1_0'/></Patient>", "multipleBirthInteger is no integer", 1),
        (f"<Observation {NS}><valueQuantity><value value='1,5'/></valueQuantity></Observation>", "is no decimal", 1),
        (
            f"<Observation {NS}><valueQuantity><value value='1E{'9' * 30}'/></valueQuantity></Observation>",
            "cannot be",
            1,
        ),
        (f"<Patient {NS}>\n<birthDate/></Patient>", "the element birthDate is empty", 2),
        (f"<Patient {NS}>\n<name/></Patient>", "the element name is empty", 2),
        (f"<Patient {NS}>\n<birthDate value=''/></Patient>", "the value of birthDate is empty", 2),
        (f"<Patient {NS}>\n<active>true</active></Patient>", "text inside active", 2),
        (f"<Patient {NS}>\n<active value='true'>x</active></Patient>", "text inside active", 2),
        (f"<Patient {NS}>\n<active value='true'><!-- a -->x</active></Patient>", "text inside active", 2),
        (f"<Patient {NS}><active value='true'/>x</Patient>", "text inside Patient", 1),
        (f"<Patient {NS}>\n<active value='true'/>\n<active value='true'/></Patient>", "active may occur once only", 3),
        (f"<Patient {NS} id='1'/>", "Patient has no attribute id", 1),
        (f"<Patient {NS}><active val='true'/></Patient>", "boolean has no attribute val", 1),
        (f"<Patient {NS}><name><id value='1'/></name></Patient>", "HumanName has no element id", 1),
        (f"<Patient {NS}><contained/></Patient>", "contained holds 0 resources", 1),
        (f"<Patient {NS}><contained><Patient/><Patient/></contained></Patient>", "contained holds 2 resources", 1),
        (f"<Patient {NS}><text><div>x</div></text></Patient>", "div is not in the namespace", 1),
        (nested(201), "nested more than 200 levels deep", 1),
        (nested(5000), "not well-formed XML: resource limit", 1),
        ('<?xml version="1.0" encoding="martian"?><Patient/>', "not well-formed XML: unsupported encoding", 1),
    ],
    ids=range(33),
)
def test_what_is_no_fhir_is_named_with_its_line(document: str, what: str, line: int) -> None:
    with pytest.raises(BadXml, match=re.escape(what)) as caught:
        from_xml(document.encode())
    assert caught.value.line == line
    assert str(caught.value).endswith(f"(line {line})")


def test_a_doctype_in_another_encoding_is_found_too() -> None:
    document = (
        f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE Patient><Patient {NS}><active value="true"/></Patient>'
    )
    with pytest.raises(BadXml, match="DOCTYPE"):
        from_xml(document.encode("utf-16"))


def test_a_prolog_of_many_comments_takes_no_time() -> None:
    document = "<!-- a -->" * 20_000 + f"<Patient {NS}><active value='true'/></Patient>"
    assert from_xml(document.encode())["active"] is True


def test_values_do_not_reach_the_error() -> None:
    document = f"<Patient {NS}><active value='Canary'/></Patient>"
    with pytest.raises(BadXml) as caught:
        from_xml(document.encode())
    assert "Canary" not in str(caught.value)


XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        ({"resourceType": "Patienten"}, "resourceType that FHIR R4 knows"),
        ({}, "resourceType that FHIR R4 knows"),
        ([], "resourceType that FHIR R4 knows"),
        ({"nom": "x"}, "Patient has no element nom"),
        ({"_nom": "x"}, "Patient has no element nom"),
        ({"name": [{"familly": "x"}]}, "HumanName has no element familly"),
        ({"name": {"family": "x"}}, "name must be a list"),
        ({"name": ["x"]}, "HumanName must be an object"),
        ({"active": [True]}, "active holds a list"),
        ({"active": {"a": 1}}, "active holds a dict"),
        ({"multipleBirthInteger": 1.5}, "holds a float"),
        ({"birthDate": "\x00"}, "a character that XML cannot write"),
        ({"birthDate": "\ud800"}, "a character that XML cannot write"),
        ({"_name": [{"id": "1"}]}, "_name has no place"),
        ({"name": [{"_id": {"id": "1"}}]}, "_id has no place"),
        ({"_birthDate": "x"}, "date must be an object"),
        ({"contained": [{"id": "x"}]}, "resourceType that FHIR R4 knows"),
        ({"text": {"div": "<p"}}, "not well-formed XHTML"),
        ({"text": {"div": f"<div {XHTML}>&nbsp;</div>"}}, "characters instead of entities"),
        ({"text": {"div": f"<!DOCTYPE div><div {XHTML}/>"}}, "not well-formed XHTML"),
        ({"text": {"div": f"<p {XHTML}/>"}}, "not one div"),
        ({"text": {"div": "<div/>"}}, "not one div"),
        ({"text": {"div": "\ud800"}}, "not well-formed XHTML"),
    ],
    ids=range(23),
)
def test_what_has_no_place_in_xml_is_refused(resource: Any, what: str) -> None:
    whole = {"resourceType": "Patient"} | resource if isinstance(resource, dict) and resource else resource
    with pytest.raises(BadXml, match=re.escape(what)) as caught:
        to_xml(whole)
    assert caught.value.line is None


def test_a_dict_without_end_is_refused() -> None:
    extension: dict[str, Any] = {"url": "u"}
    extension["extension"] = [extension]
    with pytest.raises(BadXml, match="nested more than 200"):
        to_xml({"resourceType": "Patient", "extension": [extension]})
