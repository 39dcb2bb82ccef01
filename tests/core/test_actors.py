"""One doctor is one doctor, however a source names them; whoever cannot be told apart is unknown, not another."""

from itertools import permutations
from typing import Any

import pytest

from adapter.core.actors import Actor, actor_of, any_same
from adapter.core.assembling import assemble
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.core.resources import Resource

A, B = "https://a.example.org", "https://b.example.org"
RPPS, ID_NAT_PS = "https://rpps.esante.gouv.fr", "urn:oid:1.2.250.1.71.4.2.1"
FINESS, ID_NAT_ST = "https://finess.esante.gouv.fr", "urn:oid:1.2.250.1.71.4.2.2"


def resource(source: str, kind: str, name: str, **content: Any) -> Resource:
    return Resource(Key(source, kind, name), {"resourceType": kind, "id": name, **content}, f"{source}{kind}{name}")


def identified(system: str, value: str) -> list[dict[str, str]]:
    return [{"system": system, "value": value}]


VISIT_A, VISIT_B = resource(A, "Encounter", "v"), resource(B, "Encounter", "v")
RECORD: Record = assemble(
    [
        resource(A, "Patient", "p"),
        resource(A, "Practitioner", "dr", identifier=identified(RPPS, "10100000001")),
        resource(B, "Practitioner", "dr", identifier=identified(ID_NAT_PS, "810100000001")),
        resource(A, "Practitioner", "other", identifier=identified(RPPS, "10100000002")),
        resource(A, "Practitioner", "local", identifier=identified("https://a.example.org/staff", "7")),
        resource(A, "PractitionerRole", "role", practitioner={"reference": "Practitioner/dr"}),
        resource(A, "Organization", "ehpad", identifier=identified(FINESS, "690000001")),
        resource(B, "Organization", "ehpad", identifier=identified(ID_NAT_ST, "1690000001")),
    ],
    {},
    b"key",
)


def actor(text: str, owner: Resource = VISIT_A) -> Actor:
    return actor_of({"reference": text}, owner, RECORD)


@pytest.mark.parametrize(
    "other",
    [
        actor("Practitioner/dr"),
        actor("Practitioner/dr", VISIT_B),
        actor("PractitionerRole/role"),
        actor(f"{A}/Practitioner/dr", VISIT_B),
        actor_of({"identifier": {"system": RPPS, "value": "10100000001"}}, VISIT_B, RECORD),
        actor_of({"identifier": {"system": ID_NAT_PS, "value": "810100000001"}}, VISIT_B, RECORD),
    ],
)
def test_one_doctor_is_the_same_under_every_name(other: Actor) -> None:
    doctor = actor("Practitioner/dr")
    assert doctor.same_as(other) is other.same_as(doctor) is True
    assert other.national == "rpps|10100000001"


def test_an_establishment_is_the_same_with_and_without_the_leading_one() -> None:
    assert actor("Organization/ehpad").national == actor("Organization/ehpad", VISIT_B).national == "finess|690000001"


def test_another_national_number_is_another_doctor() -> None:
    assert actor("Practitioner/dr").same_as(actor("Practitioner/other")) is False


@pytest.mark.parametrize("other", ["Practitioner/local", "Practitioner/unknown", "Organization/ehpad"])
def test_without_a_number_of_the_same_kind_nothing_tells(other: str) -> None:
    assert actor("Practitioner/dr").same_as(actor(other)) is None


def test_a_local_name_means_somebody_else_in_another_source() -> None:
    assert actor("Practitioner/local").same_as(actor("Practitioner/local")) is True
    assert actor("Practitioner/local").same_as(actor("Practitioner/local", VISIT_B)) is None


@pytest.mark.parametrize(
    ("number", "national"),
    [
        ("810100000001", "rpps|10100000001"),
        ("0691234567", "id-nat-ps|0691234567"),
        ("8101", "id-nat-ps|8101"),
    ],
)
def test_only_a_whole_rpps_number_loses_its_leading_eight(number: str, national: str) -> None:
    reference = {"identifier": {"system": ID_NAT_PS, "value": number}}
    assert actor_of(reference, VISIT_A, RECORD).nationals == {national}


def test_a_contained_doctor_is_read_and_never_referred_to() -> None:
    inside = resource(A, "Practitioner", "x", identifier=identified(RPPS, "10100000001")).content
    visit = resource(A, "Encounter", "w", contained=[inside])
    doctor = actor("#x", visit)
    assert doctor.national == "rpps|10100000001"
    assert doctor.reference == {
        "type": "Practitioner",
        "identifier": {"system": RPPS, "value": "10100000001"},
    }


def test_a_doctor_is_written_with_an_address_and_the_national_number() -> None:
    assert actor("PractitionerRole/role").reference == {
        "reference": f"{A}/Practitioner/dr",
        "type": "Practitioner",
        "identifier": {"system": RPPS, "value": "10100000001"},
    }


def test_somebody_known_by_name_only_is_written_by_name() -> None:
    assert actor_of({"display": "Dr A"}, VISIT_A, RECORD).reference == {"display": "Dr A"}


@pytest.mark.parametrize(
    ("others", "same"),
    [
        (["Practitioner/other"], False),
        (["Practitioner/other", "Practitioner/local"], None),
        (["Practitioner/other", "Practitioner/local", "Practitioner/dr"], True),
        ([], None),
    ],
)
def test_any_of_several_is_the_doctor_surely_or_perhaps(others: list[str], same: bool | None) -> None:
    for order in permutations(others):
        assert any_same([actor("Practitioner/dr")], map(actor, order)) is same
