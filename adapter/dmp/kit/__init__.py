"""Schema and schematrons of the national kit (TestContenuCDA), where the site points at a copy of it.

The kit is not part of this project: it changes several times a year, and a site wants the copy that it is judged by.
XSD needs nothing but the kit; schematrons need `saxonche` (the extra `cda-kit`), because they are XSLT 2.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from adapter.dmp.checks.reading import Unreadable, parse
from adapter.dmp.faults import Fault, Severity
from adapter.dmp.kit.mirrors import BrokenKit, mirror
from adapter.dmp.kit.schemas import schema_faults

__all__ = ["MINIMAL_STRUCTURE", "check_with_kit"]

MINIMAL_STRUCTURE = Path("schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch")


def check_with_kit(
    data: bytes,
    kit: Path,
    *,
    cache: Path,
    schematrons: Sequence[Path] = (MINIMAL_STRUCTURE,),
    pipeline: Path | None = None,
) -> tuple[Fault, ...]:
    """Faults by the kit's XSD and `schematrons` (paths below the kit); a fault too for each check that could not run.

    The kit is only read: what is compiled or repaired lies below `cache`, and is used again until the kit changes.
    `pipeline` is a folder with the XSLT 2 edition of ISO Schematron, for a kit that does not bring it.
    """
    try:
        root = parse(data)
    except Unreadable as unreadable:
        return (unreadable.fault,)
    return (*_by_schema(root, kit), *_by_schematrons(root, kit, cache, schematrons, pipeline))


def _by_schema(root: etree._Element, kit: Path) -> Iterator[Fault]:
    try:
        yield from schema_faults(root, kit)
    except BrokenKit as broken:
        yield _broken(broken)


def _by_schematrons(
    root: etree._Element, kit: Path, cache: Path, schematrons: Sequence[Path], pipeline: Path | None
) -> Iterator[Fault]:
    if find_spec("saxonche") is None:
        message = "schematron not run: install the extra cda-kit (pip install 'palliative-fhir-adapter[cda-kit]')"
        yield Fault("kit-no-saxon", "/", message, Severity.WARNING)
        return
    from adapter.dmp.kit.schematrons import schematron_faults

    for schematron in schematrons:
        try:
            yield from schematron_faults(root, mirror(kit, cache), schematron, pipeline)
        except BrokenKit as broken:
            yield _broken(broken)


def _broken(broken: BrokenKit) -> Fault:
    return Fault("kit-broken", "/", str(broken), Severity.WARNING)
