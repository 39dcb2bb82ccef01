"""A site of the test domain that shares documents, and what a replay of resources gives there."""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from adapter.core.decisions import Decision
from adapter.core.handing import HandOvers
from adapter.core.packs import Pack
from adapter.core.records import Record
from adapter.dmp.documents import Identifier, Organization
from adapter.dmp.making import DmpSite
from adapter.dmp.making.parties import ID_NAT_ST
from adapter.dmp.preparing import Prepared, Sharing, prepared
from adapter.dmp.telling import told_before
from adapter.mappings import load_packs
from adapter.replay import Options, Replay
from adapter.settings import Settings
from tests.dmp.papers import pdf
from tests.replay.visits import bundle, visit

OWN = "https://adapter.example.org/CodeSystem/fr-dmp"
FR_CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition"
PROFESSION = {
    "code": {
        "coding": [
            {
                "system": "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
                "code": "10",
                "display": "Médecin",
            }
        ]
    }
}
CUSTODIAN = Organization(identifier=Identifier(ID_NAT_ST, "1990000010", "IDNST"), name="HAD de démonstration")
SITE = DmpSite(
    custodian=CUSTODIAN,
    facility_type="SA07",
    facility_types={"990000329": "SA17"},
    practice_setting="AMBULATOIRE",
    in_production=False,
)


@cache
def packs(identities: str = "test") -> tuple[Pack, ...]:
    """Every pack, in a domain of identities."""
    return load_packs(Settings(packs={"fr-dmp": {"identities": identities}}).site)


def sharing(**changes: Any) -> Sharing:
    """The site, with a road."""
    site = {name: changes.pop(name) for name in [*changes] if name in DmpSite.__dataclass_fields__}
    return replace(Sharing(packs(), SITE, is_on=True, language="en"), site=replace(SITE, **site), **changes)


def judged(paths: Iterable[Path], with_packs: tuple[Pack, ...] | None = None) -> list[tuple[Decision, Record]]:
    """Every decision of a replay, with the record that it rests on."""
    chosen = with_packs or packs()
    with Replay(Options(chosen, Settings().secret)) as replay:
        replay.read(paths)
        return [(decision, one.record) for one in replay.persons() for decision in one.decisions]


def made(paths: Iterable[Path], here: Sharing | None = None) -> list[Prepared]:
    """Every document that the decisions of a replay want."""
    site = here or sharing()
    return [one for decision, record in judged(paths, site.packs) for one in prepared(decision, record, site)]


def told(paths: Iterable[Path], here: Sharing | None = None) -> list[tuple[Decision, HandOvers]]:
    """Every decision with what may be told of its documents."""
    site = here or sharing()
    return [(decision, told_before(decision, record, site)) for decision, record in judged(paths, site.packs)]


def shareable(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """A billable visit that is complete for the DMP; changes by type of resource, or by `is_open`, `consent`."""
    found = [*visit(), *_allowing()]
    patient, doctor = found[0], found[1]
    patient["extension"] = [
        {
            "url": f"{FR_CORE}/fr-core-identity-reliability",
            "extension": [{"url": "identityStatus", "valueCoding": {"code": "VALI"}}],
        },
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
            "valueAddress": {
                "extension": [{"url": f"{FR_CORE}/fr-core-address-insee-code", "valueCoding": {"code": "51215"}}]
            },
        },
    ]
    patient["name"] = [{"use": "official", "family": "PAT-TROIS", "given": ["Dominique", "Marie"]}]
    doctor["name"] = [{"family": "DEMO-MEDIONI", "given": ["Stéphane"], "prefix": ["DR"]}]
    doctor["qualification"] = [PROFESSION]
    next(r for r in found if r["resourceType"] == "DocumentReference")["author"] = [{"reference": "Practitioner/d1"}]
    for resource in found:
        resource.update(changes.get(resource["resourceType"], {}) | changes.get(resource["id"].replace("-", "_"), {}))
    return found


def attached(content: bytes, kind: str = "application/pdf", **more: Any) -> dict[str, Any]:
    """The `content` of a DocumentReference that holds these bytes."""
    import base64

    data = base64.b64encode(content).decode()
    return {"content": [{"attachment": {"contentType": kind, "data": data, **more}}]}


PDF = attached(pdf())


def written(folder: Path, resources: list[dict[str, Any]]) -> list[Path]:
    """The resources as one file."""
    path = folder / "input.json"
    path.write_text(json.dumps(bundle(resources), ensure_ascii=False), encoding="utf-8")
    return [path]


def _allowing() -> list[dict[str, Any]]:
    subject, day = {"reference": "Patient/p1"}, "2026-11-01"
    observations = [
        {
            "resourceType": "Observation",
            "id": name,
            "status": "final",
            "code": {"coding": [{"system": OWN, "code": name}]},
            "subject": subject,
            "effectiveDateTime": day,
            "valueBoolean": True,
        }
        for name in ("dmp-open", "announced")
    ]
    scope = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
    return [
        {
            "resourceType": "Consent",
            "id": "feeding",
            "status": "active",
            "scope": scope,
            "category": [{"coding": [{"system": OWN, "code": "feeding"}]}],
            "patient": subject,
            "dateTime": day,
            "policyRule": {"text": "Recueil oral"},
            "provision": {"type": "permit"},
        },
        *observations,
    ]
