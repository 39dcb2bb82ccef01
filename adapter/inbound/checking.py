"""Whether a resource may be relied on: FHIR R4 in structure and codes, and no key said twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapter.fhir.checks import validate
from adapter.fhir.json_text import flaws_in
from adapter.fhir.r5 import is_r5, to_r4


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a resource is left out: a stable code, the path in it, what and the remedy."""

    code: str
    path: str
    what: str
    remedy: str


def as_r4(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The R4 shape of a resource that is in R5's; others as they are (differences: R5 "R4 <-> R5 maps")."""
    return to_r4(content).resource if is_r5(content) else content


def fault_in(content: Mapping[str, Any]) -> Fault | None:
    """The first fault of a resource in the R4 shape, or None."""
    doubled = flaws_in(content)
    if doubled:
        return Fault("duplicate-key", doubled[0], "this key stands twice", "keep the one that is meant")
    faults = validate(content)
    if not faults:
        return None
    first, more = faults[0], f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Fault("not-r4", first.path, f"{first.what}{more}", first.remedy)
