"""Rules speak of code sets; whatever shape a sender gives a code, it is in a set by system and code."""

from typing import Any

import pytest

from adapter.core.codes import CodeSets, codes_of

CODING = {"system": "http://loinc.org", "code": "11488-4"}
SETS = CodeSets({"report": frozenset({("http://loinc.org", "11488-4")}), "done": frozenset({("", "finished")})})


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        (CODING, [("http://loinc.org", "11488-4")]),
        ({"coding": [CODING, {"code": "x"}]}, [("http://loinc.org", "11488-4"), ("", "x")]),
        ({"coding": []}, []),
        ({"text": "a report"}, []),
        ({"coding": [{"display": "no code"}, "no coding", None]}, []),
        ("finished", [("", "finished")]),
        ({"concept": {"coding": [CODING]}}, [("http://loinc.org", "11488-4")]),
        ({"concept": {"text": "no code"}}, []),
        (None, []),
        (5, []),
    ],
)
def test_a_code_is_found_in_every_shape(value: Any, codes: list[tuple[str, str]]) -> None:
    assert list(codes_of([value])) == codes


def test_only_the_wanted_sets_are_named() -> None:
    assert SETS.names_in([{"coding": [CODING]}, "finished"], ["report"]) == {"report"}
    assert SETS.names_in([{"coding": [CODING]}, "finished"], ["report", "done"]) == {"report", "done"}


@pytest.mark.parametrize(
    "value", [{"system": "http://snomed.info/sct", "code": "11488-4"}, "11488-4", {"code": "11488-4"}]
)
def test_the_same_code_of_another_system_is_another_code(value: Any) -> None:
    assert SETS.names_in([value], ["report"]) == frozenset()
