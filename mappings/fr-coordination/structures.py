"""Which coordination a structure does: de proximité (close to the person) or d'appui (support of the area).

The seed's sheet names structures; the law has merged some of them into the DAC (dispositif d'appui à la
coordination: the area's coordination support) since. So each code is read with its dates.
"""

from datetime import date
from itertools import combinations

from adapter.core.findings import Finding, ask, criterion, met, missing
from adapter.core.looks import Look

from .dossiers import Dossier

PROXIMITE, APPUI = "proximite", "appui"
_CLOSE = ("cds", "msp", "equipe-de-soins")
_UNTIL_MERGER = ("pole", "reseau", "groupement")


@criterion("structure", "CO-01", "CO-02", "CO-06", "CO-09", "CO-10", "CO-11")
def structure(dossier: Dossier) -> Finding:
    """The structure's type code says today which coordination it does."""
    day = str(dossier.look.today)
    if not dossier.structures:
        return missing(
            "EpisodeOfCare.managingOrganization | CareTeam.managingOrganization", *dossier.holders, reason="unnamed"
        )
    if _several(dossier):
        names = {a.national or str(a.reference.get("reference", "?")) for a in dossier.structures}
        return ask(sorted(names), *dossier.holders, reason="several")
    if not dossier.types:
        return missing("Organization.type", *dossier.holders, reason="type")
    kinds = {k for t in dossier.types if (k := kind_on(dossier.look, t))}
    if len(kinds) > 1:
        return ask(sorted(dossier.types), *dossier.holders, reason="contradiction")
    if kinds:
        return met(*dossier.holders, reason=kinds.pop(), day=day)
    return ask(sorted(dossier.types), *dossier.holders, reason=_doubt(dossier), day=day)


def _several(dossier: Dossier) -> bool:
    return any(one.same_as(other) is not True for one, other in combinations(dossier.structures, 2))


def _doubt(dossier: Dossier) -> str:
    """Why a known type does not tell: the merger, a code outside its dates, or a kind that the sheet leaves open."""
    if dossier.types & frozenset(_UNTIL_MERGER):
        return "merged"
    return "cpts" if "cpts" in dossier.types else "dates"


def kind_on(look: Look, structure_type: str) -> str | None:
    """The coordination that a type does on the day of the look, or None where no basis says."""
    today = look.today
    if structure_type in _CLOSE:
        return PROXIMITE
    if structure_type in _UNTIL_MERGER:
        return APPUI if today < turn(look, "merger_from") else None
    if structure_type == "dac":
        return APPUI if turn(look, "dac_r66_from") <= today else None
    if structure_type == "dac-2021":
        return APPUI if turn(look, "dac_r316_from") <= today < turn(look, "dac_r316_until") else None
    return None


def turn(look: Look, name: str) -> date:
    """A day of `numbers` in pack.yaml, written YYYYMMDD there."""
    year, rest = divmod(look.number(name), 10000)
    return date(year, *divmod(rest, 100))


def turns(look: Look) -> list[date]:
    """Every day on which a type may come to mean something else."""
    return [turn(look, name) for name in ("dac_r316_from", "dac_r316_until", "dac_r66_from", "merger_from")]
