"""From a folder of `mappings/`, a site's overrides and settings to a Pack."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from adapter.core.packs import Basis, ChargeCode, DocumentKind, Pack, Texts
from adapter.core.times import zone_named
from adapter.mappings.codes import read_codes
from adapter.mappings.facts import read_facts
from adapter.mappings.problems import BadPack
from adapter.mappings.rules import Rules, load_rules
from adapter.mappings.schemas import check_schema, check_shape, check_value
from adapter.mappings.tariffs import read_tariffs
from adapter.mappings.yaml_text import Document, read_yaml

PACKS_FOLDER = Path(__file__).resolve().parents[2] / "mappings"
DEFAULT_BASE = "https://adapter.example.org"
FILES = ("pack", "facts", "codes", "tariffs", "texts")
OVERRIDES = ("codes", "facts")


@dataclass(frozen=True)
class Site:
    """What a site says of its own: the canonical base, an overrides folder, and settings per pack."""

    base: str = DEFAULT_BASE
    overrides: Path | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def override(self, pack: str, name: str) -> Path | None:
        """The site's own `facts.yaml` or `codes.yaml` of a pack, where there is one."""
        file = self.overrides / pack / f"{name}.yaml" if self.overrides else None
        return file if file and file.is_file() else None


def load_packs(site: Site | None = None, folder: Path = PACKS_FOLDER, only: Iterable[str] = ()) -> tuple[Pack, ...]:
    """Every pack of a folder, or those named; raises BadPack, also for a name that is not there."""
    return tuple(load_pack(folder / name, site) for name in pack_names(site, folder, only))


def pack_names(site: Site | None, folder: Path, only: Iterable[str] = ()) -> list[str]:
    """The packs of a folder, or those named, each once; raises BadPack where there is none, or an override of none."""
    names = sorted(p.parent.name for p in folder.glob("*/pack.yaml"))
    if not names:
        raise BadPack(folder / "pack.yaml", 0, "(folder)", "holds no pack", "set `packs_folder` to a folder of packs")
    if site and site.overrides:
        _check_overrides(site.overrides, names)
    wanted = sorted(set(only)) or names
    for name in wanted:
        if name not in names:
            known = ", ".join(names)
            raise BadPack(folder / name / "pack.yaml", 0, "id", "there is no such pack", f"known packs: {known}")
    return wanted


def _check_overrides(folder: Path, names: Iterable[str]) -> None:
    """A file of the site that no pack reads would be silently without effect."""
    for file in sorted(folder.glob("*/*.yaml")):
        if file.parent.name not in names:
            raise BadPack(file, 0, "(folder)", "is no override of a pack", f"known packs: {', '.join(names)}")
        if file.stem not in OVERRIDES:
            raise BadPack(file, 0, "(file)", "is no file that a site overrides", "known: codes.yaml, facts.yaml")


def load_pack(folder: Path, site: Site | None = None) -> Pack:
    """One pack; raises BadPack."""
    site = site or Site()
    read = _read(folder, _stamps(folder))
    documents, rules = read.documents, read.rules
    about = documents["pack"]
    bases = {name: Basis(name, b["text"], b["source"], b["confidence"]) for name, b in about.data["bases"].items()}
    codes = read_codes(documents["codes"], site.override(folder.name, "codes"), site.base)
    settings = _settings(about, site.settings.get(folder.name, {}))
    tariffs = read_tariffs(documents["tariffs"], about.data["charges"], settings, bases)
    facts = read_facts(documents["facts"], site.override(folder.name, "facts"), rules, codes, about.data["zone"])
    _check_rules(about, documents["texts"], rules, bases)
    return Pack(
        id=about.data["id"],
        version=about.data["version"],
        digest=_digest(folder, site, settings),
        title=about.data["title"],
        jurisdiction=about.data["jurisdiction"],
        zone=about.data["zone"],
        base=site.base,
        bases=bases,
        numbers={name: Decimal(n["value"]) for name, n in about.data.get("numbers", {}).items()},
        settings=settings,
        codes=codes,
        readers=facts,
        tariffs=tariffs,
        charges={n: _charge(c, site.base) for n, c in about.data["charges"].items()},
        documents={
            n: DocumentKind(d["type"], d.get("practice_setting")) for n, d in about.data.get("documents", {}).items()
        },
        texts=Texts({language: documents["texts"].data[language] for language in about.data["languages"]}),
        occasions=rules.occasions,
        tallies=rules.tallies,
        readiness=rules.readiness,
        criteria=rules.criteria,
        reads=about.data.get("reads", {}),
        code_system=about.data.get("code_system", {}),
    )


@dataclass(frozen=True)
class _Read:
    """What no site changes of a pack: its files and its rules, checked."""

    documents: Mapping[str, Document]
    rules: Rules


Stamps = tuple[tuple[str, int, int], ...]


def _stamps(folder: Path) -> Stamps:
    """The state of a pack's files: a changed file is read again."""
    files = [*(folder / f"{name}.yaml" for name in FILES), *sorted(folder.glob("*.py"))]
    return tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.exists())


@lru_cache(maxsize=32)
def _read(folder: Path, _stamps: Stamps) -> _Read:
    """Read and check a folder once, however many sites and settings it is loaded for."""
    documents = {name: _document(folder, name) for name in FILES}
    about = documents["pack"]
    _check_about(folder, about)
    for name, setting in about.data.get("settings", {}).items():
        _check_setting(about, name, setting)
    return _Read(documents, load_rules(folder))


def _document(folder: Path, name: str) -> Document:
    document = read_yaml(folder / f"{name}.yaml")
    check_shape(document, name)
    return document


def _charge(charge: Mapping[str, str], base: str) -> ChargeCode:
    return ChargeCode(charge["system"].replace("{base}", base), charge["code"], charge["display"])


def _check_about(folder: Path, about: Document) -> None:
    if about.data["id"] != folder.name:
        raise about.bad(["id"], f"is '{about.data['id']}' in the folder '{folder.name}'", "give both the same name")
    try:
        zone_named(about.data["zone"])
    except (KeyError, ValueError, OSError) as error:
        raise about.bad(["zone"], "is not an IANA time zone", "use a name such as Europe/Paris") from error
    for part in ("numbers", "documents"):
        for name, entry in about.data.get(part, {}).items():
            for basis in entry["basis"]:
                if basis not in about.data["bases"]:
                    raise about.bad([part, name, "basis"], f"'{basis}' is no basis of this pack", "add it to bases")


def _check_rules(about: Document, texts: Document, rules: Rules, bases: Mapping[str, Basis]) -> None:
    for name, criterion_bases in rules.criteria.items():
        for basis in criterion_bases:
            if basis not in bases:
                raise about.bad(
                    ["bases"], f"criterion '{name}' rests on '{basis}', which is not there", "add the basis"
                )
        if not criterion_bases:
            raise BadPack(rules.file, 0, name, "names no basis", "say in @criterion(...) what it rests on")
    for language in about.data["languages"]:
        if language not in texts.data:
            raise texts.bad([], f"has no texts in '{language}'", "add them, or take the language out of pack.yaml")
        for name in (*rules.criteria, "one-version"):
            if name not in texts.data[language]["criteria"]:
                raise texts.bad([language, "criteria"], f"has no words for the criterion '{name}'", "add them")
        for name in about.data.get("documents", {}):
            if name not in texts.data[language].get("documents", {}):
                raise texts.bad([language], f"has no words for the document '{name}'", "add them under `documents`")
        if "missing" not in texts.data[language]["messages"]:
            raise texts.bad([language, "messages"], "has no words for the message 'missing'", "add them")


def _settings(about: Document, given: Mapping[str, Any]) -> dict[str, Any]:
    known = about.data.get("settings", {})
    for name, value in given.items():
        if name not in known:
            remedy = "known settings: " + (", ".join(sorted(known)) or "none")
            raise BadPack(about.file, 0, f"settings.{name}", "is not a setting of this pack", remedy)
        fault = check_value(known[name]["schema"], value)
        if fault:
            raise BadPack(
                about.file, about.line(["settings", name]), f"settings.{name}", fault, "see `adapter packs show`"
            )
    return {name: given.get(name, setting["default"]) for name, setting in known.items()}


def _check_setting(about: Document, name: str, setting: Mapping[str, Any]) -> None:
    if fault := check_schema(setting["schema"]):
        raise about.bad(["settings", name, "schema"], fault, "write a JSON Schema")
    if fault := check_value(setting["schema"], setting["default"]):
        raise about.bad(["settings", name, "default"], fault, "let the default fit the setting's schema")


def _digest(folder: Path, site: Site, settings: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(repr((site.base, sorted(settings.items()))).encode())
    overrides = [site.override(folder.name, name) for name in OVERRIDES]
    files = [*(folder / f"{name}.yaml" for name in FILES), *sorted(folder.glob("*.py")), *filter(None, overrides)]
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
