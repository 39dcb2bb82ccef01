"""A look-up by code sets that hold no code matches nothing; only a look-up without code sets matches anything."""

from dataclasses import dataclass
from typing import Any

import pytest

from adapter.core.codes import CodeSets
from adapter.core.facts import Fact, FactIndex, FactReader, FactSpec, Where

CHARGE: dict[str, Any] = {"resourceType": "ChargeItem", "id": "c", "code": {"coding": [{"system": "s", "code": "1"}]}}


@dataclass(frozen=True, kw_only=True)
class Service(Fact):
    """A fact without fields."""


def reader(*sets: str) -> FactReader:
    codes = CodeSets({"empty": frozenset(), "void": frozenset(), "one": frozenset({("s", "1")})})
    return FactReader(FactSpec("service", "ChargeItem", (Where("code", sets),), {}), Service, codes, "UTC")


@pytest.mark.parametrize(
    ("sets", "matches"), [(("empty",), False), (("empty", "void"), False), (("empty", "one"), True), ((), True)]
)
def test_an_empty_code_set_matches_nothing(sets: tuple[str, ...], matches: bool) -> None:
    assert reader(*sets).matches(CHARGE) is matches
    assert FactIndex([reader(*sets)]).calls_for_a_look(CHARGE) is (matches or None)


@pytest.mark.parametrize("first", ["empty", "one"])
def test_an_empty_set_of_one_reader_takes_nothing_from_another(first: str) -> None:
    second = "one" if first == "empty" else "empty"
    assert FactIndex([reader(first), reader(second)]).calls_for_a_look(CHARGE)
    assert FactIndex([reader("empty"), reader("void")]).calls_for_a_look(CHARGE) is None


def test_a_reader_that_takes_anything_is_not_narrowed_by_one_that_takes_nothing() -> None:
    other: dict[str, Any] = {**CHARGE, "code": {"text": "anything"}}
    assert FactIndex([reader(), reader("empty")]).calls_for_a_look(other)
    assert FactIndex([reader("empty"), reader()]).calls_for_a_look(other)
