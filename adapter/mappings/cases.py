"""Worked cases: what a pack must decide, written by domain people without Python.

They are read from the files of `cases/` and judged as the service judges, so a case is evidence of the rules, of
`facts.yaml` and of the tariffs at once.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from adapter.core.assembling import assemble
from adapter.core.decisions import Judgement, judge
from adapter.core.findings import Finding
from adapter.core.packs import Pack
from adapter.core.readiness import readiness
from adapter.core.references import Key
from adapter.core.resources import Resource
from adapter.core.times import read_instant
from adapter.mappings.expectations import differences
from adapter.mappings.load import DEFAULT_BASE, Site, load_pack
from adapter.mappings.schemas import check_shape
from adapter.mappings.yaml_text import Document, read_yaml

SOURCE = "case"
"""Where a case's resources come from unless it says otherwise: a label, so references stay relative."""
_SECRET = b"worked cases"


@dataclass(frozen=True)
class Case:
    """One worked case: resources by name, and what the pack must make of them."""

    file: Path
    line: int
    name: str
    as_of: datetime
    resources: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, str]
    settings: Mapping[str, Any]
    expect: tuple[Mapping[str, Any], ...]
    readiness: Mapping[str, str] | None
    look_again_at: str | None
    checks_look: bool
    invalid: bool

    @property
    def id(self) -> str:
        """How reports name it: pack, file and name."""
        return f"{self.file.parent.parent.name}/{self.file.stem}/{self.name}"


def load_cases(folder: Path) -> list[Case]:
    """Every case of a pack's folder, in the order of files; raises BadPack."""
    bases = set((read_yaml(folder / "pack.yaml").data or {}).get("bases", ()))
    return [case for file in sorted((folder / "cases").glob("*.yaml")) for case in _cases_in(file, bases)]


def run_case(pack_folder: Path, case: Case, site: Site | None = None) -> list[str]:
    """How the pack's decisions differ from what the case expects: sentences, none where it passes. Raises BadPack."""
    pack = _pack_for(pack_folder, case, site or Site())
    named = _named(case, pack.base)
    judgement = _judged(pack, list(named.values()), case.as_of)
    found = differences(judgement.decisions, case.expect, {name: r.reference for name, r in named.items()})
    return [*found, *_look_difference(pack, case, judgement), *_readiness_difference(pack, case)]


def judge_case(pack_folder: Path, case: Case, site: Site | None = None) -> Judgement:
    """What the pack decides for a case, whatever the case expects; raises BadPack."""
    pack = _pack_for(pack_folder, case, site or Site())
    return _judged(pack, resources_of(case, pack.base), case.as_of)


def ready_case(pack_folder: Path, case: Case, site: Site | None = None) -> list[Finding]:
    """What the pack says of feeding the shared record, whatever the case expects; raises BadPack."""
    return _ready(_pack_for(pack_folder, case, site or Site()), case)


def resources_of(case: Case, base: str = DEFAULT_BASE) -> list[Resource]:
    """The case's resources as the adapter holds them."""
    return list(_named(case, base).values())


def merged(target: Any, patch: Any) -> Any:
    """The target changed by a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    kept = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept


def _cases_in(file: Path, bases: set[str]) -> Iterable[Case]:
    document = read_yaml(file)
    check_shape(document, "cases")
    for place, entry in enumerate(document.data["cases"]):
        _check_names(document, place, entry, bases)
        yield _case(document, place, entry)


def _case(document: Document, place: int, entry: Mapping[str, Any]) -> Case:
    left_out = entry.get("without", ())
    resources = {n: r for n, r in document.data.get("base", {}).items() if n not in left_out}
    resources |= {name: merged(resources[name], patch) for name, patch in entry.get("change", {}).items()}
    return Case(
        file=document.file,
        line=document.line(["cases", place]),
        name=entry["name"],
        as_of=read_instant(entry["as_of"]),
        resources=resources | entry.get("add", {}),
        sources=entry.get("sources", {}),
        settings=entry.get("settings", {}),
        expect=tuple(entry["expect"]),
        readiness=entry.get("readiness"),
        look_again_at=entry.get("look_again_at"),
        checks_look="look_again_at" in entry,
        invalid=entry.get("invalid", False),
    )


def _check_names(document: Document, place: int, entry: Mapping[str, Any], bases: set[str]) -> None:
    """Refuse names that stand for nothing: a case that changes nothing would pass for the wrong reason."""
    base = set(document.data.get("base", {}))
    left_out, added = set(entry.get("without", ())), set(entry.get("add", {}))
    kept = base - left_out
    at: list[str | int] = ["cases", place]
    _known(document, [*at, "without"], left_out, base, "resource of base")
    _known(document, [*at, "change"], set(entry.get("change", {})), kept, "resource of base that is kept")
    _known(document, [*at, "sources"], set(entry.get("sources", {})), kept | added, "resource of this case")
    for name in sorted(added & kept):
        raise document.bad([*at, "add", name], "is a resource of base already", "change it, or use another name")
    for number, expected in enumerate(entry["expect"]):
        expects: list[str | int] = [*at, "expect", number]
        _known(document, [*expects, "basis"], set(expected["basis"]), bases, "basis of this pack")
        _known(document, [*expects, "cites"], set(expected.get("cites", ())), kept | added, "resource of this case")


def _known(document: Document, at: list[str | int], names: set[str], known: set[str], what: str) -> None:
    for name in sorted(names - known):
        raise document.bad(at, f"'{name}' is no {what}", "known: " + (", ".join(sorted(known)) or "none"))


def _named(case: Case, base: str) -> dict[str, Resource]:
    return {name: _resource(r, case.sources.get(name, SOURCE), base) for name, r in case.resources.items()}


def _resource(content: Mapping[str, Any], source: str, base: str) -> Resource:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Resource(Key(source, content["resourceType"], content["id"]), _filled(content, base), digest)


def _filled(value: Any, base: str) -> Any:
    """The value with the site's canonical base where a case says `{base}`."""
    if isinstance(value, dict):
        return {name: _filled(inner, base) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, base) for inner in value]
    return value.replace("{base}", base) if isinstance(value, str) else value


def _judged(pack: Pack, resources: list[Resource], as_of: datetime) -> Judgement:
    return judge(pack, assemble(resources, {}, _SECRET), as_of)


def _look_difference(pack: Pack, case: Case, judgement: Judgement) -> list[str]:
    if not case.checks_look:
        return []
    at = judgement.look_again_at
    texts = (None,) if at is None else (at.isoformat(), str(at.date()))
    return [] if case.look_again_at in texts else [f"the next look is {texts[0]}, not {case.look_again_at}"]


def _readiness_difference(pack: Pack, case: Case) -> list[str]:
    if case.readiness is None:
        return []
    found = {f.criterion: f.text_key for f in _ready(pack, case)}
    return [] if found == case.readiness else [f"readiness is {found}, not {dict(case.readiness)}"]


def _ready(pack: Pack, case: Case) -> list[Finding]:
    record = assemble(resources_of(case, pack.base), {}, _SECRET)
    return [finding for _, finding in readiness([pack], record, case.as_of)]


def _pack_for(folder: Path, case: Case, site: Site) -> Pack:
    settings = {**site.settings.get(folder.name, {}), **case.settings}
    return _loaded(folder, site.base, site.overrides, json.dumps(settings, sort_keys=True, default=str))


@lru_cache(maxsize=64)
def _loaded(folder: Path, base: str, overrides: Path | None, settings: str) -> Pack:
    """Once per distinct settings: loading costs a hundred times what judging does."""
    site = Site(base, overrides)
    return load_pack(folder, replace(site, settings={folder.name: json.loads(settings)}))
