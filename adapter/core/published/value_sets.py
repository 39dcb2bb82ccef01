"""ValueSet: one for each code set of `codes.yaml`, the site's codes among them (R4 ValueSet)."""

from collections.abc import Iterator
from typing import Any

from adapter.core.codes import Code
from adapter.core.desired.frame import pruned
from adapter.core.packs import Pack
from adapter.core.published.code_systems import own_system
from adapter.core.published.frame import of_pack

_EMPTY = "No code is known for this set: it is empty until a site adds the codes that it uses."


def value_sets(pack: Pack) -> Iterator[dict[str, Any]]:
    """Every code set; R4 has no empty `compose`, so an empty set has none, and says so."""
    for name, codes in sorted(pack.codes.sets.items()):
        coded = sorted(c for c in codes if c[0])
        texts = sorted(code for system, code in codes if not system)
        yield pruned(
            {
                **of_pack(pack, "ValueSet", f"{pack.id}-{name}"),
                "title": _title(pack, name),
                "description": _description(texts) if texts else "" if coded else _EMPTY,
                "immutable": False,
                "compose": {"include": list(_includes(pack, coded))} if coded else None,
            }
        )


def _title(pack: Pack, name: str) -> str:
    return pack.code_system.get(name, {}).get(pack.language, name)


def _description(texts: list[str]) -> str:
    """A ValueSet cannot hold a code without a system; what is read as plain text is said in words."""
    return f"Also read, without a code system: {'; '.join(texts)}"


def _includes(pack: Pack, codes: list[Code]) -> Iterator[dict[str, Any]]:
    for system in sorted({system for system, _ in codes}):
        yield {"system": system, "concept": [_concept(pack, c) for c in codes if c[0] == system]}


def _concept(pack: Pack, code: Code) -> dict[str, Any]:
    own = pack.code_system.get(code[1], {}) if code[0] == own_system(pack) else {}
    return pruned({"code": code[1], "display": own.get(pack.language) or pack.codes.displays.get(code)})
