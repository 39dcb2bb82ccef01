"""Changing the description of a deposited document: status, visibility and archive, and nothing else (PDSm, flux 03).

FHIRPath Patch is what PDSm asks for. A JSON Patch names places by number, so it is made for the description as it was
read, tests what it relies on, and should be sent with its version (`If-Match`). The paths `/extension[url:'…']` that
PDSm4DMP 0.1.0 shows are no JSON pointers (RFC 6901), and are not written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapter.dmp.documents import Concept
from adapter.dmp.fhir.elements import codeable, without_nothing

ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
_ROOT = "DocumentReference"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a description should be; what is None stays as it is."""

    status: str | None = None
    labels: tuple[Concept, ...] | None = None
    archived: bool | None = None


def supersede_patch() -> dict[str, Any]:
    """Parameters that give the status `superseded` (IHE.MHD.Patch.Parameters)."""
    return _parameters([_replace(f"{_ROOT}.status", {"valueCode": "superseded"})])


def visibility_patch(current: Mapping[str, Any], labels: Sequence[Concept]) -> dict[str, Any]:
    """Parameters that bring the security labels of a description to these."""
    return fhirpath_patch(current, Wanted(labels=tuple(labels)))


def fhirpath_patch(current: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Parameters with the operations that are needed; none where all is as wanted."""
    operations: list[dict[str, Any]] = []
    if _differs(current, wanted.status):
        operations.append(_replace(f"{_ROOT}.status", {"valueCode": wanted.status}))
    if wanted.labels is not None:
        operations += [_delete(label) for _, label in _surplus(current, wanted.labels)]
        operations += [_add("securityLabel", {"valueCodeableConcept": label}) for label in _missing(current, wanted)]
    if wanted.archived is not None and wanted.archived != _archived(current):
        operations.append(_archive(current, wanted.archived))
    return _parameters(operations)


def json_patch(current: Mapping[str, Any], wanted: Wanted) -> list[dict[str, Any]]:
    """The same as RFC 6902 operations for exactly this content."""
    operations: list[dict[str, Any]] = []
    if _differs(current, wanted.status):
        operations.append({"op": "replace", "path": "/status", "value": wanted.status})
    if wanted.labels is not None:
        operations += _json_labels(current, wanted)
    if wanted.archived is not None and wanted.archived != _archived(current):
        operations += _json_archive(current, wanted.archived)
    return operations


def _differs(current: Mapping[str, Any], status: str | None) -> bool:
    return status is not None and current.get("status") != status


def _surplus(current: Mapping[str, Any], labels: Sequence[Concept]) -> list[tuple[int, Mapping[str, Any]]]:
    """The labels that are there and not wanted, with their places."""
    keys = {(label.uri, label.code) for label in labels}
    there = enumerate(current.get("securityLabel", ()))
    return [(place, label) for place, label in there if not keys & set(_keys(label))]


def _missing(current: Mapping[str, Any], wanted: Wanted) -> list[dict[str, Any]]:
    there = {key for label in current.get("securityLabel", ()) for key in _keys(label)}
    return [codeable(label) for label in wanted.labels or () if (label.uri, label.code) not in there]


def _keys(label: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    return [(coding.get("system"), coding.get("code")) for coding in label.get("coding", ())]


def _archived(current: Mapping[str, Any]) -> bool:
    return any(e.get("url") == ARCHIVED and e.get("valueBoolean") is True for e in current.get("extension", ()))


def _archive_place(current: Mapping[str, Any]) -> int | None:
    places = [n for n, e in enumerate(current.get("extension", ())) if e.get("url") == ARCHIVED]
    return places[0] if places else None


def _archive(current: Mapping[str, Any], archived: bool) -> dict[str, Any]:
    if _archive_place(current) is not None:
        return _replace(f"{_ROOT}.extension.where(url='{ARCHIVED}').value", {"valueBoolean": archived})
    parts = [{"name": "url", "valueUri": ARCHIVED}, {"name": "valueBoolean", "valueBoolean": archived}]
    return _add("extension", {"part": parts})


def _parameters(operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found = [{"name": "operation", "part": operation["part"]} for operation in operations]
    return without_nothing({"resourceType": "Parameters", "parameter": found})


def _operation(kind: str, path: str, *others: dict[str, Any]) -> dict[str, Any]:
    return {"part": [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}, *others]}


def _replace(path: str, value: dict[str, Any]) -> dict[str, Any]:
    return _operation("replace", path, {"name": "value", **value})


def _add(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return _operation("add", _ROOT, {"name": "name", "valueString": name}, {"name": "value", **value})


def _delete(label: Mapping[str, Any]) -> dict[str, Any]:
    """Deletes one label; `delete` must meet at most one element (R4 FHIRPath Patch)."""
    system, code = (_quoted(part) for part in (_keys(label) or [("", "")])[0])
    where = f"coding.where(system='{system}' and code='{code}').exists()"
    return _operation("delete", f"{_ROOT}.securityLabel.where({where})")


def _quoted(text: Any) -> str:
    return str(text or "").replace("\\", "\\\\").replace("'", "\\'")


def _json_labels(current: Mapping[str, Any], wanted: Wanted) -> list[dict[str, Any]]:
    """Removals from the last place to the first, so that no number moves before its turn; then the additions."""
    operations: list[dict[str, Any]] = []
    for place, label in reversed(_surplus(current, wanted.labels or ())):
        path = f"/securityLabel/{place}"
        operations += [{"op": "test", "path": path, "value": label}, {"op": "remove", "path": path}]
    added = _missing(current, wanted)
    if added and not current.get("securityLabel"):
        return [*operations, {"op": "add", "path": "/securityLabel", "value": added}]
    return [*operations, *({"op": "add", "path": "/securityLabel/-", "value": label} for label in added)]


def _json_archive(current: Mapping[str, Any], archived: bool) -> list[dict[str, Any]]:
    place = _archive_place(current)
    extension = {"url": ARCHIVED, "valueBoolean": archived}
    if place is not None:
        path = f"/extension/{place}"
        return [
            {"op": "test", "path": f"{path}/url", "value": ARCHIVED},
            {"op": "replace", "path": f"{path}/valueBoolean", "value": archived},
        ]
    if current.get("extension"):
        return [{"op": "add", "path": "/extension/-", "value": extension}]
    return [{"op": "add", "path": "/extension", "value": [extension]}]
