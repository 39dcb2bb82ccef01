"""The kit's XML schema of CDA, by lxml."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from adapter.dmp.faults import Fault
from adapter.dmp.kit.mirrors import BrokenKit

_SCHEMA = Path("infrastructure/cda/CDA_extended.xsd")
# Of these the message names elements and attributes; of the others it quotes what the document says.
_OF_STRUCTURE = ("SCHEMAV_ELEMENT_CONTENT", "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_4")


def schema_faults(root: etree._Element, kit: Path) -> Iterator[Fault]:
    """A fault for each error of the schema. Raises BrokenKit."""
    file = kit / _SCHEMA
    if not file.is_file():
        raise BrokenKit(f"XSD not run: the kit has no {_SCHEMA}")
    schema = _compiled(file, file.stat().st_mtime_ns)
    if not schema.validate(root):
        log: Any = schema.error_log  # its stubs do not iterate
        yield from (_fault(entry, root) for entry in log)


@functools.lru_cache(maxsize=4)
def _compiled(file: Path, _changed: int) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(etree.parse(file))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError):
        raise BrokenKit(f"XSD not run: {_SCHEMA} of the kit is no schema") from None


def _fault(entry: Any, root: etree._Element) -> Fault:
    message = str(entry.message) if entry.type_name in _OF_STRUCTURE else "the value does not fit the schema"
    return Fault("kit-xsd", _place(root, str(entry.path)), message)


def _place(root: etree._Element, path: str) -> str:
    """The schema's path counts elements; people look for names. It is kept where it has prefixes of its own."""
    try:
        found: Any = root.getroottree().xpath(path)
    except etree.XPathError:
        return path
    line = [found[0], *found[0].iterancestors()]
    return "".join(f"/{etree.QName(step).localname}" for step in reversed(line))
