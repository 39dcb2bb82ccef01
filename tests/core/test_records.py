"""A record resolves what its resources refer to, and can be read with the other content of a disputed resource."""

from typing import Any

import pytest

from adapter.core.assembling import assemble
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.core.resources import Resource

S = "https://a.example.org"


def resource(kind: str, id_: str, digest: str = "", **content: Any) -> Resource:
    content = {"resourceType": kind, "id": id_, **content}
    return Resource(Key(S, kind, id_), content, digest or f"{kind}{id_}")


PATIENT = resource("Patient", "p")
VISIT = resource("Encounter", "v", "v1", status="finished")
HOME = resource("Location", "home", "h1", name="home")


def record(*more: Resource) -> Record:
    return assemble([PATIENT, VISIT, HOME, *more], {}, b"key")


def found(reference: dict[str, Any], *more: Resource) -> str | None:
    resolved = record(*more).resolve(reference, VISIT)
    return resolved.key.text if resolved else None


DOCTOR = resource("Practitioner", "dr", identifier=[{"system": "urn:x", "value": "7"}])


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Practitioner/dr"},
        {"reference": f"{S}/Practitioner/dr/_history/4"},
        {"reference": "Practitioner?identifier=urn:x|7"},
        {"reference": "Practitioner?identifier=7"},
        {"type": "Practitioner", "identifier": {"system": "urn:x", "value": "7"}},
        {"identifier": {"system": "urn:x", "value": "7"}},
    ],
)
def test_each_form_of_reference_finds_its_resource(reference: dict[str, Any]) -> None:
    assert found(reference, DOCTOR) == f"{S}/Practitioner/dr"


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Practitioner/x"},
        {"reference": "https://b.example.org/Practitioner/dr"},
        {"type": "Organization", "identifier": {"system": "urn:x", "value": "7"}},
        {"identifier": {"system": "urn:y", "value": "7"}},
        {"identifier": {"system": "urn:x"}},
        {"display": "Dr A"},
    ],
)
def test_what_is_not_in_the_record_is_not_found(reference: dict[str, Any]) -> None:
    assert found(reference, DOCTOR) is None


def test_a_single_identifier_is_found_like_one_of_a_list() -> None:
    document = resource("Composition", "c", identifier={"system": "urn:x", "value": "9"})
    assert found({"identifier": {"system": "urn:x", "value": "9"}}, document) == f"{S}/Composition/c"


def test_a_reference_that_nothing_answers_is_nothing() -> None:
    assert record().resolve({"reference": "Practitioner/x"}, VISIT) is None


def test_a_urn_means_the_entry_that_carried_it() -> None:
    one = assemble([PATIENT, VISIT], {"urn:uuid:1": VISIT.key}, b"key")
    assert one.resolve({"reference": "urn:uuid:1"}, PATIENT) == VISIT
    assert one.resolve({"reference": "urn:uuid:2"}, PATIENT) is None


@pytest.mark.parametrize("disputed", [VISIT, HOME, PATIENT])
def test_a_disputed_resource_can_be_read_either_way(disputed: Resource) -> None:
    other = Resource(disputed.key, {**disputed.content, "language": "fr"}, "z")
    one = record(other)
    (rivals,) = one.rivals.values()
    assert one.resolve({"reference": disputed.key.text}, VISIT) == disputed
    assert one.with_rival(rivals[0]).resolve({"reference": disputed.key.text}, VISIT) == other


def test_a_deletion_that_nothing_orders_is_a_dispute_too() -> None:
    gone = Resource(VISIT.key, {}, "a")
    one = record(gone)
    assert [r.key for r in one.own] == []
    assert list(one.with_rival(one.rivals[VISIT.key][0]).own) == [VISIT]


def _left(of: Resource, version: str) -> Resource:
    """What is left of a version that cannot be relied on."""
    return Resource(of.key, {"resourceType": of.key.type, "meta": {"versionId": version}}, "left")


def _versioned(of: Resource, version: str) -> Resource:
    return Resource(of.key, {**of.content, "meta": {"versionId": version}}, version)


def test_what_was_replaced_by_a_version_that_nobody_can_read_is_disputed() -> None:
    second, third = _versioned(VISIT, "2"), _left(VISIT, "3")
    one = assemble([PATIENT, second], {}, b"key", doubts=[_left(VISIT, "1"), third])
    assert one.rivals == {VISIT.key: (third,)}
    assert list(one.with_rival(third).own) == [third]
    assert assemble([PATIENT, second, _versioned(VISIT, "4")], {}, b"key", doubts=[third]).rivals == {}


def test_nothing_that_many_share_and_nothing_without_an_order_is_put_in_doubt() -> None:
    contents = [_versioned(one, "1") for one in (PATIENT, DOCTOR)]
    doubted = [*(_left(one, "2") for one in contents), _left(VISIT, "2")]
    assert assemble([*contents, VISIT], {}, b"key", doubts=doubted).rivals == {}
