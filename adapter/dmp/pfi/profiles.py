"""The message structure that is validated: HL7's own MDM_T02 with the segment PRT that the volet adopts from v2.9."""

import functools
from typing import Any

from hl7apy import load_reference  # type: ignore[import-untyped]  # has no types

STRUCTURE = "MDM_T02"
OBSERVATION = "MDM_T02_OBSERVATION"
_PRT_VERSION = "2.7"
"""The first version of hl7apy's tables with PRT; the fields that the volet fills are the same in v2.9."""


@functools.cache
def mdm_profile(version: str) -> tuple[Any, ...]:
    """MDM_T02 of this version of HL7, where PRTs may follow an OBX."""
    kind, children = load_reference(STRUCTURE, "Message", version)
    return kind, tuple(_widened(*child) for child in children)


def _widened(name: str, reference: tuple[Any, ...], times: tuple[int, int], kind: str) -> tuple[Any, ...]:
    if name != OBSERVATION:
        return name, reference, times, kind
    participation = ("PRT", load_reference("PRT", "Segment", _PRT_VERSION), (0, -1), "SEG")
    observation, *others = reference[1]
    return name, (reference[0], (observation, participation, *others)), times, kind
