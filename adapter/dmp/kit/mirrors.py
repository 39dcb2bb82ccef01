"""A mirror of the kit below our cache: links to its files, with room beside them for what we compile and repair.

Compiled schematrons find their tables by relative paths, so they must lie beside their source, and the kit may be
read-only. Two repairs are known to be needed: files included under another case than they have, and tables of value
sets that the kit lacks although its schematrons read them.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from adapter.dmp.value_sets import ValueSet, members, table

_FOLDERS = ("schematrons", "jeuxDeValeurs")
_INCLUDE = "{http://purl.oclc.org/dsdl/schematron}include"
_VOCABULARY = re.compile(r"doc\('([^']*voc-([0-9.]+)-DYNAMIC\.xml)'\)")


class BrokenKit(Exception):
    """The kit cannot do a check; the message says which, and quotes no document."""


def mirror(kit: Path, cache: Path) -> Path:
    """The mirror of this state of the kit, made if it is not there. Raises BrokenKit."""
    files = sorted(_files(kit))
    if not files:
        raise BrokenKit("the folder of the kit holds no schematrons")
    wanted = cache / _digest(kit, files)
    if not wanted.exists():
        cache.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=cache))
        for file in files:
            _link(kit.resolve() / file, made / file)
        try:
            made.rename(wanted)
        except OSError:  # another process was quicker
            shutil.rmtree(made)
    return wanted


def repair(schematron: Path) -> None:
    """Put beside a mirrored schematron what it lacks, as far as the kit or our value sets hold it. Raises BrokenKit."""
    for source in _included(schematron, set()):
        for name, oid in set(_VOCABULARY.findall(source.read_text(encoding="utf-8"))):
            wanted = schematron.parent / name
            if not wanted.exists():
                _rebuild(oid, wanted)


def _files(kit: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from (path.relative_to(kit) for path in (kit / folder).rglob("*") if path.is_file())


def _digest(kit: Path, files: list[Path]) -> str:
    digest = hashlib.sha256(str(kit.resolve()).encode())
    for file in files:
        state = (kit / file).stat()
        digest.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    for value_set in ValueSet:
        digest.update(table(value_set)["revision"].encode())
    return digest.hexdigest()[:16]


def _link(source: Path, wanted: Path) -> None:
    wanted.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.symlink(source, wanted)
    except OSError:  # a file system without links
        shutil.copyfile(source, wanted)


def _included(source: Path, seen: set[Path]) -> Iterator[Path]:
    """The schematron and all that it includes; an include under another case is linked under the name it wants."""
    if source in seen:
        return
    seen.add(source)
    yield source
    for include in _parsed(source).iter(_INCLUDE):
        wanted = Path(os.path.normpath(source.parent / include.get("href", "")))
        if wanted.exists() or _link_other_case(wanted):
            yield from _included(wanted, seen)


def _parsed(source: Path) -> etree._ElementTree:
    try:
        return etree.parse(source)
    except etree.XMLSyntaxError:
        raise BrokenKit(f"schematron not run: {source.name} is not XML") from None


def _link_other_case(wanted: Path) -> bool:
    if not wanted.parent.is_dir():
        return False
    other = next((file for file in sorted(wanted.parent.iterdir()) if file.name.lower() == wanted.name.lower()), None)
    if other is None:
        return False
    _link(other.resolve(), wanted)
    return True


def _rebuild(oid: str, wanted: Path) -> None:
    value_set = next((held for held in ValueSet if table(held)["oid"] == oid), None)
    if value_set is None:
        return
    root = etree.Element("valueSets")
    listed = etree.SubElement(root, "valueSet", id=oid, displayName=table(value_set)["name"])
    concepts = etree.SubElement(listed, "conceptList")
    for concept in members(value_set):
        etree.SubElement(
            concepts, "concept", code=concept.code, codeSystem=concept.oid, displayName=concept.display
        )
    wanted.parent.mkdir(parents=True, exist_ok=True)
    etree.ElementTree(root).write(wanted, encoding="UTF-8", xml_declaration=True)
