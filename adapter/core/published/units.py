"""An amount in a scheme's own unit (単位): no currency, so it is no Money, and R4 has no other place for it.

`priceComponent.factor` would call it a multiplier of a price that nobody knows; a text could not be read by programs.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from adapter.core.packs import Pack
from adapter.core.published.frame import canonical
from adapter.core.tariffs import Amount

_NAME = "amount-in-units"
_DEFINITION = "http://hl7.org/fhir/StructureDefinition/Extension"


def in_units(pack: Pack, amount: Amount) -> dict[str, Any]:
    """The extension of a `priceComponent` that holds the amount."""
    quantity = {"value": amount.value, "unit": amount.unit}
    return {"url": f"{pack.base}/StructureDefinition/{_NAME}", "valueQuantity": quantity}


def units_extension(packs: Sequence[Pack]) -> Iterable[dict[str, Any]]:
    """The StructureDefinition of the extension, where a pack counts in units."""
    counted = [p for p in packs if any(not v.amount.is_money for t in p.tariffs.values() for v in t.values)]
    return [_definition(counted[0].base)] if counted else []


def _definition(base: str) -> dict[str, Any]:
    head = canonical(base, "StructureDefinition", _NAME)
    elements = [
        {"id": "Extension", "path": "Extension", "short": "Amount in a scheme's own unit, which is no currency"},
        {"id": "Extension.extension", "path": "Extension.extension", "max": "0"},
        {"id": "Extension.url", "path": "Extension.url", "fixedUri": head["url"]},
        {
            "id": "Extension.value[x]",
            "path": "Extension.value[x]",
            "min": 1,
            "type": [{"code": "Quantity"}],
        },
    ]
    return {
        **head,
        "name": "AmountInUnits",
        "title": "Amount in a scheme's own unit",
        "status": "active",
        "fhirVersion": "4.0.1",
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": "ChargeItemDefinition.propertyGroup.priceComponent"}],
        "type": "Extension",
        "baseDefinition": _DEFINITION,
        "derivation": "constraint",
        "differential": {"element": elements},
    }
