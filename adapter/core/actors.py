"""Who did something: practitioners and organizations, compared across sources.

The same doctor arrives as a bare RPPS number, as `8` + RPPS, through a PractitionerRole or under a local id;
occasion keys and "is it the same doctor?" need one answer (FR Core: idNatPs, RPPS; JP Core; dk-core).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapter.core.records import Record
from adapter.core.resources import Resource

_ID_NAT_PS = "urn:oid:1.2.250.1.71.4.2.1"
_RPPS = "https://rpps.esante.gouv.fr"
_ID_NAT_ST = "urn:oid:1.2.250.1.71.4.2.2"
_FINESS = "https://finess.esante.gouv.fr"
_NATIONAL = {
    _RPPS: "rpps",
    _FINESS: "finess",
    "urn:oid:1.2.208.176.1.1": "sor",
    "urn:oid:1.2.208.176.1.4": "ydernummer",
    "https://autregweb.sst.dk": "dk-authorisation",
    "http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no": "jp-institution",
    "urn:oid:1.2.392.100495.20.3.23": "jp-institution",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone a resource names: national ids, local keys, and a Reference that can be written back.

    `party` is the content of what the reference resolved to, where it did (Practitioner or Organization).
    """

    nationals: frozenset[str]
    locals: frozenset[str]
    reference: Mapping[str, Any]
    type: str | None = None

    @property
    def national(self) -> str | None:
        """One national id in a fixed order, or None: what may enter an occasion's key."""
        return min(self.nationals, default=None)

    def same_as(self, other: "Actor") -> bool | None:
        """Whether both are the same; None where nothing tells."""
        if self.nationals & other.nationals or self.locals & other.locals:
            return True
        kinds = {n.partition("|")[0] for n in self.nationals} & {n.partition("|")[0] for n in other.nationals}
        return False if kinds else None


def any_same(actors: Iterable[Actor], others: Iterable[Actor]) -> bool | None:
    """Whether any of the actors is any of the others: True, surely not (False), or unknown (None)."""
    known = [one.same_as(other) for other in tuple(others) for one in tuple(actors)]
    if True in known:
        return True
    return False if known and None not in known else None


def actor_of(reference: Mapping[str, Any], owner: Resource, record: Record) -> Actor:
    """Read a Reference to an actor; a PractitionerRole counts as its practitioner."""
    target = record.resolve(reference, owner)
    if target is not None and target.key.type == "PractitionerRole":
        practitioner = target.content.get("practitioner")
        if isinstance(practitioner, dict):
            inner = actor_of(practitioner, target, record)
            return Actor(inner.nationals, inner.locals | _local(reference, owner, record), inner.reference, inner.type)
    identifiers = [reference["identifier"]] if isinstance(reference.get("identifier"), dict) else []
    if target is not None:
        identifiers += [i for i in target.content.get("identifier", ()) if isinstance(i, dict)]
    nationals = frozenset(filter(None, map(_national, identifiers)))
    return Actor(
        nationals,
        _local(reference, owner, record),
        _written(reference, owner, target, identifiers),
        _type(reference, target),
    )


def _local(reference: Mapping[str, Any], owner: Resource, record: Record) -> frozenset[str]:
    key = record.key_of(reference, owner)
    return frozenset({f"{key.source}|{key.type}/{key.id}"} if key else ())


def _type(reference: Mapping[str, Any], target: Resource | None) -> str | None:
    if target is not None:
        return target.key.type
    text = reference.get("reference", "")
    return reference.get("type") or (text.split("/")[-2] if text.count("/") else None)


def _national(identifier: Mapping[str, Any]) -> str | None:
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(system, str) or not isinstance(value, str):
        return None
    if system == _ID_NAT_PS:
        return f"rpps|{value[1:]}" if value.startswith("8") and len(value) == 12 else f"id-nat-ps|{value}"
    if system == _ID_NAT_ST:
        return f"finess|{value[1:]}" if value.startswith("1") and len(value) == 10 else f"id-nat-st|{value}"
    return f"{_NATIONAL[system]}|{value}" if system in _NATIONAL else None


def _written(
    reference: Mapping[str, Any], owner: Resource, target: Resource | None, identifiers: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """The Reference to write: absolute where the server is known, with the national identifier beside it."""
    written: dict[str, Any] = {}
    if target is not None and "#" not in target.key.id:
        written["reference"] = target.key.text
    elif isinstance(reference.get("reference"), str) and not reference["reference"].startswith("#"):
        written["reference"] = reference["reference"]
    kind = _type(reference, target)
    if kind:
        written["type"] = kind
    national = sorted((i for i in identifiers if _national(i)), key=lambda i: (i["system"], i["value"]))
    if national:
        written["identifier"] = {"system": national[0]["system"], "value": national[0]["value"]}
    if not written.keys() & {"reference", "identifier"} and isinstance(reference.get("display"), str):
        written["display"] = reference["display"]
    return written
