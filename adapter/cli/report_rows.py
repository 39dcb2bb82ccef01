"""A report as rows: the same in tables, CSV and JSON; a hidden figure says so everywhere."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from adapter.core.indicators import Computed, Figure, Place, shown
from adapter.core.indicators.computing import WHOLE
from adapter.core.indicators.figures import CLUSTER, PRACTICE, REGION
from adapter.core.times import instant_text
from adapter.replay.reporting import Report

HIDDEN = "hidden"
FIGURES = (
    *("indicator", "level", "name", "cluster", "region", "by", "stratum", "count", "base", "rate"),
    *("mean_of_practices", "cluster_rate", "cluster_mean", "region_rate", "region_mean"),
)
ACTIVITY = ("section", "item", "detail", "count", "persons", "amount", "unit")
GOALS = ("level", "who", "measure", "target", "figure", "reached", "from", "to", "status")
COMPARED = ("indicator", "level", "name", "earlier", "later", "change")


def places_of(computed: Computed, cluster: str | None) -> list[Place]:
    """Every place, or those of one cluster: its practices, itself, and its region."""
    if cluster is None:
        return list(computed.places)
    chosen = Place(CLUSTER, cluster)
    practices = computed.practices_of(chosen)
    larger = {place for practice in practices for place in computed.above[practice]}
    return [p for p in computed.places if p in larger or (p.level == PRACTICE and p.name in practices)]


def figure_rows(computed: Computed, cluster: str | None = None) -> Iterator[dict[str, str]]:
    """One row a place and stratum, each practice beside its cluster and region."""
    strata = sorted({(by, stratum) for _, by, stratum in computed.figures})
    for place in places_of(computed, cluster):
        for by, stratum in strata:
            if (place, by, stratum) in computed.figures:
                yield _figure_row(computed, place, by, stratum)


def _figure_row(computed: Computed, place: Place, by: str, stratum: str) -> dict[str, str]:
    figure = computed.figures[(place, by, stratum)]
    beside = {one.level: one for one in _beside(computed, place)}
    row = {
        "indicator": computed.indicator.id,
        "level": place.level,
        "name": place.name,
        "by": by,
        "stratum": stratum,
        **_numbers(figure, computed.indicator.base is None),
    }
    for level in (CLUSTER, REGION):
        one = beside.get(level)
        found = computed.figures.get((one, by, stratum)) if one else None
        row[level] = one.name if one else ""
        row[f"{level}_rate"] = _rate(found, found.rate) if found else ""
        row[f"{level}_mean"] = _rate(found, found.mean) if found else ""
    return {name: row[name] for name in FIGURES}


def _beside(computed: Computed, place: Place) -> Sequence[Place]:
    """The larger places of a place, itself included where it is one."""
    if place.level == PRACTICE:
        return computed.above[place.name]
    practices = computed.practices_of(place)
    return [p for p in computed.above[practices[0]] if p.level in (REGION, place.level)] if practices else [place]


def _numbers(figure: Figure, base_is_public: bool) -> dict[str, str]:
    return {
        "count": HIDDEN if figure.hidden else text_of(figure.count),
        "base": HIDDEN if figure.hidden and not base_is_public else _base(figure.base),
        "rate": _rate(figure, figure.rate),
        "mean_of_practices": _rate(figure, figure.mean),
    }


def _rate(figure: Figure, rate: Fraction | None) -> str:
    value = shown(rate)
    return HIDDEN if figure.hidden else "" if value is None else str(value)


def _base(base: Fraction) -> str:
    return str(base.numerator) if base.denominator == 1 else str(shown(base))


def text_of(number: Decimal) -> str:
    """A number as it was said, a whole one without decimals."""
    return str(int(number)) if number == number.to_integral_value() else str(number)


def side_by_side(report: Report, cluster: str | None) -> list[dict[str, str]]:
    """A row for each place, a column for each indicator: the rates of the whole period."""
    places = sorted({p for c in report.computed for p in places_of(c, cluster)}, key=lambda p: p.order)
    rows = []
    for place in places:
        row = {"level": place.level, "name": place.name}
        for computed in report.computed:
            found = computed.figures.get((place, *WHOLE))
            row[computed.indicator.id] = _rate(found, found.rate) if found else ""
        rows.append(row)
    return rows


def compared_rows(report: Report, cluster: str | None) -> list[dict[str, str]]:
    """Earlier, later and the change, of the rates."""
    chosen = {p for c in report.computed for p in places_of(c, cluster)} if cluster else None
    return [
        {
            "indicator": indicator.id,
            "level": one.place.level,
            "name": one.place.name,
            "earlier": _rate(one.earlier, one.earlier.rate) if one.earlier else "",
            "later": _rate(one.later, one.later.rate) if one.later else "",
            "change": "" if one.change is None else f"{one.change:+}",
        }
        for indicator, comparisons in report.comparisons
        for one in comparisons
        if chosen is None or one.place in chosen
    ]


def goal_table(report: Report) -> list[dict[str, str]]:
    """Goals, each beside its figure."""
    said = {True: "yes", False: "no", None: ""}
    return [
        {
            "level": g.level,
            "who": g.who,
            "measure": g.measure,
            "target": "" if g.target is None else str(g.target),
            "figure": "" if g.figure is None else text_of(g.figure),
            "reached": said[g.reached],
            "from": g.since,
            "to": g.until,
            "status": g.status,
        }
        for g in report.goals
    ]


def activity_rows(report: Report) -> list[dict[str, str]]:
    """Decisions by month, amounts, what is lacking, tallies and targets."""
    rows = [*_decisions(report), *_amounts(report), *_lacking(report), *_tallies(report), *_targets(report)]
    return [{**dict.fromkeys(ACTIVITY, ""), **row} for row in rows]


def _decisions(report: Report) -> Iterator[dict[str, str]]:
    for (month, outcome), count in sorted(report.activity.decisions.items()):
        yield {"section": "decisions", "item": month, "detail": str(outcome), "count": _small(report, count)}


def _amounts(report: Report) -> Iterator[dict[str, str]]:
    activity = report.activity
    for (code, outcome, unit), count in sorted(activity.lines.items()):
        amount = activity.amounts.get((code, outcome, unit))
        told = _small(report, count)
        yield {
            "section": "amounts",
            "item": code,
            "detail": str(outcome),
            "count": told,
            "amount": told if told == HIDDEN else "unknown" if amount is None else str(amount),
            "unit": unit,
        }


def _lacking(report: Report) -> Iterator[dict[str, str]]:
    """What is missing most comes first."""
    found = sorted(report.activity.lacking.items(), key=lambda item: (-item[1], item[0]))
    for (criterion, state), count in found:
        yield {"section": "open", "item": criterion, "detail": str(state), "count": _small(report, count)}


def _tallies(report: Report) -> Iterator[dict[str, str]]:
    """By stratum only where nothing is hidden: the sums would tell what is."""
    activity = report.activity
    for key, count in sorted(activity.tallies.items()):
        name, stratum, value = key
        if stratum and report.threshold is not None:
            continue
        persons = len(activity.persons[key])
        told = _small(report, persons)
        yield {
            "section": "tallies",
            "item": name,
            "detail": f"{stratum}={value or '?'}" if stratum else "",
            "count": told if told == HIDDEN else text_of(count),
            "persons": told,
        }


def _targets(report: Report) -> Iterator[dict[str, str]]:
    for name, count, target in report.activity.targets({**report.pack.settings, **report.pack.numbers}):
        of = f"of {text_of(target)}, up to {report.period.last}"
        yield {"section": "target", "item": name, "detail": of, "count": _small(report, int(count))}


def _small(report: Report, count: int) -> str:
    return HIDDEN if report.threshold is not None and 0 < count < report.threshold else str(count)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """A CSV with these columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_json(report: Report, cluster: str | None) -> dict[str, Any]:
    """Everything, for scripts; numbers are texts, so that nothing is rounded again."""
    return {
        "pack": report.pack.id,
        "pack_version": report.pack.version,
        "rules": report.pack.digest,
        "as_of": instant_text(report.as_of),
        "period": report.period.text,
        "compared_with": report.compared_with.text if report.compared_with else None,
        "choices": list(report.choices),
        "notes": list(report.notes),
        "figures": [row for computed in report.computed for row in figure_rows(computed, cluster)],
        "comparison": compared_rows(report, cluster),
        "goals": goal_table(report),
        "activity": activity_rows(report),
    }
