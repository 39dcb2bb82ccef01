"""Names of lanes are read back as they were written."""

import pytest

from adapter.core.references import Key
from adapter.store.lanes import lane_of, person_lane, read_lane


@pytest.mark.parametrize("key", [Key("https://a|b/fhir", "Patient", "1"), Key("label", "Encounter", "urn:uuid:1-2")])
def test_a_lane_names_what_it_was_made_of(key: Key) -> None:
    assert read_lane(lane_of(key)) == key


def test_a_persons_lane_is_its_number() -> None:
    assert read_lane(person_lane(7)) == 7


@pytest.mark.parametrize("text", ["", "nobody:7", "person:x"])
def test_another_text_is_no_lane(text: str) -> None:
    with pytest.raises(ValueError, match=r"no lane|invalid literal"):
        read_lane(text)
