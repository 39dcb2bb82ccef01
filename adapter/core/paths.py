"""Selecting values out of a resource: FHIRPath, of which plain member paths become plain getters.

A plain path is member names in their JSON shape, `resolve()`, `first()`, `extension('url')` and
`where(member = 'text')`, joined by dots; it costs about a microsecond. Everything else is handed to the
FHIRPath engine, compiled once. Selecting is all that paths do: dates and rules are Python's.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from adapter.core.records import Record
from adapter.core.resources import Resource

Found = list[tuple[Any, Resource]]
"""Values, each with the resource it was found in (a relative reference means another thing elsewhere)."""

Selector = Callable[[Resource, Record], Found]
Step = Callable[[list[Any]], list[Any]]

_STEP = re.compile(
    r"(?P<call>resolve|first)\(\)"
    r"|extension\('(?P<url>[^']+)'\)"
    r"|where\((?P<member>[A-Za-z][\w.]*) = '(?P<value>[^']*)'\)"
    r"|(?P<name>[A-Za-z_]\w*)"
)


class BadPath(ValueError):
    """The path is neither a plain path nor FHIRPath that the engine compiles."""


@lru_cache(maxsize=1024)
def plain_steps(path: str) -> tuple[re.Match[str], ...] | None:
    """The steps of a plain path, or None where it needs the FHIRPath engine."""
    steps, position = [], 0
    while True:
        step = _STEP.match(path, position)
        if step is None:
            return None
        steps.append(step)
        position = step.end()
        if position == len(path):
            return tuple(steps)
        if path[position] != ".":
            return None
        position += 1


def members(path: str, content: Mapping[str, Any]) -> list[Any]:
    """The values of a plain path without `resolve()` in one content: what a scan can afford."""
    return _walked(_compiled_steps(path), content)


@lru_cache(maxsize=1024)
def getter(path: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    """`members` with the path already taken apart; one plain member costs one look-up."""
    steps = _compiled_steps(path)
    if path.isidentifier():
        return lambda content: _listed(content.get(path))
    return lambda content: _walked(steps, content)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _walked(steps: tuple[Step, ...], content: Mapping[str, Any]) -> list[Any]:
    nodes: list[Any] = [content]
    for step in steps:
        nodes = step(nodes)
    return nodes


@lru_cache(maxsize=1024)
def compile_path(path: str) -> Selector:
    """Compile a path; raises BadPath."""
    head, resolves, rest = path.partition("resolve()")
    if plain_steps(path) is None:
        return _engine(path)
    if not resolves:
        return lambda resource, _record: [(v, resource) for v in members(path, resource.content)]
    reference_path, tail = head.rstrip("."), rest.lstrip(".")
    follow = compile_path(tail) if tail else _itself

    def select(resource: Resource, record: Record) -> Found:
        found: Found = []
        for reference in members(reference_path, resource.content):
            target = record.resolve(reference, resource) if isinstance(reference, dict) else None
            if target is not None:
                found.extend(follow(target, record))
        return found

    return select


def _itself(resource: Resource, _record: Record) -> Found:
    return [(resource.content, resource)]


@lru_cache(maxsize=1024)
def _compiled_steps(path: str) -> tuple[Step, ...]:
    return tuple(_step(match) for match in plain_steps(path) or ())


def _step(match: re.Match[str]) -> Step:
    if match["name"]:
        return _member(match["name"])
    if match["url"]:
        return _extension(match["url"])
    if match["member"]:
        return _where(match["member"], match["value"])
    return lambda nodes: nodes[:1]


def _member(name: str) -> Step:
    def step(nodes: list[Any]) -> list[Any]:
        out: list[Any] = []
        for node in nodes:
            value = node.get(name) if isinstance(node, dict) else None
            if isinstance(value, list):
                out.extend(value)
            elif value is not None:
                out.append(value)
        return out

    return step


def _extension(url: str) -> Step:
    extensions = _member("extension")
    return lambda nodes: [e for e in extensions(nodes) if isinstance(e, dict) and e.get("url") == url]


def _where(member: str, wanted: str) -> Step:
    return lambda nodes: [n for n in nodes if isinstance(n, dict) and wanted in members(member, n)]


def _engine(path: str) -> Selector:
    evaluate = _engine_compiled(path)
    return lambda resource, _record: [(v, resource) for v in evaluate(resource.content)]


def _engine_compiled(path: str) -> Callable[[Mapping[str, Any]], Iterable[Any]]:
    import fhirpathpy

    try:
        compiled = fhirpathpy.compile(path)
        compiled({}, None)
    except Exception as error:
        raise BadPath(f"not a FHIRPath expression: {path}") from error
    if not _is_grammatical(path):
        raise BadPath(f"not a FHIRPath expression: {path}")
    return lambda content: compiled(dict(content), None)


def _is_grammatical(path: str) -> bool:
    """Whether the grammar takes the whole text: the engine passes over what it cannot parse, as in `name.where(`."""
    import antlr4  # type: ignore[import-untyped]  # has no types
    from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
    from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

    tokens = antlr4.CommonTokenStream(FHIRPathLexer(antlr4.InputStream(path)))
    parser = FHIRPathParser(tokens)
    parser.removeErrorListeners()
    parser.expression()
    return not parser.getNumberOfSyntaxErrors() and tokens.LA(1) == antlr4.Token.EOF
