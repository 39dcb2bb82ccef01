"""Packs as standard R4 resources, for terminology servers and for whoever follows a charge's `definitionCanonical`.

CodeSystem, ValueSet, ConceptMap, ChargeItemDefinition, and the StructureDefinition of our one extension. They are a
function of the packs alone: same packs, same bytes. (Measures travel with their figures: `adapter report --out`.)
"""

from collections.abc import Collection, Iterable
from typing import Any

from adapter.core.packs import Pack
from adapter.core.published.charge_definitions import charge_item_definition
from adapter.core.published.code_systems import code_systems
from adapter.core.published.concept_maps import concept_map
from adapter.core.published.units import units_extension
from adapter.core.published.value_sets import value_sets

__all__ = ["published"]


def published(packs: Iterable[Pack], wanted: Collection[str]) -> list[dict[str, Any]]:
    """The resources of the packs named in `wanted`.

    All packs of the site belong in `packs`: a code system that several share is complete only with the codes of all.
    """
    every = sorted(packs, key=lambda p: p.id)
    chosen = [p for p in every if p.id in wanted]
    return [
        *code_systems(every, chosen),
        *(value_set for pack in chosen for value_set in value_sets(pack)),
        *(found for pack in chosen if (found := concept_map(pack))),
        *units_extension(chosen),
        *(charge_item_definition(pack) for pack in chosen if pack.charges),
    ]
