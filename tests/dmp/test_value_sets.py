"""The value sets are whole, say where they come from, and give each code its code system."""

import pytest

from adapter.dmp.documents import Concept
from adapter.dmp.value_sets import NotMember, ValueSet, class_of, concept, is_member, members, table

SIZES = {
    ValueSet.FACILITY_TYPE: 69,
    ValueSet.PRACTICE_SETTING: 12,
    ValueSet.DOCUMENT_CLASS: 13,
    ValueSet.DOCUMENT_TYPE: 114,
    ValueSet.CONFIDENTIALITY: 6,
}
LOINC = "2.16.840.1.113883.6.1"


@pytest.mark.parametrize("value_set", ValueSet)
def test_a_table_is_whole_and_names_its_origin(value_set: ValueSet) -> None:
    held = table(value_set)
    assert len(members(value_set)) == sum(len(system["concepts"]) for system in held["systems"]) == SIZES[value_set]
    assert held["oid"].startswith("1.2.250.1.213.1.1.5.")
    assert held["revision"].startswith("20")
    assert set(held["origin"]) == {"repository", "file", "commit", "licence"}
    assert all(member.display and member.uri and member.oid for member in members(value_set))


@pytest.mark.parametrize("code", ["11488-4", "11506-3", "18776-5", "11490-0", "34112-3", "34133-9", "34794-8"])
def test_the_types_of_our_documents_are_loinc(code: str) -> None:
    found = concept(ValueSet.DOCUMENT_TYPE, code)
    assert (found.oid, found.uri) == (LOINC, "http://loinc.org")


def test_a_code_counts_only_with_its_code_system() -> None:
    assert is_member(ValueSet.DOCUMENT_TYPE, "11488-4", LOINC)
    assert not is_member(ValueSet.DOCUMENT_TYPE, "11488-4", "2.16.840.1.113883.6.96")
    assert not is_member(ValueSet.PRACTICE_SETTING, "11488-4", LOINC)


def test_a_code_that_is_no_member_is_refused_without_quoting_it() -> None:
    with pytest.raises(NotMember, match="JDV_J04_XdsPracticeSettingCode_CISIS, revision 2024-09-27") as refused:
        concept(ValueSet.PRACTICE_SETTING, "Quintessenz")
    assert refused.value.code == "not-member"
    assert "Quintessenz" not in str(refused.value)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [("11488-4", "10"), ("11506-3", "10"), ("18776-5", "44"), ("34133-9", "11"), ("SYNTH", "11"), ("74207-2", "11")],
)
def test_the_class_follows_from_the_type(code: str, wanted: str) -> None:
    assert class_of(concept(ValueSet.DOCUMENT_TYPE, code)) == concept(ValueSet.DOCUMENT_CLASS, wanted)


def test_every_type_has_a_class_but_the_one_that_is_younger_than_the_table() -> None:
    without = {member.code for member in members(ValueSet.DOCUMENT_TYPE) if class_of(member) is None}
    assert without == {"101881-1"}
    assert table(ValueSet.DOCUMENT_TYPE)["revision"] == "2024-09-27"


def test_a_type_of_another_code_system_has_no_class() -> None:
    assert class_of(Concept("11488-4", "1.2.3", "", "")) is None
