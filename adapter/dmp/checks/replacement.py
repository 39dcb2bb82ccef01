"""Whether what a document says of the version that it replaces fits together."""

from collections.abc import Iterator

from lxml import etree

from adapter.dmp.checks.reading import ROOT, elements, texts
from adapter.dmp.faults import Fault

_PLACE = f"{ROOT}/relatedDocument"
_PARENT = "h:relatedDocument/h:parentDocument"


def replacement_faults(root: etree._Element) -> Iterator[Fault]:
    """A version above 1 replaces one other version of the same set, and version 1 replaces nothing."""
    related = elements(root, "h:relatedDocument")
    if len(related) > 1 or any(item.get("typeCode") != "RPLC" for item in related):
        yield Fault("cda-related", _PLACE, "something else than one replacement (RPLC) is related")
    version = _number(texts(root, "h:versionNumber/@value"))
    if version is not None and (version > 1) != bool(related):
        message = "version 1 replaces something" if related else "a later version does not say which one it replaces"
        yield Fault("cda-replacement", _PLACE, message)
    if related:
        yield from _parent_faults(root, version)


def _parent_faults(root: etree._Element, version: int | None) -> Iterator[Fault]:
    parents = texts(root, f"{_PARENT}/h:id/@root")
    if len(parents) != 1 or parents == texts(root, "h:id/@root"):
        yield Fault("cda-replaced-id", f"{_PLACE}/parentDocument/id", "no other document is named as the replaced one")
    sets = texts(root, f"{_PARENT}/h:setId/@root")
    if sets and sets != texts(root, "h:setId/@root"):
        yield Fault("cda-replaced-set", f"{_PLACE}/parentDocument/setId", "the replaced version is of another set")
    before = _number(texts(root, f"{_PARENT}/h:versionNumber/@value"))
    if before is not None and version is not None and before >= version:
        message = "the replaced version is not an earlier one"
        yield Fault("cda-replaced-version", f"{_PLACE}/parentDocument/versionNumber", message)


def _number(values: list[str]) -> int | None:
    return int(values[0]) if values and values[0].isdecimal() else None
