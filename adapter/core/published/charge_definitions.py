"""ChargeItemDefinition: every amount of a pack with its dates and its basis (R4 ChargeItemDefinition).

Its url and version are what `ChargeItem.definitionCanonical` names.
"""

from typing import Any

from adapter.core.desired.frame import pruned
from adapter.core.packs import ChargeCode, Pack
from adapter.core.published.frame import latest_day, of_pack
from adapter.core.published.units import in_units
from adapter.core.tariffs import TariffValue

_UNKNOWN = "No amount is known: whoever is entitled to the charge is told so, and nothing is guessed."


def charge_item_definition(pack: Pack) -> dict[str, Any]:
    """One group for each charge and value, oldest first; a charge without a value has a group without an amount."""
    head = of_pack(pack, "ChargeItemDefinition", pack.id)
    del head["name"]  # R4 gives this type none
    groups = [
        _group(pack, charge, value)
        for name, charge in pack.charges.items()
        for value in (pack.tariffs[name].values or (None,))
    ]
    return pruned({**head, "lastReviewDate": latest_day([pack]), "propertyGroup": groups})


def _group(pack: Pack, charge: ChargeCode, value: TariffValue | None) -> dict[str, Any]:
    coded = {"system": charge.system, "code": charge.code, "display": charge.display}
    component: dict[str, Any] = {"type": "base", "code": {"coding": [coded], "text": charge.display}}
    if value and value.amount.is_money:
        component["amount"] = {"value": value.amount.value, "currency": value.amount.unit}
    elif value:
        component = {"extension": [in_units(pack, value.amount)], **component}
    says = _applies(pack, value) if value else _UNKNOWN
    return {"applicability": [{"description": says}], "priceComponent": [component]}


def _applies(pack: Pack, value: TariffValue) -> str:
    since = f"From {value.starts} on" if value.starts else f"Known from {value.known_from} on, its start is not known"
    until = f", before {value.to}" if value.to else ""
    bases = "; ".join(_basis(pack, name) for name in value.basis)
    return f"{since}{until}. Amount {value.amount}. Basis: {bases}. Verified on {value.verified_on}."


def _basis(pack: Pack, name: str) -> str:
    basis = pack.bases.get(name)
    return f"{name}, {basis.text} ({basis.source}; {basis.confidence})" if basis else name
