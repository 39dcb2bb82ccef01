"""Every form that FHIR lets a reference take, and none besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.references import Contained, Key, Literal, Logical, Urn, parse_reference

IDS = st.from_regex(r"[A-Za-z0-9.\-]{1,64}", fullmatch=True)
TYPES = st.sampled_from(["Patient", "Encounter", "DocumentReference"])
BASES = st.sampled_from(["http://localhost:8080", "https://had.example.org/fhir", "https://x.example/a/b/R4"])


@given(TYPES, IDS)
def test_a_relative_reference_means_a_resource_of_the_source_it_is_found_in(kind: str, inner: str) -> None:
    parsed = parse_reference(f"{kind}/{inner}")
    assert isinstance(parsed, Literal)
    assert parsed.key("https://a.example.org") == Key("https://a.example.org", kind, inner)


@given(BASES, TYPES, IDS)
def test_an_absolute_reference_means_the_same_everywhere(base: str, kind: str, inner: str) -> None:
    parsed = parse_reference(f"{base}/{kind}/{inner}")
    assert isinstance(parsed, Literal)
    assert parsed.key("https://a.example.org") == Key(base, kind, inner)


@given(BASES, TYPES, IDS)
def test_the_text_of_a_key_means_the_key_again(base: str, kind: str, inner: str) -> None:
    key = Key(base, kind, inner)
    parsed = parse_reference(key.text)
    assert isinstance(parsed, Literal)
    assert parsed.key("case") == key


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("Encounter/v1/_history/3", Literal(None, "Encounter", "v1", "3")),
        ("https://a.example.org/Encounter/v1/_history/W2", Literal("https://a.example.org", "Encounter", "v1", "W2")),
        ("#dr", Contained("dr")),
        ("#", Contained("")),
        (
            "urn:uuid:6c1a6d9a-3b4e-4f6b-8f0e-0a5b5a3c2d1e",
            Urn("urn:uuid:6c1a6d9a-3b4e-4f6b-8f0e-0a5b5a3c2d1e"),
        ),
        ("urn:oid:1.2.250.1", Urn("urn:oid:1.2.250.1")),
        ("Patient?identifier=urn:oid:1.2|279", Logical("Patient", "urn:oid:1.2", "279")),
        ("Patient?identifier=urn%3Aoid%3A1.2%7C279", Logical("Patient", "urn:oid:1.2", "279")),
        ("Patient?identifier=279", Logical("Patient", None, "279")),
        ("Patient?identifier=|279", Logical("Patient", "", "279")),
        ("Patient?identifier=urn:x|a%2541", Logical("Patient", "urn:x", "a%41")),
    ],
)
def test_each_form_is_known(text: str, parsed: object) -> None:
    assert parse_reference(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Patient",
        "Patient/",
        "patient/1",
        "Patient/1/2",
        "Patient/a b",
        "Patient/" + "x" * 65,
        "Patient?name=A",
        "Patient?identifier=1&identifier=2",
        "ftp://a.example.org/Patient/1",
        "mailto:a@example.org",
    ],
)
def test_what_has_no_known_form_means_nothing(text: str) -> None:
    assert parse_reference(text) is None


def test_a_key_of_a_file_is_referred_to_relatively_and_one_of_a_bundle_by_its_urn() -> None:
    assert Key("hospital-a", "Patient", "1").text == "Patient/1"
    assert Key("hospital-a", "Patient", "urn:uuid:1").text == "urn:uuid:1"
