"""`codes.yaml`: code sets of a pack, to which a site adds its own codes."""

from pathlib import Path

from adapter.core.codes import Code, CodeSets
from adapter.mappings.schemas import check_shape
from adapter.mappings.yaml_text import Document, read_yaml


def read_codes(document: Document, override: Path | None, base: str) -> CodeSets:
    """The pack's code sets with the site's codes added; raises BadPack for a set that the pack does not have."""
    sets = {name: set(_codes(entries, base)) for name, entries in document.data.items()}
    if override:
        site = read_yaml(override)
        check_shape(site, "codes")
        for name, entries in site.data.items():
            if name not in sets:
                raise site.bad([name], "is no code set of this pack", "known sets: " + ", ".join(sorted(sets)))
            sets[name].update(_codes(entries, base))
    return CodeSets({name: frozenset(codes) for name, codes in sets.items()})


def _codes(entries: list[dict[str, str]], base: str) -> list[Code]:
    return [
        (entry.get("system", "").replace("{base}", base), entry["code"].replace("{base}", base)) for entry in entries
    ]
