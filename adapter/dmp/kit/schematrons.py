"""The kit's schematrons, by Saxon: compiled once to XSLT (the ISO pipeline that the kit brings), then run.

Compiling that of *Structuration minimale* takes some ten seconds, so the XSLT stays beside the mirrored schematron.
"""

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor  # type: ignore[import-not-found]  # it has no types

from adapter.dmp.faults import Fault, Severity
from adapter.dmp.kit.mirrors import BrokenKit, repair

_STEPS = ("iso_dsdl_include.xsl", "iso_abstract_expand.xsl", "iso_svrl_for_xslt2.xsl")
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_NO_ERRORS = frozenset({"info", "information", "warn", "warning"})
_SHORTEST_VALUE = 3
_LOCAL_NAME = re.compile(r"\*\[local-name\(\)='([^']+)' and namespace-uri\(\)='[^']*'\]")
_NAMESPACE = re.compile(r"\[namespace-uri\(\)='[^']*'\]")


def schematron_faults(
    root: etree._Element, mirror: Path, schematron: Path, pipeline: Path | None
) -> Iterator[Fault]:
    """A fault for each failed assertion, with its location and text. Raises BrokenKit."""
    source = mirror / schematron
    if not source.is_file():
        raise BrokenKit(f"schematron not run: the kit has no {schematron}")
    try:
        stylesheet = _stylesheet(pipeline or mirror, source)
        document = _processor().parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
        report = stylesheet.transform_to_string(xdm_node=document)
    except PySaxonApiError:
        raise BrokenKit(f"schematron not run: {schematron.name} cannot be compiled, or fails") from None
    values = _personal_values(root)
    for failed in etree.fromstring(report.encode()).iter(f"{_SVRL}failed-assert"):
        yield _fault(failed, values)


@functools.cache
def _processor() -> Any:
    return PySaxonProcessor(license=False)


@functools.cache
def _stylesheet(pipeline: Path, source: Path) -> Any:
    compiled = source.with_name(f"{source.stem}.compiled.xsl")
    if not compiled.exists():
        repair(source)
        _compile(pipeline, source, compiled)
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(compiled))


def _compile(pipeline: Path, source: Path, compiled: Path) -> None:
    """Each step beside the source, so that relative paths hold; the last one appears whole or not at all."""
    current = source
    for number, step in enumerate(_STEPS):
        made = source.with_name(f"{source.stem}.step{number}.{os.getpid()}")
        stylesheet = _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(_step(pipeline, step)))
        stylesheet.transform_to_file(source_file=str(current), output_file=str(made))
        if current is not source:
            current.unlink()
        current = made
    current.replace(compiled)


def _step(pipeline: Path, name: str) -> Path:
    found = next(iter(sorted(pipeline.rglob(name))), None)
    if found is None:
        raise BrokenKit(f"schematron not run: {name} of ISO Schematron (XSLT 2) is not there")
    return found


def _fault(failed: etree._Element, values: set[str]) -> Fault:
    message = " ".join("".join(str(words) for words in failed.itertext()).split())
    for value in sorted(values, key=len, reverse=True):
        message = message.replace(value, "…")
    severity = Severity.WARNING if failed.get("role") in _NO_ERRORS else Severity.ERROR
    return Fault("kit-schematron", _place(failed.get("location", "/")), message, severity)


def _place(location: str) -> str:
    """The names of a location, without the conditions by which the ISO pipeline spells out namespaces."""
    return _NAMESPACE.sub("", _LOCAL_NAME.sub(r"\1", location).replace("*:", ""))


def _personal_values(root: etree._Element) -> set[str]:
    """What a message must not quote: the person's names, numbers and dates."""
    found: set[str] = set()
    for target in root.iter("{*}recordTarget"):
        found.update(str(words).strip() for words in target.itertext())
        found.update(str(item.get(name, "")) for item in target.iter() for name in ("extension", "value"))
    return {value for value in found if len(value) >= _SHORTEST_VALUE}
