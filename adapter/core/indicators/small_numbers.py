"""Hides small numbers, and as many more that no hidden one follows from a sum that is shown.

No scheme's rule was found: the threshold is a site's setting, and without one nothing is hidden. What remains
possible is an estimate: two hidden counts of one sum are only known together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from adapter.core.indicators.computing import WHOLE, Computed
from adapter.core.indicators.figures import CLUSTER, PRACTICE, REGION, Cell, Figure, Place

Sum = tuple[Cell, Sequence[Cell]]
"""A cell that is shown, and the cells that add up to it."""


def hide_small(computed: Computed, threshold: int | None) -> Computed:
    """The same with small figures hidden; unchanged without a threshold."""
    if threshold is None:
        return computed
    figures = computed.figures
    is_share = computed.indicator.base is not None
    hidden = {cell for cell, figure in figures.items() if _is_small(figure, threshold, is_share)}
    sums = [(total, parts) for total, parts in _sums(computed) if total in figures]
    while more := {cell for one in sums if (cell := _to_hide_as_well(one, hidden, figures)) is not None}:
        hidden |= more
    kept = {cell: _shown(computed, cell, hidden) for cell in figures}
    return replace(computed, figures=kept, hidden_below=threshold)


def _is_small(figure: Figure, threshold: int, is_share: bool) -> bool:
    """For a share, the few who are not in it are as telling as the few who are."""
    count = Fraction(figure.count)
    told = (count, figure.base, figure.base - count) if is_share else (count, figure.base)
    return any(0 < number < threshold for number in told)


def _sums(computed: Computed) -> Iterable[Sum]:
    figures = computed.figures
    strata = sorted({(by, stratum) for _, by, stratum in figures})
    for place in computed.places:
        for by in sorted({by for by, _ in strata if by}):
            yield (place, *WHOLE), [cell for cell in figures if cell[0] == place and cell[1] == by]
        for by, stratum in strata:
            parts = [(part, by, stratum) for part in _parts(computed, place)]
            if parts:
                yield (place, by, stratum), [cell for cell in parts if cell in figures]


def _parts(computed: Computed, place: Place) -> list[Place]:
    """The places that a larger one adds up from: a region from its clusters, a cluster from its practices."""
    if place.level == PRACTICE:
        return []
    if place.level == REGION:
        clusters = {one for above in computed.above.values() if place in above for one in above if one.level == CLUSTER}
        return sorted(clusters, key=lambda one: one.order)
    return [Place(PRACTICE, name) for name in computed.practices_of(place)]


def _to_hide_as_well(one: Sum, hidden: set[Cell], figures: Mapping[Cell, Figure]) -> Cell | None:
    """Where exactly one part of a sum that is shown is hidden, another part, or the sum where there is no other."""
    total, parts = one
    if total in hidden or sum(part in hidden for part in parts) != 1:
        return None
    others = [part for part in parts if part not in hidden]
    return min(others, key=lambda c: (not figures[c].count, figures[c].count, c[0].order, c[1:]), default=total)


def _shown(computed: Computed, cell: Cell, hidden: set[Cell]) -> Figure:
    """A mean of rates is one more sum: it goes as soon as one of its practices is hidden."""
    figure, (place, by, stratum) = computed.figures[cell], cell
    if cell in hidden:
        return replace(figure, rate=None, mean=None, hidden=True)
    members = ((Place(PRACTICE, name), by, stratum) for name in computed.practices_of(place))
    return replace(figure, mean=None) if any(member in hidden for member in members) else figure
