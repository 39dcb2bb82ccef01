"""`codes.yaml`: code sets of a pack, to which a site adds its own codes."""

from collections.abc import Mapping
from pathlib import Path

from adapter.core.codes import Code, CodeSets
from adapter.mappings.schemas import check_shape
from adapter.mappings.yaml_text import Document, read_yaml

_Sets = Mapping[str, Mapping[Code, str]]


def read_codes(document: Document, override: Path | None, base: str) -> CodeSets:
    """The pack's code sets with the site's codes added; raises BadPack for a set that the pack does not have."""
    shipped = _read(document, base)
    site = _of_the_site(override, shipped, base) if override else {}
    added = {name: frozenset(codes) - shipped[name].keys() for name, codes in site.items()}
    displays = {code: words for sets in (site, shipped) for codes in sets.values() for code, words in codes.items()}
    return CodeSets(
        sets={name: frozenset(codes) | added.get(name, frozenset()) for name, codes in shipped.items()},
        displays={code: words for code, words in displays.items() if words},
        added={name: codes for name, codes in added.items() if codes},
    )


def _of_the_site(file: Path, shipped: _Sets, base: str) -> _Sets:
    document = read_yaml(file)
    check_shape(document, "codes")
    for name in document.data:
        if name not in shipped:
            raise document.bad([name], "is no code set of this pack", "known sets: " + ", ".join(sorted(shipped)))
    return _read(document, base)


def _read(document: Document, base: str) -> _Sets:
    return {
        name: {
            (e.get("system", "").replace("{base}", base), e["code"].replace("{base}", base)): e.get("display", "")
            for e in entries
        }
        for name, entries in document.data.items()
    }
