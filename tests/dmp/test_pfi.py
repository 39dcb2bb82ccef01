"""HL7 v2 messages for a hospital's platform, read back by the library and by a small reader of our own."""

import base64
import re
from dataclasses import replace
from typing import Any

import pytest
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.core.errors import Permanent
from adapter.dmp.documents import Document, Identifier, Organization
from adapter.dmp.envelopes import Action, Envelope
from adapter.dmp.pfi.fields import escaped, field, timestamp
from adapter.dmp.pfi.messages import Correspondents, control_id, mdm
from adapter.dmp.pfi.profiles import mdm_profile
from tests.dmp.samples import DOCUMENTS, HIDDEN, MASKED, NORMAL, envelope
from tests.dmp.scenes import CARE_PLAN_HIDDEN, DOCTOR, FOLLOW_UP_AS_TEXT, PATIENT, STAY, VISIT_IN_SECTIONS

BETWEEN = Correspondents("ADAPTER", "HAD", "PFI", "CHU")
NEWER = replace(BETWEEN, version="2.6")
SIGNS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}
every_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
both_versions = pytest.mark.parametrize("between", [BETWEEN, NEWER], ids=["2.5", "2.6"])


def plain(text: str) -> str:
    return re.sub(r"\\([FSTRE])\\", lambda found: SIGNS[found[1]], text)


class Read:
    """A message by segment name and numbers, as HL7 v2.5 chapter 2 says and nothing else."""

    def __init__(self, message: bytes) -> None:
        assert message.endswith(b"\r")
        lines = message.decode("utf-8").rstrip("\r").split("\r")
        self.names = [line[:3] for line in lines]
        self._lines = [line.split("|") for line in lines]

    def field(self, name: str, number: int, nth: int = 0) -> str:
        line = [fields for fields in self._lines if fields[0] == name][nth]
        number -= name == "MSH"  # its first field is the separator itself
        return line[number] if number < len(line) else ""

    def parts(self, name: str, number: int, nth: int = 0, repetition: int = 0) -> list[str]:
        return [plain(part) for part in self.field(name, number, nth).split("~")[repetition].split("^")]

    def rows(self) -> dict[str, str]:
        """Code to Y or N of the MetaDMPMSS rows."""
        count = self.names.count("OBX")
        return {self.parts("OBX", 3, n)[0]: self.parts("OBX", 5, n)[0] for n in range(1, count)}


def read(sent: Envelope, between: Correspondents = BETWEEN) -> Read:
    return Read(mdm(sent, between))


def parsed(message: bytes, version: str = "2.5") -> Any:
    return parse_message(message.decode().rstrip("\r"), message_profile={"MDM_T02": mdm_profile(version)})


@pytest.mark.parametrize(
    ("action", "version", "event", "order", "status"),
    [
        (Action.NEW, 1, "T02", "NW", "F"),
        (Action.REPLACE, 2, "T10", "RO", "C"),
        (Action.VISIBILITY, 2, "T10", "RO", "C"),
        (Action.DELETE, 1, "T04", "CA", "D"),
    ],
)
def test_an_action_is_told_in_three_places_that_agree(
    action: Action, version: int, event: str, order: str, status: str
) -> None:
    found = read(envelope(action=action, version=version))
    assert found.parts("MSH", 9) == ["MDM", event, "MDM_T02"]
    assert found.field("ORC", 1) == order
    assert found.field("OBX", 11) == status


@both_versions
def test_the_header_is_what_the_volet_asks_for(between: Correspondents) -> None:
    found = read(envelope(), between)
    assert [found.field("MSH", n) for n in (3, 4, 5, 6)] == ["ADAPTER", "HAD", "PFI", "CHU"]
    assert found.field("MSH", 7) == "20261120113000+0100"
    assert found.field("MSH", 11) == "P"
    assert found.field("MSH", 12) == between.version
    assert (found.field("MSH", 17), found.field("MSH", 18)) == ("FRA", "UNICODE UTF-8")
    assert found.parts("MSH", 21) == ["2.1", "CISIS_CDA_HL7_V2"]


@both_versions
@every_document
def test_the_library_finds_a_valid_message_in_what_it_reads(document: Document, between: Correspondents) -> None:
    message = mdm(envelope(document), between)
    again = parsed(message, between.version)
    assert again.validate()
    assert again.to_er7() == message.decode().rstrip("\r")


@every_document
def test_the_document_travels_byte_for_byte(document: Document) -> None:
    sent = envelope(document)
    found = read(sent)
    assert found.field("OBX", 2) == "ED"
    application, kind, subtype, encoding, data = found.parts("OBX", 5)
    assert (application, kind, subtype, encoding) == ("", "TEXT", "XML", "Base64")
    assert base64.b64decode(data) == sent.cda
    assert found.parts("OBX", 3) == found.parts("OBR", 4) == [document.type.code, document.type.display, "LN"]


def test_the_document_header_names_type_version_and_the_version_before() -> None:
    first, second = envelope(), envelope(action=Action.REPLACE, version=2)
    found = read(second)
    assert [found.field("TXA", n) for n in (1, 2, 3, 17)] == ["1", "11488-4", "TEXT", "AU"]
    assert found.field("TXA", 12) == second.document.unique_oid
    assert found.field("TXA", 13) == first.document.unique_oid
    assert f'root="{second.document.unique_oid}"'.encode() in second.cda
    assert read(first).field("TXA", 13) == ""


def test_the_patient_is_told_by_the_ins_and_its_traits() -> None:
    found = read(envelope())
    assert found.parts("PID", 3) == [
        "279035121518989", "", "", "ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO", "INS",
    ]  # fmt: skip
    assert found.parts("PID", 3, repetition=1) == ["IPP-0042", "", "", "&1.2.3.4.567.8.9.10&ISO", "PI"]
    assert found.parts("PID", 5) == ["PAT-TROIS", "DOMINIQUE", "DOMINIQUE MARIE-LOUISE", "", "", "", "L"]
    assert found.parts("PID", 5, repetition=1) == ["MARTIN", "DOMINIQUE", "", "", "", "", "D"]
    assert (found.field("PID", 7), found.field("PID", 8), found.field("PID", 32)) == ("19790328", "F", "VALI")
    assert found.parts("PID", 11) == ["", "", "", "", "", "", "BDL", "", "63220"]


def test_what_is_not_known_of_the_patient_is_left_empty() -> None:
    bare = replace(
        PATIENT, local=(), first_given=None, used_name=None, used_given=None, birth_place=None, gender="unknown"
    )
    found = read(envelope(patient=bare))
    assert "~" not in found.field("PID", 3) + found.field("PID", 5)
    assert found.parts("PID", 5)[1] == "DOMINIQUE MARIE-LOUISE"
    assert (found.field("PID", 8), found.field("PID", 11)) == ("U", "")


def test_a_temporary_ins_has_its_own_authority() -> None:
    patient = replace(PATIENT, ins=Identifier("1.2.250.1.213.1.4.9", "279035121518989", "INS-NIA"))
    assert "ASIP-SANTE-INS-NIA&1.2.250.1.213.1.4.9&ISO" in read(envelope(patient=patient)).parts("PID", 3)


def test_the_stay_is_told_as_far_as_known() -> None:
    found = read(envelope())
    assert found.field("PV1", 2) == "N"
    assert found.parts("PV1", 19) == ["VN-77", "", "", "&1.2.250.1.71.4.2.2.1120459876&ISO", "VN"]
    assert (found.field("PV1", 44), found.field("PV1", 45)) == ("20261120101500+0100", "20261120110500+0100")
    at_home = read(envelope(FOLLOW_UP_AS_TEXT, stay=replace(STAY, start=None, end=None, patient_class="O")))
    assert (at_home.field("PV1", 2), at_home.field("PV1", 44), at_home.field("PV1", 45)) == ("O", "", "")


def test_the_sender_is_the_author_with_their_structure() -> None:
    found = read(envelope())
    assert found.names[found.names.index("OBX") + 1] == "PRT"
    assert found.field("PRT", 2) == "UC"
    assert found.parts("PRT", 4) == ["SB", "Send by", "participation"]
    person = found.parts("PRT", 5)
    assert (person[0], person[1], person[2], person[8]) == (
        "801234567897", "MEDIONI", "Stéphane", "ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO",
    )  # fmt: skip
    assert (person[9], person[12]) == ("D", "RPPS")
    structure = found.parts("PRT", 8)
    assert (structure[0], structure[5], structure[6], structure[9]) == (
        "Cabinet des Tilleuls", "ASIP-SANTE-ST&1.2.250.1.71.4.2.2&ISO", "", "1750512345",
    )  # fmt: skip


def test_a_finess_is_told_with_its_kind_and_without_its_prefix() -> None:
    own = Organization(identifier=Identifier("1.2.250.1.71.4.2.2", "1300017985", "FINEG"), name="HAD")
    structure = read(envelope(author=replace(DOCTOR, organization=own))).parts("PRT", 8)
    assert (structure[6], structure[9]) == ("FINEG", "300017985")


def test_an_author_without_structure_sends_for_the_custodian() -> None:
    structure = read(envelope(author=replace(DOCTOR, organization=None))).parts("PRT", 8)
    assert structure[0] == VISIT_IN_SECTIONS.custodian.name


def test_only_the_dmp_is_asked_for_and_all_rows_stand_in_their_order() -> None:
    rows = read(envelope()).rows()
    assert list(rows) == [
        "MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REP_LEGAUX", "CONNEXION_SECRETE", "MODIF_CONF_CODE",
        "DESTDMP", "DESTMSSANTEPS", "DESTMSSANTEPAT", "ACK_RECEPTION", "ACK_LECTURE_MSS",
    ]  # fmt: skip
    assert [code for code, said in rows.items() if said == "Y"] == ["DESTDMP"]


@both_versions
def test_rows_are_numbered_and_typed(between: Correspondents) -> None:
    found = read(envelope(), between)
    assert [found.field("OBX", 1, n) for n in range(11)] == [str(n) for n in range(1, 12)]
    assert {found.field("OBX", 2, n) for n in range(1, 11)} == {"CE" if between is BETWEEN else "CWE"}
    assert found.parts("OBX", 5, 1) == ["N", "", "expandedYes-NoIndicator"]
    assert found.parts("OBX", 3, 1) == ["MASQUE_PS", "Masqué aux professionnels de Santé", "MetaDMPMSS"]
    assert {found.field("OBX", 11, n) for n in range(1, 11)} == {"F"}


def test_what_is_hidden_is_told_in_its_row() -> None:
    assert read(envelope(CARE_PLAN_HIDDEN)).rows()["INVISIBLE_PATIENT"] == "Y"
    changed = envelope(action=Action.VISIBILITY, version=2, confidentiality=(NORMAL, MASKED))
    rows = read(changed).rows()
    assert {code for code, said in rows.items() if said == "Y"} == {"MASQUE_PS", "MODIF_CONF_CODE", "DESTDMP"}


def test_the_representatives_are_spelt_as_the_v2_table_has_them() -> None:
    label = replace(HIDDEN, code="INVISIBLE_REPRESENTANTS_LEGAUX")
    assert read(envelope(confidentiality=(NORMAL, label))).rows()["INVISIBLE_REP_LEGAUX"] == "Y"


def test_the_control_id_is_of_the_document_the_action_and_the_visibility() -> None:
    def own(**changes: Any) -> str:
        return control_id(envelope(**changes))

    different = {
        own(),
        own(version=2),
        own(action=Action.DELETE),
        own(confidentiality=(NORMAL, HIDDEN)),
        own(set_id="b4a6a2c2-7d0f-5c3a-9a51-27c2a3e5d001"),
    }
    assert len(different) == 5
    assert own() == own() == read(envelope()).field("MSH", 10)
    assert own(confidentiality=(HIDDEN, NORMAL)) == own(confidentiality=(NORMAL, HIDDEN))
    assert len(own()) == 20


def test_a_first_version_replaces_nothing() -> None:
    for action in (Action.REPLACE, Action.VISIBILITY):
        with pytest.raises(Permanent) as caught:
            mdm(envelope(action=action), BETWEEN)
        assert caught.value.code == "not-for-pfi"


def test_a_type_of_another_code_system_is_not_sent() -> None:
    sent = envelope()
    document = replace(sent.document, type=replace(sent.document.type, oid="1.2.3"))
    with pytest.raises(Permanent, match="LOINC and TRE_A05"):
        mdm(replace(sent, document=document), BETWEEN)


def test_a_message_that_fits_no_structure_is_not_sent() -> None:
    with pytest.raises(Permanent, match="does not fit its HL7 structure"):
        mdm(envelope(), replace(BETWEEN, processing=""))


PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40)
TRICKY = st.text(st.sampled_from("|^~\\&FSTRE aéX0D"), max_size=12)
TEXTS = (PRINTABLE | TRICKY).filter(str.strip)


@given(first=PRINTABLE | TRICKY, second=TEXTS)
def test_every_text_reads_back_as_it_was_put_into_a_field(first: str, second: str) -> None:
    assert [plain(part) for part in field(first, second).split("^")] == [first, second]
    (component,) = field((first, second)).split("^")
    assert [plain(part) for part in component.split("&")] == [first, second]


@settings(max_examples=15, deadline=None)  # the library takes a tenth of a second a message
@given(name=TEXTS, given_name=TEXTS)
def test_every_text_reads_back_as_it_was(name: str, given_name: str) -> None:
    patient = replace(PATIENT, used_name=name, used_given=given_name)
    document = replace(VISIT_IN_SECTIONS, patient=patient, author=replace(DOCTOR, family=name))
    message = mdm(Envelope(document, b"<x/>", NORMAL), BETWEEN)
    found = Read(message)
    assert found.parts("PID", 5, repetition=1)[:2] == [name, given_name]
    assert found.parts("PRT", 5)[1] == name
    library = parsed(message)
    assert plain(library.pid.pid_5[1].xpn_2.value) == given_name
    assert plain(library.pid.pid_5[1].xpn_1.value) == name
    assert library.to_er7() == message.decode().rstrip("\r")


@given(text=st.text(max_size=40))
def test_no_text_can_start_a_segment_or_a_field(text: str) -> None:
    out = escaped(text)
    assert not set(out) & set("|^~&\r\n\x0b\x1c\x85\u2028\u2029")
    assert "".join(out.split()) == out or len(plain(out)) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T11:30:00+01:00", "20261120113000+0100"),
        ("2026-11-20T11:30:00.125-05:00", "20261120113000-0500"),
        ("2026-11-20T11:30:00Z", "20261120113000+0000"),
        ("2026-11-20", "20261120"),
        ("2026-11", "202611"),
        ("1979", "1979"),
    ],
)
def test_a_time_keeps_its_precision_and_its_offset(text: str, expected: str) -> None:
    assert timestamp(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "2026-11-20Tnoon", "le 3 mars"])
def test_a_time_that_is_none_is_not_sent(text: str) -> None:
    with pytest.raises(Permanent) as caught:
        timestamp(text)
    assert caught.value.code == "not-for-pfi"
