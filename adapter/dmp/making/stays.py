"""The encounter in which it happened, and the kind of structure, which the site knows by its national id."""

from collections.abc import Iterable, Mapping
from uuid import NAMESPACE_URL, uuid5

from adapter.core.facts import Link
from adapter.core.records import Record
from adapter.core.resources import Resource
from adapter.dmp.documents import Identifier, Organization, Stay, oid_of
from adapter.dmp.making.gaps import Gaps
from adapter.dmp.making.parties import organization_of
from adapter.dmp.making.sites import DmpSite
from adapter.dmp.value_sets import NotMember, ValueSet, concept


def stay_of(
    link: Link | None, period: tuple[str | None, str | None], set_id: str, record: Record, site: DmpSite, gaps: Gaps
) -> Stay | None:
    """The stay; without an Encounter it is that of the document itself. None where the facility type is not known."""
    encounter = record.at(link.key) if link and link.key else None
    structure = _structure(encounter, record) if encounter else None
    code = _facility_code(structure, site)
    if code is None:
        gaps.lacks("no-facility-type", "dmp.facility_type", "the kind of structure (JDV_J02) is not set")
        return None
    try:
        facility_type = concept(ValueSet.FACILITY_TYPE, code)
    except NotMember:
        gaps.lacks("no-facility-type", "dmp.facility_type", "is no code of JDV_J02")
        return None
    start, end = period
    return Stay(
        identifier=_identifier(encounter, set_id),
        start=start,
        end=end,
        facility_type=facility_type,
        organization=structure,
    )


def _facility_code(structure: Organization | None, site: DmpSite) -> str | None:
    known = structure.identifier.value if structure else ""
    return site.facility_types.get(known) or site.facility_types.get(known[1:]) or site.facility_type


def _structure(encounter: Resource, record: Record) -> Organization | None:
    """Who provided it; else who manages the place of it."""
    named = [(encounter.content.get("serviceProvider"), encounter)]
    for location in encounter.content.get("location", ()):
        place = record.resolve(location.get("location", {}), encounter)
        named += [(place.content.get("managingOrganization"), place)] if place else []
    found = (organization_of(record.resolve(one, owner)) for one, owner in named if isinstance(one, dict))
    return next(filter(None, found), None)


def _identifier(encounter: Resource | None, set_id: str) -> Identifier:
    """The venue's number; a system that is a URL gets an OID of its own, as CDA has no other."""
    if encounter is None:
        return Identifier(oid_of(set_id), set_id)
    for identifier in _identifiers(encounter):
        system, value = identifier.get("system"), identifier.get("value")
        if system and value:
            oid = system.removeprefix("urn:oid:") if system.startswith("urn:oid:") else _oid_of_url(system)
            return Identifier(oid, value, "VN")
    return Identifier(_oid_of_url(f"{encounter.key.source}/Encounter"), encounter.key.id, "VN")


def _identifiers(encounter: Resource) -> Iterable[Mapping[str, str]]:
    return (i for i in encounter.content.get("identifier", ()) if isinstance(i, dict))


def _oid_of_url(url: str) -> str:
    return oid_of(str(uuid5(NAMESPACE_URL, url)))
