"""Which content of a resource is in force does not depend on the order in which contents arrive."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.references import Key
from adapter.core.resources import Resource, current

KEY = Key("https://a.example.org", "Encounter", "v1")
TIMES = [None, "2026-11-20T16:00:00Z", "2026-11-20T17:00:00+01:00", "2026-11-20T17:30:00+01:00", "yesterday"]


def content(digest: str, version: str | None = None, updated: str | None = None) -> Resource:
    meta: dict[str, Any] = {"versionId": version} if version else {}
    meta |= {"lastUpdated": updated} if updated else {}
    return Resource(KEY, {"resourceType": "Encounter", "id": "v1", "meta": meta}, digest)


def deletion(at: str) -> Resource:
    return Resource(KEY, {}, "deleted", at)


contents = st.builds(
    content, st.sampled_from("abcdef"), st.sampled_from([None, "1", "2", "10", "W3"]), st.sampled_from(TIMES)
)
deletions = st.sampled_from([t for t in TIMES if t and t[0] == "2"]).map(deletion)
histories = st.lists(contents | deletions, min_size=1, max_size=6, unique_by=lambda r: (r.digest, r.deleted_at))


@given(histories.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_any_order_of_arrival_gives_the_same(histories: tuple[list[Resource], list[Resource]]) -> None:
    arrived, otherwise = histories
    assert current(arrived) == current(otherwise)


@given(histories, st.integers(0, 5))
def test_a_content_that_arrives_twice_changes_nothing(found: list[Resource], twice: int) -> None:
    assert current([*found, found[twice % len(found)]]) == current(found)


@given(histories)
def test_the_content_in_force_and_its_rivals_are_among_those_that_arrived(found: list[Resource]) -> None:
    chosen = current(found)
    assert chosen.resource in found
    assert all(rival in found and rival != chosen.resource for rival in chosen.rivals)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (content("b", "9"), content("a", "10")),
        (content("b", "1", "2026-11-20T18:00:00Z"), content("a", "2", "2026-11-20T16:00:00Z")),
        (content("b", None, "2026-11-20T16:00:00+01:00"), content("a", None, "2026-11-20T15:30:00Z")),
        (content("b", "W1", "2026-11-20T15:00:00Z"), content("a", "W0", "2026-11-20T16:00:00Z")),
        (content("b", None, "2026-11-20T15:00:00Z"), deletion("2026-11-20T16:00:00Z")),
        (deletion("2026-11-20T15:00:00Z"), content("b", None, "2026-11-20T16:00:00Z")),
    ],
)
def test_the_newer_one_is_in_force(older: Resource, newer: Resource) -> None:
    chosen = current([older, newer])
    assert (chosen.resource, chosen.rivals) == (newer, ())


@pytest.mark.parametrize(
    "both",
    [
        (content("a"), content("b")),
        (content("a", "1"), content("b", "1")),
        (content("a", None, "2026-11-20T15:00:00Z"), content("b", None, "2026-11-20T16:00:00+01:00")),
        (content("a", None, "2026-11-20T15:00:00Z"), content("b", "2")),
    ],
)
def test_what_nothing_orders_are_rivals(both: tuple[Resource, Resource]) -> None:
    chosen = current(both)
    assert [chosen.resource, *chosen.rivals] == list(both)


def test_of_two_deletions_around_a_content_the_later_counts() -> None:
    early, late = deletion("2026-11-20T15:00:00Z"), deletion("2026-11-20T17:00:00Z")
    between = content("a", None, "2026-11-20T16:00:00Z")
    assert current([late, between, early]).resource == current([early, between, late]).resource == late


def test_a_reference_names_the_version_where_one_is_known() -> None:
    assert content("a", "3").reference == "https://a.example.org/Encounter/v1/_history/3"
    assert content("a").reference == "https://a.example.org/Encounter/v1"
