"""Write elements.json from HL7's own package, so that no element, code or target is typed in by hand.

Run by a developer, never at run time: ``python -m adapter.fhir.generate hl7.fhir.r4.core-4.0.1.tgz``.
The package (HL7, CC0) is read as published; the same package gives the same bytes.

The file holds ``types`` (type -> one line an element), ``codes`` and ``targets`` (lists that many elements share),
``resources`` and ``primitives``. A line reads ``name types cardinality [cN] [tN]``: types joined by ``|``,
cardinality ``?`` (0..1), ``1`` (1..1), ``*`` (0..n) or ``+`` (1..n), cN and tN point into ``codes`` and ``targets``.
"""

import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUT = Path(__file__).with_name("elements.json")
MOST_CODES = 200
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
Json = dict[str, Any]


class ExpansionError(Exception):
    """The value set needs codes that the package does not hold, or a filter that is not plain hierarchy."""


class Terms:
    """The package's own code systems and value sets, by canonical address."""

    def __init__(self, documents: list[Json]) -> None:
        self.systems = {d["url"]: d for d in documents if d["resourceType"] == "CodeSystem"}
        self.sets = {d["url"]: d for d in documents if d["resourceType"] == "ValueSet"}

    def expand(self, canonical: str) -> frozenset[str]:
        """All codes of a value set; ExpansionError where the package alone cannot tell."""
        found = self.sets.get(canonical.split("|")[0])
        if found is None or "compose" not in found:
            raise ExpansionError(canonical)
        compose = found["compose"]
        included = [self._part(part) for part in compose.get("include", [])]
        excluded = [self._part(part) for part in compose.get("exclude", [])]
        return frozenset().union(*included) - frozenset().union(*excluded)

    def _part(self, part: Json) -> frozenset[str]:
        if part.get("filter"):
            raise ExpansionError(part["system"])
        named = [self.expand(canonical) for canonical in part.get("valueSet", [])]
        if "concept" in part:
            named.append(frozenset(concept["code"] for concept in part["concept"]))
        elif "system" in part:
            named.append(self._all_of(part["system"]))
        return frozenset.intersection(*named)

    def _all_of(self, system: str) -> frozenset[str]:
        found = self.systems.get(system)
        if found is None or found["content"] != "complete":
            raise ExpansionError(system)
        return frozenset(_codes(found.get("concept", [])))


class Pool:
    """Lists that many elements share, each kept once and named by its number."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.lists: list[str] = []

    def name(self, items: frozenset[str]) -> str:
        text = " ".join(sorted(items))
        if text not in self.lists:
            self.lists.append(text)
        return f"{self.prefix}{self.lists.index(text)}"


def _codes(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _codes(concept.get("concept", []))


def _documents(package: Path) -> list[Json]:
    wanted = ("StructureDefinition-", "CodeSystem-", "ValueSet-")
    documents: dict[str, Json] = {}
    with tarfile.open(package) as archive:
        for member in archive:  # in the archive's order: gzip cannot seek
            file = archive.extractfile(member) if Path(member.name).name.startswith(wanted) else None
            if file is not None:
                documents[member.name] = json.load(file)
    return [documents[name] for name in sorted(documents)]


def _is_type(document: Json) -> bool:
    return (
        document["resourceType"] == "StructureDefinition"
        and document["kind"] in ("resource", "complex-type", "primitive-type")
        and document.get("derivation", "specialization") == "specialization"
    )


def _type_code(kind: Json) -> str:
    if not kind["code"].startswith("http://hl7.org/fhirpath/"):
        return str(kind["code"])
    named = (str(e["valueUrl"]) for e in kind.get("extension", []) if e["url"] == FHIR_TYPE)
    return next(named, "string")


def _types(element: Json, parents: set[str]) -> list[str]:
    if "contentReference" in element:
        return [element["contentReference"].lstrip("#")]
    if element["path"] in parents:
        return [element["path"]]
    return [_type_code(kind) for kind in element["type"]]


def _targets(element: Json) -> frozenset[str]:
    profiles = [p for k in element.get("type", []) if k["code"] == "Reference" for p in k.get("targetProfile", [])]
    names = frozenset(profile.rsplit("/", 1)[1] for profile in profiles)
    return frozenset() if "Resource" in names else names


def _bound_codes(element: Json, types: list[str], terms: Terms) -> frozenset[str]:
    binding = element.get("binding", {})
    if "code" not in types or binding.get("strength") != "required" or "valueSet" not in binding:
        return frozenset()
    try:
        codes = terms.expand(binding["valueSet"])
    except ExpansionError:
        return frozenset()
    return codes if len(codes) <= MOST_CODES else frozenset()


def _line(element: Json, parents: set[str], terms: Terms, pools: tuple[Pool, Pool]) -> str:
    types = _types(element, parents)
    many = element["max"] != "1"
    words = [element["path"].rsplit(".", 1)[1], "|".join(types), ("*+" if many else "?1")[element["min"] > 0]]
    lists = (_bound_codes(element, types, terms), _targets(element))
    words += [pool.name(items) for pool, items in zip(pools, lists, strict=True) if items]
    return " ".join(words)


def _lines_of(definition: Json, terms: Terms, pools: tuple[Pool, Pool]) -> dict[str, list[str]]:
    elements = [e for e in definition["snapshot"]["element"] if "." in e["path"] and e["max"] != "0"]
    if definition["kind"] == "primitive-type":
        elements = [e for e in elements if not e["path"].endswith(".value")]
    parents = {e["path"].rsplit(".", 1)[0] for e in elements}
    lines: dict[str, list[str]] = {parent: [] for parent in parents | {definition["name"]}}
    for element in elements:
        lines[element["path"].rsplit(".", 1)[0]].append(_line(element, parents, terms, pools))
    return lines


def table(package: Path) -> Json:
    """The whole table as it is written to elements.json."""
    documents = _documents(package)
    definitions = sorted(filter(_is_type, documents), key=lambda d: str(d["name"]))
    terms, pools = Terms(documents), (Pool("c"), Pool("t"))
    types: dict[str, list[str]] = {}
    for definition in definitions:
        types |= _lines_of(definition, terms, pools)
    return {
        "codes": pools[0].lists,
        "primitives": [d["name"] for d in definitions if d["kind"] == "primitive-type"],
        "resources": [d["name"] for d in definitions if d["kind"] == "resource" and not d["abstract"]],
        "targets": pools[1].lists,
        "types": types,
    }


def main(arguments: list[str]) -> int:
    """Write the file and print how large it is."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m adapter.fhir.generate hl7.fhir.r4.core-4.0.1.tgz\n")
        return 2
    text = json.dumps(table(Path(arguments[0])), sort_keys=True, indent=0, separators=(",", ":")) + "\n"
    OUT.write_text(text, encoding="utf-8")
    sys.stderr.write(f"{OUT.name}: {len(text)} characters\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
