"""`tariffs.yaml`: amounts with dates and bases, checked for overlaps and gaps."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from adapter.core.packs import Basis
from adapter.core.tariffs import Amount, BadTariff, Tariff, TariffValue, checked
from adapter.mappings.yaml_text import Document


def read_tariffs(
    document: Document, charges: Mapping[str, Any], settings: Mapping[str, Any], bases: Mapping[str, Basis]
) -> dict[str, Tariff]:
    """One tariff for each charge; a tariff with a `setting` takes the site's values too. Raises BadPack."""
    for name in charges:
        if name not in document.data:
            raise document.bad(
                [], f"has no tariff for the charge '{name}'", "add it; `values: []` if no amount is known"
            )
    return {
        name: _tariff(document, name, settings, bases) for name in document.data if _is_charged(document, name, charges)
    }


def _is_charged(document: Document, name: str, charges: Mapping[str, Any]) -> bool:
    if name not in charges:
        raise document.bad([name], "is no charge of this pack", "known charges: " + ", ".join(sorted(charges)))
    return True


def _tariff(document: Document, name: str, settings: Mapping[str, Any], bases: Mapping[str, Basis]) -> Tariff:
    entry = document.data[name]
    currency, unit = entry.get("currency"), entry.get("unit")
    if bool(currency) == bool(unit):
        raise document.bad([name], "needs either a currency or a unit", "give `currency: EUR` or `unit: …`")
    for place, value in enumerate(entry["values"]):
        for basis in value["basis"]:
            if basis not in bases:
                raise document.bad(
                    [name, "values", place, "basis"], f"'{basis}' is no basis of this pack", "add it to bases"
                )
    given = [*entry["values"], *_of_the_site(document, name, entry, settings)]
    values = [_read(document, [name, "values", place], v, entry) for place, v in enumerate(given)]
    try:
        return checked(name, values)
    except BadTariff as error:
        raise document.bad(
            [name, "values"], str(error), "put the intervals in order, half-open, without overlap"
        ) from error


def _read(document: Document, at: list[str | int], value: Mapping[str, Any], entry: Mapping[str, Any]) -> TariffValue:
    currency = entry.get("currency")
    try:
        return _value(value, currency or entry["unit"], bool(currency))
    except BadTariff as error:
        raise document.bad(at, str(error), "add one of them") from error
    except ValueError as error:
        raise document.bad(at, str(error), "correct it (YYYY-MM-DD)") from error


def _of_the_site(
    document: Document, name: str, entry: Mapping[str, Any], settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    setting = entry.get("setting")
    if not setting:
        return []
    if setting not in settings:
        raise document.bad(
            [name, "setting"], f"'{setting}' is no setting of this pack", "add it to settings in pack.yaml"
        )
    return [{"basis": [f"setting {setting}"], "verified_on": v["from"], **v} for v in settings[setting] or ()]


def _value(value: Mapping[str, Any], unit: str, is_money: bool) -> TariffValue:
    starts = _day(value.get("from"))
    known_from = starts or _day(value.get("known_from"))
    verified_on = _day(value["verified_on"])
    if known_from is None or verified_on is None:
        raise BadTariff("a value needs `from`, or `known_from` where the start is not known")
    amount = Amount(Decimal(value["amount"]), unit, is_money)
    return TariffValue(amount, known_from, _day(value.get("to")), tuple(value["basis"]), verified_on, starts)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"{text} is no day of the calendar") from error
