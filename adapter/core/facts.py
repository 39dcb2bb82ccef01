"""Facts: what a pack reads out of one resource, typed, with the reference that proves it.

`facts.yaml` says which resource and which paths; the pack's frozen dataclasses say which types. A resource
that no pack reads costs a dictionary miss.
"""

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Union, get_args, get_origin, get_type_hints

from adapter.core.actors import Actor, actor_of
from adapter.core.codes import Code, CodeSets, codes_of, hold_any
from adapter.core.paths import Found, compile_path, getter, members
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.core.resources import Resource
from adapter.core.times import BadTime, Period, When, read_period, read_when

ROOT = "%resource."
"""Begins a field's path that starts at the resource although the fact is a node in it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The resource (and version) that something was read from."""

    key: Key
    reference: str


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Base of every pack's facts. `void` is set where the resource says entered-in-error."""

    evidence: Evidence
    void: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to another resource: its key where it is known, and how to write it."""

    key: Key | None
    reference: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """One condition of the look-up: the path holds a code of a set, or (no sets) holds anything."""

    path: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """How a field is filled: the first path with a value wins, or all of them where code sets are recognised."""

    paths: tuple[str, ...]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactSpec:
    """One reading of `facts.yaml`. A `companion` is read beside others but calls for no look by itself.

    With `each`, every node at that path is a fact of its own; its fields' paths start at the node, or at the
    resource where they begin with `%resource.`.
    """

    fact: str
    resource: str
    where: tuple[Where, ...]
    fields: Mapping[str, FieldSpec]
    companion: bool = False
    each: str | None = None
    does: Mapping[str, str] | None = None


@dataclass(frozen=True)
class FactReader:
    """Turns resources of one type into facts of one dataclass."""

    spec: FactSpec
    fact_type: type[Fact]
    codes: CodeSets
    zone: str

    @cached_property
    def lookups(self) -> "Lookups":
        """The conditions as (getter, wanted codes); None: anything is enough. An empty code set wants nothing."""
        return tuple((getter(w.path), self._wanted(w.codes) if w.codes else None) for w in self.spec.where)

    def _wanted(self, names: Iterable[str]) -> frozenset[Code]:
        return frozenset().union(*(self.codes.sets[name] for name in names))

    @cached_property
    def _fields(self) -> tuple[tuple[str, Callable[[Resource, Resource, Record], Any]], ...]:
        kinds = field_kinds(self.fact_type)
        return tuple((name, self._reader(spec, kinds[name])) for name, spec in self.spec.fields.items())

    def matches(self, content: Mapping[str, Any]) -> bool:
        """Whether the resource is one of these facts: any condition is enough."""
        return not self.lookups or _any_holds(self.lookups, content)

    def read(self, resource: Resource, record: Record) -> Iterable[Fact]:
        """The facts in a resource: none where it is none of these, several only with `each`."""
        if not resource.content or not self.matches(resource.content):
            return
        evidence, void = Evidence(resource.key, resource.reference), _entered_in_error(resource.content)
        for node in _nodes(resource, self.spec.each):
            values = {name: read(node, resource, record) for name, read in self._fields}
            yield self.fact_type(evidence=evidence, void=void, **values)

    def _reader(self, spec: FieldSpec, kind: "Kind") -> Callable[[Resource, Resource, Record], Any]:
        selectors = [(compile_path(p.removeprefix(ROOT)), p.startswith(ROOT)) for p in spec.paths]
        convert = _converter(kind, spec, self.codes, self.zone)
        gathers = kind.item is frozenset

        def read(node: Resource, resource: Resource, record: Record) -> Any:
            found: Found = []
            for select, from_root in selectors:
                found = found + select(resource if from_root else node, record)
                if found and not gathers:
                    break
            return convert(found, record)

        return read


def _nodes(resource: Resource, each: str | None) -> Iterable[Resource]:
    """The places that fields are read at; a node keeps its resource's key and what it contains."""
    if each is None:
        return (resource,)
    contained = resource.content.get("contained", ())
    nodes = members(each, resource.content)
    return tuple(Resource(resource.key, {**n, "contained": contained}) for n in nodes if isinstance(n, dict))


def _entered_in_error(content: Mapping[str, Any]) -> bool:
    if any(content.get(name) == "entered-in-error" for name in ("status", "docStatus", "lifecycleStatus")):
        return True
    verification = content.get("verificationStatus")
    return isinstance(verification, dict) and any(code == "entered-in-error" for _, code in codes_of([verification]))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds: an item type, and whether it repeats (tuple or frozenset)."""

    item: type
    many: bool


def field_kinds(fact_type: type[Fact]) -> Mapping[str, Kind]:
    """The kinds of a fact's own fields; raises TypeError for an annotation that facts do not support."""
    hints = get_type_hints(fact_type)
    return {name: _kind(name, hint) for name, hint in hints.items() if name not in ("evidence", "void")}


_ITEMS = (str, bool, int, Decimal, When, Period, Actor, Link)


def _kind(name: str, hint: Any) -> Kind:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        hint = next(a for a in arguments if a is not type(None))
        origin, arguments = get_origin(hint), get_args(hint)
    if origin is frozenset:
        return Kind(frozenset, True)
    many = origin is tuple
    item = arguments[0] if many else hint
    if item not in _ITEMS:
        raise TypeError(f"field '{name}' has a type that facts do not support: {hint}")
    return Kind(item, many)


def _converter(kind: Kind, spec: FieldSpec, codes: CodeSets, zone: str) -> Callable[[Found, Record], Any]:
    if kind.item is frozenset:
        return lambda found, _record: codes.names_in((v for v, _ in found), spec.codes)
    one = _item_reader(kind.item, zone)

    def convert(found: Found, record: Record) -> Any:
        values = [item for value, owner in found if (item := one(value, owner, record)) is not None]
        return tuple(values) if kind.many else (values[0] if values else None)

    return convert


def _item_reader(item: type, zone: str) -> Callable[[Any, Resource, Record], Any]:
    readers: dict[type, Callable[[Any, Resource, Record], Any]] = {
        When: lambda value, _o, _r: _when(value, zone),
        Period: lambda value, _o, _r: _period(value, zone),
        Actor: lambda value, owner, record: actor_of(value, owner, record) if isinstance(value, dict) else None,
        Link: lambda value, owner, record: _link(value, owner, record) if isinstance(value, dict) else None,
        Decimal: lambda value, _o, _r: Decimal(value) if isinstance(value, int | Decimal) else None,
    }
    return readers.get(item, lambda value, _o, _r: value if isinstance(value, item) else None)


def _when(value: Any, zone: str) -> When | None:
    text = value.get("start") if isinstance(value, dict) else value
    try:
        return read_when(text, zone) if isinstance(text, str) else None
    except BadTime:
        return None


def _period(value: Any, zone: str) -> Period | None:
    try:
        if isinstance(value, dict):
            return read_period(value, zone)
        return Period(read_when(value, zone), read_when(value, zone)) if isinstance(value, str) else None
    except BadTime:
        return None


def _link(value: Mapping[str, Any], owner: Resource, record: Record) -> Link:
    target = record.resolve(value, owner)
    key = target.key if target else record.key_of(value, owner)
    written: dict[str, Any] = {"reference": key.text, "type": key.type} if key and "#" not in key.id else {}
    for name in ("identifier", "display"):
        if not written and name in value:
            written[name] = value[name]
    return Link(key, written)


class FactIndex:
    """Which readers care about a resource type: the look-up that keeps irrelevant input cheap."""

    def __init__(self, readers: Iterable[FactReader]) -> None:
        self._by_type: dict[str, list[FactReader]] = {}
        for reader in readers:
            self._by_type.setdefault(reader.spec.resource, []).append(reader)
        self._quick = {name: _quick_lookups(known) for name, known in self._by_type.items()}

    @property
    def types(self) -> frozenset[str]:
        """The resource types that carry facts."""
        return frozenset(self._by_type)

    def calls_for_a_look(self, content: Mapping[str, Any]) -> bool | None:
        """True: the resource by itself makes its person worth judging; False: it only accompanies; None: no fact.

        One look-up a path for all readers of a type comes first: most resources end there.
        """
        kind = content.get("resourceType", "")
        quick = self._quick.get(kind, ())
        if quick is not None and not _any_holds(quick, content):
            return None
        matching = [not r.spec.companion for r in self._by_type[kind] if r.matches(content)]
        return any(matching) if matching else None

    def read(self, record: Record) -> Sequence[Fact]:
        """Every fact of a record, in the order of keys."""
        resources = sorted((*record.person.patients, *record.own), key=lambda r: r.key)
        return [
            fact
            for resource in resources
            for reader in self._by_type.get(resource.key.type, ())
            for fact in reader.read(resource, record)
        ]


Lookups = tuple[tuple[Callable[[Mapping[str, Any]], list[Any]], frozenset[Code] | None], ...]


def _any_holds(lookups: Lookups, content: Mapping[str, Any]) -> bool:
    for values_of, wanted in lookups:
        values = values_of(content)
        if values and (wanted is None or hold_any(values, wanted)):
            return True
    return False


def _quick_lookups(readers: Iterable[FactReader]) -> Lookups | None:
    """The conditions of all readers of one type, a path once; None where a reader takes every resource."""
    by_path: dict[Callable[[Mapping[str, Any]], list[Any]], frozenset[Code] | None] = {}
    for reader in readers:
        if not reader.lookups:
            return None
        for path, wanted in reader.lookups:
            known = by_path.get(path, wanted)
            by_path[path] = None if known is None or wanted is None else known | wanted
    return tuple(by_path.items())
