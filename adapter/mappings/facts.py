"""`facts.yaml`: how FHIR becomes facts, checked against the element table and against the dataclasses."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapter.core.codes import CodeSets
from adapter.core.facts import ROOT, Fact, FactReader, FactSpec, FieldSpec, Where, field_kinds
from adapter.core.paths import BadPath, plain_steps
from adapter.fhir.elements import is_resource
from adapter.mappings.paths import fault_in
from adapter.mappings.rules import Rules
from adapter.mappings.schemas import check_shape
from adapter.mappings.yaml_text import Document, read_yaml


def read_facts(
    document: Document, override: Path | None, rules: Rules, codes: CodeSets, zone: str
) -> tuple[FactReader, ...]:
    """The readers of a pack; a fact that the site's file names replaces the pack's readings of it."""
    sources = dict.fromkeys(document.data, document)
    if override:
        site = read_yaml(override)
        check_shape(site, "facts")
        for name in site.data:
            if name not in sources:
                raise site.bad([name], "is no fact of this pack", "known facts: " + ", ".join(sorted(sources)))
        sources |= dict.fromkeys(site.data, site)
    for name in rules.facts:
        if name not in sources:
            raise document.bad([], f"has no reading for the fact '{name}' of rules.py", "add it")
    return tuple(
        reader for name, source in sources.items() for reader in _readers(source, name, rules.facts, codes, zone)
    )


def _readers(
    document: Document, name: str, types: Mapping[str, type[Fact]], codes: CodeSets, zone: str
) -> list[FactReader]:
    fact_type = types.get(name)
    if fact_type is None:
        raise document.bad([name], "has no dataclass in rules.py", "known facts: " + ", ".join(sorted(types)))
    return [
        FactReader(_spec(document, name, place, reading, fact_type, codes), fact_type, codes, zone)
        for place, reading in enumerate(document.data[name])
    ]


def _spec(
    document: Document, name: str, place: int, reading: Mapping[str, Any], fact_type: type[Fact], codes: CodeSets
) -> FactSpec:
    resource = reading["resource"]
    if not is_resource(resource):
        raise document.bad(
            [name, place, "resource"], f"'{resource}' is no FHIR R4 resource", "use a type such as Encounter"
        )
    where = tuple(Where(w["path"], tuple(w.get("codes", ()))) for w in reading.get("where", ()))
    for at, condition in enumerate(where):
        if plain_steps(condition.path) is None or "resolve()" in condition.path:
            raise document.bad([name, place, "where", at, "path"], "must be a plain member path", "leave out calls")
        _check_path(document, [name, place, "where", at, "path"], resource, condition.path)
        _check_sets(document, [name, place, "where", at, "codes"], condition.codes, codes)
    each = reading.get("each")
    if each is not None:
        _check_path(document, [name, place, "each"], resource, each)
    fields = _fields(document, [name, place, "fields"], (resource, each), reading["fields"], codes)
    _check_fields(document, [name, place, "fields"], fields, fact_type)
    return FactSpec(name, resource, where, fields, reading.get("companion", False), each, reading.get("does"))


def _fields(
    document: Document, at: list[str | int], start: tuple[str, str | None], fields: Mapping[str, Any], codes: CodeSets
) -> dict[str, FieldSpec]:
    specs = {}
    resource, each = start
    for name, given in fields.items():
        spec = given if isinstance(given, dict) else {"path": given}
        paths = [spec["path"]] if isinstance(spec["path"], str) else spec["path"]
        for path in paths:
            below = f"{each}." if each and not path.startswith(ROOT) else ""
            _check_path(document, [*at, name], resource, below + path.removeprefix(ROOT))
        _check_sets(document, [*at, name], tuple(spec.get("codes", ())), codes)
        specs[name] = FieldSpec(tuple(paths), tuple(spec.get("codes", ())))
    return specs


def _check_fields(
    document: Document, at: list[str | int], fields: Mapping[str, FieldSpec], fact_type: type[Fact]
) -> None:
    try:
        kinds = field_kinds(fact_type)
    except (TypeError, NameError) as error:
        raise document.bad(at, f"{fact_type.__name__}: {error}", "use a type that facts support") from error
    for name, spec in fields.items():
        if name not in kinds:
            raise document.bad([*at, name], f"is no field of {fact_type.__name__}", "fields: " + ", ".join(kinds))
        if (kinds[name].item is frozenset) != bool(spec.codes):
            raise document.bad(
                [*at, name], "code sets and the field's type do not agree", "`codes` goes with frozenset[str]"
            )
    optional = {f.name for f in dataclasses.fields(fact_type) if f.default is not dataclasses.MISSING}
    lacking = sorted(set(kinds) - set(fields) - optional)
    if lacking:
        raise document.bad(at, f"does not fill {', '.join(lacking)}", "add a path for each")


def _check_sets(document: Document, at: list[str | int], names: tuple[str, ...], codes: CodeSets) -> None:
    for name in names:
        if name not in codes.sets:
            raise document.bad(at, f"'{name}' is no code set", "known sets: " + ", ".join(sorted(codes.sets)))


def _check_path(document: Document, at: list[str | int], resource: str, path: str) -> None:
    try:
        fault = fault_in(path, resource)
    except BadPath as error:
        raise document.bad(at, str(error), "use member names joined by dots, or correct FHIRPath") from error
    if fault:
        raise document.bad(at, fault, "correct the path")
