"""Provenance: the rules, the tariffs and the exact resource versions behind what was written (R4 Provenance)."""

from collections.abc import Iterable
from typing import Any

from adapter.core.decisions import Decision
from adapter.core.desired.charges import supporting
from adapter.core.desired.frame import coding, device, id_of, tag
from adapter.core.times import instant_text

_ACTIVITY = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def provenance(decision: Decision, targets: Iterable[str]) -> dict[str, Any]:
    """One Provenance a decision; R4 gives it no identifier, so it travels only with a real change."""
    pack = decision.pack
    recorded = instant_text(decision.as_of)
    tariffs = sorted({basis for line in decision.lines if line.tariff for basis in line.tariff.basis})
    return {
        "resourceType": "Provenance",
        "id": id_of(decision, "provenance"),
        "meta": tag(pack),
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": recorded,
        "recorded": recorded,
        "policy": [pack.canonical, *(f"{pack.canonical}#{basis}" for basis in tariffs)],
        "activity": coding(_ACTIVITY, "CREATE"),
        "agent": [{"type": coding(_AGENT, "assembler"), "who": device(pack.base)}],
        "entity": [{"role": "source", "what": {"reference": r}} for r in supporting(decision)],
    }
