"""Plain paths select what FHIRPath selects, only faster; the rest is the engine's, and nonsense is refused."""

from typing import Any

import fhirpathpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.assembling import assemble
from adapter.core.paths import BadPath, compile_path, members, plain_steps
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.core.resources import Resource

PLAIN = [
    "a",
    "a.b",
    "a.b.c",
    "a.first()",
    "a.b.first().c",
    "a.first().b.first()",
    "extension('u1')",
    "extension('u1').valueString",
    "a.extension('u2').valueString.first()",
    "a.where(k = 'x')",
    "a.where(k = 'x').b",
    "a.b.where(k = 'y').extension('u1').valueString",
    "b.where(k = '').a",
]
ENGINE = {path: fhirpathpy.compile(path) for path in PLAIN}

WORDS = st.sampled_from(["x", "y", ""])
SCALARS = WORDS | st.booleans() | st.integers(0, 3)
# The engine gives only the first of several extensions of one url, where FHIRPath gives them all.
EXTENSIONS = st.lists(
    st.fixed_dictionaries({"url": st.sampled_from(["u1", "u2"]), "valueString": WORDS}),
    min_size=1,
    max_size=2,
    unique_by=lambda extension: extension["url"],
)


def nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    value = inner | st.lists(inner, min_size=1, max_size=3)
    optional = {"a": value, "b": value, "c": value, "k": WORDS, "extension": EXTENSIONS}
    # A node with nothing but extensions is, to the engine, no value at all.
    return st.fixed_dictionaries({"z": st.just("z")}, optional=optional)


CONTENTS = nodes(st.recursive(SCALARS, nodes, max_leaves=12))


@given(CONTENTS, st.sampled_from(PLAIN))
def test_a_plain_path_selects_what_the_engine_selects(content: dict[str, Any], path: str) -> None:
    assert plain_steps(path) is not None
    assert members(path, content) == ENGINE[path](content, None)


@pytest.mark.parametrize(
    "path", ["a.exists()", "a | b", "a[0]", "a.where(b.exists())", "a.where(k = 5)", "(a)", "a as string"]
)
def test_what_is_not_plain_is_the_engines(path: str) -> None:
    assert plain_steps(path) is None


RECORD = assemble(
    [
        Resource(Key("s", "Patient", "p"), {"resourceType": "Patient", "id": "p"}, "p"),
        Resource(Key("s", "Location", "l"), {"managingOrganization": {"reference": "Organization/o"}}, "l"),
        Resource(Key("s", "Organization", "o"), {"name": "EHPAD"}, "o"),
    ],
    {},
    b"key",
)
VISIT = Resource(
    Key("s", "Encounter", "v"),
    {
        "location": [{"location": {"reference": "Location/l"}}, {"location": {"reference": "Location/unknown"}}],
        "subject": {"reference": "#p"},
        "contained": [{"resourceType": "Patient", "id": "p", "gender": "female"}],
        "participant": [{"individual": {"display": "A"}}, {"individual": {"display": "B"}}],
    },
    "v",
)


def selected(path: str, resource: Resource = VISIT, record: Record = RECORD) -> list[Any]:
    return [value for value, _ in compile_path(path)(resource, record)]


def test_a_path_follows_references_as_often_as_it_says() -> None:
    assert selected("location.location.resolve().managingOrganization.resolve().name") == ["EHPAD"]


def test_a_path_follows_a_contained_resource() -> None:
    assert selected("subject.resolve().gender") == ["female"]


def test_a_path_that_ends_in_resolve_gives_the_resource() -> None:
    assert selected("location.location.resolve()") == [{"managingOrganization": {"reference": "Organization/o"}}]


def test_values_come_with_the_resource_that_they_were_found_in() -> None:
    found = compile_path("location.location.resolve().managingOrganization")(VISIT, RECORD)
    assert [owner.key for _, owner in found] == [Key("s", "Location", "l")]


def test_the_engine_selects_what_is_not_plain() -> None:
    assert selected("participant[1].individual.display") == ["B"]


def test_all_extensions_of_one_url_are_given() -> None:
    both = [{"url": "u", "valueCode": "x"}, {"url": "u", "valueCode": "y"}]
    assert members("extension('u').valueCode", {"extension": both}) == ["x", "y"]


def test_an_extension_that_is_no_object_is_passed_over() -> None:
    assert members("extension('u')", {"extension": ["u", {"url": "u", "valueCode": "x"}]}) == [
        {"url": "u", "valueCode": "x"}
    ]


@pytest.mark.parametrize(
    "path", ["", "a..b", "a.", ".a", "a.where(", "a b", "1 +", "foo(", "a.firstDay()", "a.b)", "§"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(BadPath):
        compile_path(path)


@pytest.mark.parametrize(
    "path",
    ["a.exists()", "a.where(use = 'official').b.first()", "iif(a.exists(), a, b)", "a.ofType(string)", "(a | b)[0]"],
)
def test_fhirpath_of_many_kinds_is_taken(path: str) -> None:
    assert selected(path, Resource(Key("s", "X", "x"), {}), RECORD) in ([], [False])
