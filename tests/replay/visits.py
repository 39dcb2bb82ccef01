"""A palliative visit that is billable, as a hospital would send it, and ways to write it down and replay it."""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from adapter.cli.main import main

BASE = "https://had.example.org/fhir"
RPPS = {"system": "https://rpps.esante.gouv.fr", "value": "10001234567"}
INS = {
    "use": "official",
    "type": {
        "coding": [{"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "INS-NIR-TEST"}]
    },
    "system": "urn:oid:1.2.250.1.213.1.4.10",
    "value": "279035121518989",
}
_VISIT: tuple[dict[str, Any], ...] = (
    {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [INS, {"system": "urn:oid:1.2.3.4", "value": "IPP-1"}],
        "birthDate": "1979-03-05",
        "gender": "female",
        "generalPractitioner": [{"reference": "Practitioner/d1"}],
    },
    {"resourceType": "Practitioner", "id": "d1", "identifier": [RPPS]},
    {
        "resourceType": "Encounter",
        "id": "e1",
        "meta": {"versionId": "3", "lastUpdated": "2026-11-20T18:00:00+01:00"},
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"},
        "subject": {"reference": "Patient/p1"},
        "participant": [{"individual": {"reference": "Practitioner/d1"}}],
        "period": {"start": "2026-11-20T16:00:00+01:00", "end": "2026-11-20T17:00:00+01:00"},
    },
    {
        "resourceType": "Condition",
        "id": "c1",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "Z51.5"}]},
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2026-10-01",
    },
    {
        "resourceType": "DocumentReference",
        "id": "r1",
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "subject": {"reference": "Patient/p1"},
        "date": "2026-11-20T18:00:00+01:00",
        "content": [{"attachment": {"contentType": "text/plain", "data": "RG91bGV1cg=="}}],
        "context": {"encounter": [{"reference": "Encounter/e1"}]},
    },
)


def visit(**changes: Any) -> list[dict[str, Any]]:
    """The resources of the visit; `changes` are members to set, by resource type (`Encounter={"status": …}`)."""
    resources = copy.deepcopy(list(_VISIT))
    for resource in resources:
        resource.update(changes.get(resource["resourceType"], {}))
    return resources


def bundle(resources: list[dict[str, Any]], kind: str = "collection", base: str | None = BASE) -> dict[str, Any]:
    """A Bundle of a type with absolute fullUrls (or none, where there is no base)."""
    entries = [_entry(r, kind, base) for r in resources]
    made: dict[str, Any] = {"resourceType": "Bundle", "type": kind, "entry": entries}
    if kind in ("document", "message", "history"):
        made["timestamp"] = "2026-11-20T19:00:00+01:00"
    return made


def _entry(resource: dict[str, Any], kind: str, base: str | None) -> dict[str, Any]:
    name = f"{resource['resourceType']}/{resource['id']}"
    entry: dict[str, Any] = {"fullUrl": f"{base}/{name}"} if base else {}
    entry["resource"] = resource
    if kind in ("transaction", "batch", "history"):
        entry["request"] = {"method": "PUT", "url": name}
    if kind == "history":
        entry["response"] = {"status": "200"}
    return entry


def write(file: Path, content: Any) -> Path:
    """Write JSON into a file, making its folders."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


@dataclass(frozen=True)
class Ran:
    """What a command ended with, printed and decided (`decisions` of `--format ndjson`)."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """The decisions printed, one a line."""
        return [json.loads(line) for line in self.stdout.splitlines()]


def adapter(*arguments: object) -> Ran:
    """Run the real command in this process."""
    result = CliRunner().invoke(main, [str(a) for a in arguments], prog_name="adapter")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def replay(*arguments: object) -> Ran:
    """Replay with the French pack, decisions as NDJSON."""
    return adapter("replay", "--pack", "fr-vsp", "--format", "ndjson", *arguments)


def outcomes(ran: Ran) -> list[str]:
    """The decisions' outcomes."""
    return [d["decision"] for d in ran.decisions]


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its name."""
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}
