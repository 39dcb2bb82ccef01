"""Rules that are one XPath each: what must hold of a document, and what it means if it does not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from adapter.dmp.checks.reading import NAMESPACES, ROOT
from adapter.dmp.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`holds` is an XPath that is true of a sound document; `place` is below the root; `h:` is CDA, `re:` is EXSLT."""

    code: str
    place: str
    holds: str
    message: str


def broken(rules: Iterable[Rule], root: etree._Element) -> Iterator[Fault]:
    """A fault for each rule that does not hold."""
    for rule in rules:
        if not root.xpath(f"boolean({rule.holds})", namespaces=NAMESPACES):
            yield Fault(rule.code, f"{ROOT}/{rule.place}" if rule.place else ROOT, rule.message)
