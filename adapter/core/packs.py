"""A pack: one scheme, loaded and checked. Numbers are data, law is the pack's own pure functions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from adapter.core.codes import CodeSets
from adapter.core.facts import FactIndex, FactReader
from adapter.core.findings import Finding
from adapter.core.looks import Look
from adapter.core.occasions import Occasion, Tally
from adapter.core.tariffs import Tariffs


@dataclass(frozen=True, slots=True)
class Basis:
    """The text that a rule or an amount rests on, and how sure it is (`seed`, `official`, `secondary` …)."""

    id: str
    text: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class ChargeCode:
    """The coding of a charge (R4 ChargeItem.code)."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """How a document for the shared record is filed: codes of the national type and practice-setting value sets.

    No practice setting where no source gives one: the site says it.
    """

    type: str
    practice_setting: str | None


@dataclass(frozen=True, slots=True)
class Texts:
    """What people read, per language; a text that is not there is answered by its key, never by an error."""

    languages: Mapping[str, Mapping[str, Any]]

    def words(self, language: str, path: tuple[str, ...], values: Mapping[str, str] | None = None) -> str:
        """The words at a path such as ("criteria", "place", "met"), filled with values."""
        node: Any = self.languages.get(language) or next(iter(self.languages.values()))
        for name in path:
            node = node.get(name) if isinstance(node, Mapping) else None
        if not isinstance(node, str):
            return ".".join(path)
        return node.format_map(_Values(values or {}))

    def finding(self, language: str, finding: Finding) -> str:
        """The sentence of a finding."""
        return self.words(language, ("criteria", finding.criterion, finding.text_key), finding.values)


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


@dataclass(frozen=True)
class Pack:
    """Everything of one scheme. `digest` names the exact rules, numbers and settings that decided."""

    id: str
    version: str
    digest: str
    title: Mapping[str, str]
    jurisdiction: str
    zone: str
    base: str
    bases: Mapping[str, Basis]
    numbers: Mapping[str, Decimal]
    settings: Mapping[str, Any]
    codes: CodeSets
    readers: tuple[FactReader, ...]
    tariffs: Tariffs
    charges: Mapping[str, ChargeCode]
    documents: Mapping[str, DocumentKind]
    texts: Texts
    occasions: Callable[[Look], Iterable[Occasion]]
    tallies: Callable[[Look], Iterable[Tally]]
    readiness: Callable[[Look], Iterable[Finding]]
    criteria: Mapping[str, tuple[str, ...]]
    reads: Mapping[str, Mapping[str, str]]
    code_system: Mapping[str, Mapping[str, str]]

    @property
    def language(self) -> str:
        """The scheme's own language, in which resources are written."""
        return next(iter(self.texts.languages))

    @cached_property
    def index(self) -> FactIndex:
        """The pack's readers by resource type."""
        return FactIndex(self.readers)

    @property
    def canonical(self) -> str:
        """The pack's versioned canonical, for Provenance and tags."""
        return f"{self.base}/pack/{self.id}/{self.version}"
