"""Only a qualified national identifier joins two patients; everything doubtful stays apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.identity import contradict, ins_is_valid, join_key, national_identifiers, pseudonym, short

FR_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
INS, INS_TEST = "urn:oid:1.2.250.1.213.1.4.8", "urn:oid:1.2.250.1.213.1.4.10"
JP_MEMBER = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"
CPR = "urn:oid:1.2.208.176.1.2"

DEPARTMENTS = st.sampled_from(["01", "69", "75", "97", "99", "2A", "2B"])


def keyed(digits: str) -> str:
    """A matricule with its check digits, computed from the published rule: 2A counts as 19, 2B as 18."""
    number = digits[:5] + {"2A": "19", "2B": "18"}.get(digits[5:7], digits[5:7]) + digits[7:]
    return f"{digits}{97 - int(number) % 97:02}"


matricules = st.builds(
    lambda sex, born, department, rest: keyed(f"{sex}{born:04}{department}{rest:06}"),
    st.sampled_from("12"),
    st.integers(0, 9912),
    DEPARTMENTS,
    st.integers(0, 999999),
)


def ins(value: str = "279035121518989", **changed: Any) -> dict[str, Any]:
    kind = {"coding": [{"system": FR_TYPES, "code": "INS-NIR-TEST"}]}
    return {"type": kind, "system": INS_TEST, "value": value, **changed}


def found(*identifiers: Any, **patient: Any) -> list[str]:
    return [join_key(i) for i in national_identifiers({"identifier": list(identifiers), **patient})]


@given(matricules)
def test_a_matricule_with_its_check_digits_is_valid_in_corsica_too(value: str) -> None:
    assert ins_is_valid(value)


@given(matricules, st.integers(1, 96))
def test_other_check_digits_are_not(value: str, shift: int) -> None:
    wrong = (int(value[13:]) - 1 + shift) % 97 + 1
    assert not ins_is_valid(f"{value[:13]}{wrong:02}")


@pytest.mark.parametrize("value", ["", "279035121518988", "27903512151898", "2790351215189890", "27903512151898X"])
def test_what_is_no_matricule_is_not_valid(value: str) -> None:
    assert not ins_is_valid(value)


def test_the_published_sample_is_valid() -> None:
    assert ins_is_valid("279035121518989")


def test_a_matricule_joins_by_system_and_value() -> None:
    assert found(ins()) == [f"{INS_TEST}|279035121518989"]


@pytest.mark.parametrize(
    "identifier",
    [
        ins(type={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NH"}]}),
        ins(type={"coding": [{"system": FR_TYPES, "code": "INS-NIR"}]}),
        {"system": INS_TEST, "value": "279035121518989"},
        ins(use="old"),
        ins(use="temp"),
        ins("279035121518988"),
        ins(system=INS),
        ins(value=None),
        ins(system="https://hospital.example.org/ipp"),
        "279035121518989",
    ],
)
def test_a_doubtful_identifier_does_not_join(identifier: Any) -> None:
    assert found(identifier) == []


@pytest.mark.parametrize(("status", "joins"), [("VALI", True), ("QUAL", True), ("PROV", False), ("RECUP", False)])
def test_an_identity_that_its_sender_calls_unqualified_does_not_join(status: str, joins: bool) -> None:
    reliability = {
        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
        "extension": [{"url": "identityStatus", "valueCoding": {"code": status}}],
    }
    assert bool(found(ins(), extension=[reliability])) == joins


@pytest.mark.parametrize(
    ("value", "joins"),
    [
        ("06123456:12:345:01", True),
        ("06123456::345:01", True),
        ("06123456:12:345:", False),
        ("06123456:12:345", False),
        (":12:345:01", False),
        ("06123456:12::01", False),
    ],
)
def test_a_japanese_insured_number_joins_only_with_its_branch(value: str, joins: bool) -> None:
    assert bool(found({"system": JP_MEMBER, "value": value})) == joins


@pytest.mark.parametrize(("value", "joins"), [("2512489996", True), ("251248-9996", False), ("251248999", False)])
def test_a_danish_cpr_number_is_ten_digits(value: str, joins: bool) -> None:
    assert bool(found({"system": CPR, "value": value})) == joins


def test_identifiers_come_in_a_fixed_order() -> None:
    other = {"system": CPR, "value": "2512489996"}
    assert found(ins(), other) == found(other, ins())


@pytest.mark.parametrize(
    ("patients", "doubt"),
    [
        ([{"birthDate": "1979-03-14"}, {"birthDate": "1979-03-15"}], True),
        ([{"birthDate": "1979-03-14"}, {"birthDate": "1979-03"}], False),
        ([{"birthDate": "1979-03-14"}, {"birthDate": "1979"}, {"birthDate": "1979-04"}], True),
        ([{"birthDate": "1979-03-14"}, {}], False),
        ([{"gender": "female"}, {"gender": "male"}], True),
        ([{"gender": "female"}, {"gender": "unknown"}], False),
        ([{"gender": "female"}, {}], False),
        ([], False),
    ],
)
def test_a_conflicting_birth_date_or_sex_is_a_contradiction(patients: list[dict[str, Any]], doubt: bool) -> None:
    assert contradict(patients) == doubt
    assert contradict(patients[::-1]) == doubt


@given(st.text(), st.text())
def test_a_pseudonym_is_stable_and_tells_people_apart(one: str, other: str) -> None:
    assert (pseudonym(b"key", one) == pseudonym(b"key", other)) == (one == other)


def test_a_pseudonym_depends_on_the_key_and_shows_nothing_of_the_person() -> None:
    name = pseudonym(b"key", "279035121518989")
    assert name != pseudonym(b"other", "279035121518989")
    assert "279035121518989" not in name
    assert short(name) == f"P-{name[:10]}"
