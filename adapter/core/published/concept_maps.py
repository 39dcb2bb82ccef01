"""ConceptMap: what a site's own codes mean in the pack's words (R4 ConceptMap)."""

from collections import defaultdict
from typing import Any

from adapter.core.codes import Code
from adapter.core.desired.frame import pruned
from adapter.core.packs import Pack
from adapter.core.published.code_systems import own_system
from adapter.core.published.frame import of_pack


def concept_map(pack: Pack) -> dict[str, Any] | None:
    """From the codes that a site added to the pack's own; None where there are none to map.

    A site's code belongs to a set and may be narrower than it: `subsumes` (the target subsumes the source) claims no
    more. A set without exactly one code of the pack's own, and a code without a system, name no pair to map.
    """
    pairs: dict[Code, list[str]] = defaultdict(list)
    for name, added in sorted(pack.codes.added.items()):
        own = [c for s, c in sorted(pack.codes.sets[name] - added) if s == own_system(pack)]
        if len(own) == 1:
            for code in added:
                pairs[code].append(own[0])
    systems = sorted({system for system, _ in pairs if system})
    groups = [_group(pack, system, {c: t for (s, c), t in sorted(pairs.items()) if s == system}) for system in systems]
    head = of_pack(pack, "ConceptMap", pack.id)
    return pruned({**head, "group": groups}) if groups else None


def _group(pack: Pack, system: str, pairs: dict[str, list[str]]) -> dict[str, Any]:
    elements = [_element(pack, (system, code), targets) for code, targets in pairs.items()]
    return {"source": system, "target": own_system(pack), "element": elements}


def _element(pack: Pack, code: Code, targets: list[str]) -> dict[str, Any]:
    displays = {target: pack.code_system.get(target, {}).get(pack.language) for target in targets}
    wanted = [pruned({"code": t, "display": displays[t], "equivalence": "subsumes"}) for t in targets]
    return pruned({"code": code[1], "display": pack.codes.displays.get(code), "target": wanted})
