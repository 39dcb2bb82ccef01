"""Code sets: the names by which rules speak of codes, and the codes that senders use for them.

Rules know only set names (`home-visit`); a site adds its own codes to a set in `codes.yaml`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Code = tuple[str, str]
"""(system, code); a bare `code` element has the system ''."""


@dataclass(frozen=True, slots=True)
class CodeSets:
    """Named sets of codes. `displays`: what the files call a code; `added`: the codes that the site brought."""

    sets: Mapping[str, frozenset[Code]]
    displays: Mapping[Code, str] = field(default_factory=dict)
    added: Mapping[str, frozenset[Code]] = field(default_factory=dict)

    def names_in(self, values: Iterable[Any], wanted: Iterable[str]) -> frozenset[str]:
        """Which of the wanted sets hold a code found in the values (CodeableConcept, Coding or code)."""
        found = set(codes_of(values))
        return frozenset(name for name in wanted if self.sets[name] & found)


def hold_any(values: Iterable[Any], wanted: frozenset[Code]) -> bool:
    """Whether the values hold a wanted code: as `codes_of`, in the one loop that a scan can afford."""
    for value in values:
        if isinstance(value, dict):
            codings = value.get("coding")
            if codings is None and "concept" in value:
                return not wanted.isdisjoint(codes_of(values))
            for coding in codings or (value,):
                if (coding.get("system", ""), coding.get("code")) in wanted:
                    return True
        elif ("", value) in wanted:
            return True
    return False


def codes_of(values: Iterable[Any]) -> Iterable[Code]:
    """Every code in CodeableConcepts, Codings, plain codes, and R5's CodeableReferences."""
    for value in values:
        if isinstance(value, str):
            yield "", value
        elif isinstance(value, dict) and isinstance(value.get("concept"), dict):
            yield from codes_of([value["concept"]])
        elif isinstance(value, dict):
            for coding in value.get("coding", (value,)):
                if isinstance(coding, dict) and isinstance(coding.get("code"), str):
                    yield coding.get("system", ""), coding["code"]
