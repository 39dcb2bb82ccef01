"""Measure and MeasureReport: an indicator, and its figure at one practice, cluster or region (R4, type summary).

The base is rounded to a whole number in `population.count`, which R4 wants; the score is computed before rounding.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from adapter.core.desired.build import Desired
from adapter.core.desired.frame import coding, identifier, pruned, tag
from adapter.core.ids import business_id
from adapter.core.indicators.computing import WHOLE, Computed
from adapter.core.indicators.definitions import INSURED, Counts, Indicator
from adapter.core.indicators.figures import ALL, CLUSTER, PRACTICE, REGION, Cell, Figure, Place, shown
from adapter.core.packs import Pack
from adapter.core.times import instant_text

_POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
_SCORING = "http://terminology.hl7.org/CodeSystem/measure-scoring"
_UNITS = {1000: ("/10*3", "per 1000"), 100: ("%", "%")}
_MASKED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}
_LEVEL = "level"
_AGGREGATION = (
    "Pooled: scale * sum of counts / sum of bases. Beside it, where the level says so: the mean of the practices' own "
    "rates. Rounded once to two decimals, halves up."
)


def measures(pack: Pack, computed: Computed, as_of: datetime, places: Iterable[Place], choices: str) -> list[Desired]:
    """The Measure of an indicator and one MeasureReport for each place; `choices` says how the base was chosen."""
    reports = [Desired(_report(pack, computed, as_of, place)) for place in places if computed.whole(place)]
    return [Desired(_measure(pack, computed.indicator, as_of, choices)), *reports]


def _url(pack: Pack, indicator: Indicator) -> str:
    return f"{pack.base}/Measure/{pack.id}-{indicator.id}"


def _measure(pack: Pack, indicator: Indicator, as_of: datetime, choices: str) -> dict[str, Any]:
    value = business_id("measure", pack.id, indicator.id)
    says = indicator.explained(pack.language)
    populations = (("numerator", indicator.count), ("denominator", indicator.base))
    return pruned(
        {
            "resourceType": "Measure",
            "id": value,
            "meta": tag(pack),
            "url": _url(pack, indicator),
            "identifier": identifier(pack.base, "measure", value),
            "version": pack.version,
            "name": _name(pack, indicator),
            "title": indicator.words(pack.language),
            "status": "active",
            "date": instant_text(as_of),
            "description": ". ".join(filter(None, (says, choices))),
            "jurisdiction": [coding("urn:iso:std:iso:3166", pack.jurisdiction)],
            "scoring": coding(_SCORING, "ratio" if indicator.base is None else "proportion"),
            "rateAggregation": _AGGREGATION,
            "rationale": "; ".join(f"{b}: {pack.bases[b].text}" for b in indicator.basis if b in pack.bases),
            "group": [
                {
                    "population": [_population_criteria(pack, code, counts) for code, counts in populations],
                    "stratifier": [{"code": {"text": by}} for by in (*indicator.by, _LEVEL)],
                }
            ],
        }
    )


def _name(pack: Pack, indicator: Indicator) -> str:
    """A name that programs can use (R4 mea-0): letters and digits."""
    return "".join(part.capitalize() for part in f"{pack.id}-{indicator.id}".split("-"))


def _population_criteria(pack: Pack, code: str, counts: Counts | None) -> dict[str, Any]:
    """The rules are the pack's Python, so the criteria point at them; R4's schema knows no language for that."""
    where = " and ".join(f"{k} = {v}" for k, v in sorted(counts.where.items())) if counts else ""
    of_what = f"tally {counts.tally}{' where ' + where if where else ''}" if counts else "table of insured persons"
    rules = f"{pack.canonical}#{counts.tally if counts else INSURED}"
    return {
        "code": coding(_POPULATION, code),
        "criteria": {"description": of_what, "language": "text/fhirpath", "reference": rules},
    }


def _report(pack: Pack, computed: Computed, as_of: datetime, place: Place) -> dict[str, Any]:
    indicator, period = computed.indicator, computed.period
    value = business_id("measurereport", pack.id, indicator.id, place.level, place.name, period.text)
    return pruned(
        {
            "resourceType": "MeasureReport",
            "id": value,
            "meta": tag(pack),
            "identifier": identifier(pack.base, "measurereport", value),
            "status": "complete",
            "type": "summary",
            "measure": f"{_url(pack, indicator)}|{pack.version}",
            "date": instant_text(as_of),
            "reporter": _reporter(pack, place),
            "period": {"start": str(period.first), "end": str(period.last)},
            "group": [_group(pack, computed, place)],
        }
    )


def _reporter(pack: Pack, place: Place) -> dict[str, Any]:
    """The Organization; a total without a table belongs to nobody."""
    if place.level == ALL:
        return {}
    systems: Mapping[str, str] = pack.settings.get("organizations", {})
    system = systems.get(place.level, f"{{base}}/sid/{place.level}").replace("{base}", pack.base)
    return {"type": "Organization", "identifier": {"system": system, "value": place.name}}


def _group(pack: Pack, computed: Computed, place: Place) -> dict[str, Any]:
    figure = computed.figures[(place, *WHOLE)]
    stratifiers = [_stratifier(computed, place, by) for by in computed.indicator.by]
    return pruned(
        {
            "code": {"text": computed.indicator.words(pack.language)},
            **_score(computed.indicator, figure),
            "stratifier": [*filter(None, stratifiers), _levels(computed, place)],
        }
    )


def _score(indicator: Indicator, figure: Figure) -> dict[str, Any]:
    """Both populations and the rate; a hidden count is absent, and its score says that it is masked."""
    denominator: dict[str, Any] = {"code": coding(_POPULATION, "denominator")}
    numerator: dict[str, Any] = {"code": coding(_POPULATION, "numerator")}
    if not figure.hidden:
        numerator["count"] = _whole(Fraction(figure.count))
    if not figure.hidden or indicator.base is None:
        denominator["count"] = _whole(figure.base)
    score = _MASKED if figure.hidden else _quantity(indicator, figure.rate)
    return pruned({"population": [denominator, numerator], "measureScore": score})


def _whole(number: Fraction) -> int:
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)


def _quantity(indicator: Indicator, rate: Fraction | None) -> dict[str, Any]:
    value = shown(rate)
    if value is None:
        return {}
    code, unit = _UNITS[indicator.scale]
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code}


def _stratifier(computed: Computed, place: Place, by: str) -> dict[str, Any]:
    cells: list[Cell] = [(place, by, stratum) for stratum in computed.strata(by)]
    strata = [
        pruned({"value": {"text": cell[2] or "?"}, **_score(computed.indicator, computed.figures[cell])})
        for cell in cells
        if cell in computed.figures
    ]
    return {"code": [{"text": by}], "stratum": strata} if strata else {}


def _levels(computed: Computed, place: Place) -> dict[str, Any]:
    """The place itself beside its cluster and region: each pooled, and as the mean of its practices."""
    beside = [place] if place.level != PRACTICE else [place, *computed.above[place.name]]
    strata: list[dict[str, Any]] = []
    for one in beside:
        figure = computed.figures[(one, *WHOLE)]
        name = one.level if one.level in (PRACTICE, ALL) else f"{one.level} {one.name}"
        strata.append(pruned({"value": {"text": name}, "measureScore": _quantity(computed.indicator, figure.rate)}))
        if one.level in (CLUSTER, REGION, ALL):
            score = _quantity(computed.indicator, figure.mean)
            strata.append(pruned({"value": {"text": f"{name}, mean of practices"}, "measureScore": score}))
    return {"code": [{"text": _LEVEL}], "stratum": strata}
