"""The road by which documents leave, from the settings."""

from collections.abc import Mapping
from typing import Literal

from adapter.cli.sharing import correspondents_of
from adapter.dmp.transports.drop import FileDrop
from adapter.dmp.transports.pdsm import PdsmServer, Ways
from adapter.dmp.transports.xds import DirectXds
from adapter.outbound.client import Target
from adapter.outbound.credentials import connection_of
from adapter.settings import DmpSettings
from adapter.work.surroundings import Road

_PUBLISH: Mapping[str, Literal["iti-65", "iti-105"]] = {"iti65": "iti-65", "iti105": "iti-105"}


def road_of(given: DmpSettings) -> Road | None:
    """The road; None where none is set. Raises BadCredentials."""
    match given.road:
        case "file":
            between = correspondents_of(given)
            return Road(FileDrop(given.folder, between)) if given.folder and between else None
        case "fhir":
            return _fhir(given)
        case "xds":
            return Road(DirectXds())
    return None


def _fhir(given: DmpSettings) -> Road | None:
    if given.access is None:
        return None
    base = given.access.base_url
    ways = Ways(
        given.source_oid or "",
        _PUBLISH[given.publish],
        given.patch,
        frozenset(given.undeclared),
    )
    server = PdsmServer(Target(base, **connection_of(given.access)._asdict()), ways)
    return Road(server, patches=True, home=base.rstrip("/"))
