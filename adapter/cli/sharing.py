"""How the site shares documents, from its settings: what making, checking and each road need."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from adapter.core.packs import Pack
from adapter.dmp.documents import Identifier, Organization
from adapter.dmp.making import DmpSite
from adapter.dmp.making.parties import ID_NAT_ST
from adapter.dmp.preparing import Sharing
from adapter.settings import DmpSettings, Settings

if TYPE_CHECKING:
    from adapter.dmp.pfi.messages import Correspondents

_KIT_CACHE = "cda-kit"


def sharing_of(settings: Settings, packs: Iterable[Pack], language: str | None = None) -> Sharing:
    """How documents are made and judged; `packs` are all that were loaded."""
    given, found = settings.dmp, tuple(packs)
    # A site works in one domain of identities, whatever packs judge readiness.
    in_production = all(pack.settings.get("identities") != "test" for pack in found)
    site = DmpSite(
        custodian=_custodian(given),
        facility_type=given.facility_type,
        facility_types=given.facility_types,
        practice_setting=given.practice_setting,
        in_production=in_production,
        largest=given.largest,
    )
    cache = settings.data_folder / _KIT_CACHE
    return Sharing(found, site, given.road != "none", settings.cda_kit, cache, language)


def correspondents_of(given: DmpSettings) -> "Correspondents | None":
    """Who sends and who receives HL7 v2; None where the site does not say."""
    from adapter.dmp.pfi.messages import Correspondents  # its HL7 v2 library is slow to import

    applications = given.sending_application, given.receiving_application
    facilities = given.sending_facility, given.receiving_facility
    if not all((*applications, *facilities)):
        return None
    return Correspondents(
        sending_application=given.sending_application or "",
        sending_facility=given.sending_facility or "",
        receiving_application=given.receiving_application or "",
        receiving_facility=given.receiving_facility or "",
        processing=given.processing,
        version=given.hl7_version,
    )


def _custodian(given: DmpSettings) -> Organization | None:
    if given.custodian is None:
        return None
    number, name = given.custodian
    return Organization(identifier=Identifier(ID_NAT_ST, number, "IDNST"), name=name)
