"""JSON in and out without changing what was said.

A price of 60.10 stays 60.10, and a key that occurs twice is seen: the standard parser turns the first into a float and
keeps only the last of the second, and both would change a charge without a trace. Parsing is simplejson's, in C.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import simplejson

DEEPEST = 200
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class BadJson(ValueError):
    """The text is not JSON as FHIR uses it: ``what`` is wrong and ``place`` (line and column, byte, or level)."""

    def __init__(self, what: str, place: str) -> None:
        self.what, self.place = what, place
        super().__init__(f"{what} at {place}")


class ExactDecimal(Decimal):
    """A decimal whose text differs from Python's own (1e2, 0.0000001): the text is kept, the value is the same."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> "ExactDecimal":
        made = super().__new__(cls, text)
        made._text = text
        return made

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type["ExactDecimal"], tuple[str]]:
        return ExactDecimal, (self._text,)


class Flawed(dict[str, Any]):
    """An object of the text in which keys occurred twice; the last value of each was kept."""

    def __init__(self, pairs: list[tuple[str, Any]], duplicates: list[str]) -> None:
        super().__init__(pairs)
        self.duplicates = duplicates


def decimal_of(text: str) -> Decimal:
    """The decimal that a JSON or XML text writes, with that text; InvalidOperation where it is out of all range."""
    made = Decimal(text)
    return made if str(made) == text else ExactDecimal(text)


def loads(text: bytes | str) -> Any:
    """The value of a JSON text, decimals as Decimal with their text; BadJson where it is not JSON.

    Objects with duplicate keys come back as ``Flawed``.
    """
    return loads_reporting(text)[0]


def loads_reporting(text: bytes | str) -> tuple[Any, list[str]]:
    """As ``loads``, with the names of all keys that occurred twice in one object (ask ``flaws_in`` where)."""
    plain = _decoded(text)
    duplicates: list[str] = []
    value = _parsed(plain, _object_hook(duplicates))
    # Fewer brackets than the limit cannot nest deeper than it: most single resources need no walk.
    if plain.count("{") + plain.count("[") > DEEPEST and _is_too_deep(value):
        _refuse_depth()
    if _SURROGATE.search(plain):
        _refuse_lone_surrogates(value)
    return value, duplicates


def dumps(value: Any) -> str:
    """Compact JSON, keys in the order given, decimals with their text; ValueError for NaN and infinities."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def flaws_in(node: Any) -> list[str]:
    """Paths of the keys that occurred twice in or below ``node``, as in "period.start" or "name[0].family".

    Called with one entry's resource it answers for that resource alone.
    """
    return list(_flaws(node, ""))


def is_flawed(node: Any) -> bool:
    """Whether ``flaws_in`` would find any; much quicker where there is none."""
    found = [node]
    for one in found:
        if isinstance(one, Flawed):
            return True
        children = one.values() if isinstance(one, dict) else one
        found += [child for child in children if isinstance(child, dict | list)]
    return False


def _flaws(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, dict):
        prefix = f"{path}." if path else ""
        if isinstance(node, Flawed):
            yield from (f"{prefix}{name}" for name in node.duplicates)
        for name, child in node.items():
            yield from _flaws(child, f"{prefix}{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from _flaws(child, f"{path}[{number}]")


def _decoded(text: bytes | str) -> str:
    try:
        if isinstance(text, bytes):
            text = text.decode()
        else:
            text.encode()
    except UnicodeDecodeError as error:
        raise BadJson("invalid UTF-8", f"byte {error.start}") from None
    except UnicodeEncodeError as error:
        raise BadJson("half a surrogate pair, which is no character", f"character {error.start}") from None
    return text.removeprefix("\ufeff")


def _parsed(text: str, hook: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> Any:
    try:
        return simplejson.loads(text, parse_float=decimal_of, object_pairs_hook=hook)
    except simplejson.JSONDecodeError as error:
        # Not chained: simplejson's exception carries the whole document.
        raise BadJson(_named(error), f"line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        _refuse_depth()
    except (InvalidOperation, ValueError):
        raise BadJson("a number with more digits than can be read", "an unknown place") from None


def _named(error: simplejson.JSONDecodeError) -> str:
    literal = re.match(r"-?Infinity|NaN", error.doc[error.pos :])
    if literal:
        return f"{literal[0]} is no JSON number"
    return str(error.msg).replace(" %r", "").removesuffix(" at").lower()


def _object_hook(duplicates: list[str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        names = [name for name, _ in pairs]
        twice = [name for name in plain if names.count(name) > 1]
        duplicates.extend(twice)
        return Flawed(pairs, twice)

    return made


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        items = [item.values() if isinstance(item, dict) else item for item in level]
        level = [child for children in items for child in children if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _refuse_depth() -> NoReturn:
    raise BadJson(f"nested more than {DEEPEST} levels deep", f"level {DEEPEST + 1}")


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        dumps(value).encode()
    except UnicodeEncodeError:
        raise BadJson("half a surrogate pair, which is no character", "a \\u escape") from None
