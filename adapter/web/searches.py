"""Search parameters of the read API, from text to what the store is asked; what is not supported is refused.

A parameter that is silently ignored would answer with other people's charges, so leniency must be asked for
(`Prefer: handling=lenient`).
"""

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from adapter.core.times import BadTime, read_instant, read_when
from adapter.store.embedded import AnyOf, Wanted
from adapter.web.outcomes import Refusal

TOKENS = ("identifier", "status", "code", "category", "topic", "type")
REFERENCES = (
    *("subject", "patient", "account", "context", "encounter", "about", "focus", "for", "target", "beneficiary"),
)
OTHERS = ("_id", "_lastUpdated")
DEFAULT_COUNT = 50
LARGEST_COUNT = 500
PAGES_KEPT = 1000

_IGNORED = frozenset({"_format", "_pretty", "_total"})
_COMMA = re.compile(r"(?<!\\),")
_BAR = re.compile(r"(?<!\\)\|")
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Search:
    """One search, and where a page of it begins; `total` only: no entries are wanted."""

    type: str
    wanted: Wanted
    count: int = DEFAULT_COUNT
    newest_first: bool = False
    total_only: bool = False
    after: tuple[datetime, str] | None = None


def search_of(type_name: str, parameters: Iterable[tuple[str, str]], is_lenient: bool = False) -> Search:
    """The search that parameters ask for; raises Refusal, which quotes no value."""
    search = Search(type_name, Wanted())
    for name, value in parameters:
        if value and name not in _IGNORED:
            search = _with(search, name, value[:_LONGEST], is_lenient)
    return search


def _with(search: Search, name: str, value: str, is_lenient: bool) -> Search:
    wanted, plain = search.wanted, name.partition(":")[0]
    match name:
        case "_count":
            return replace(search, count=_count(value), total_only=search.total_only or value == "0")
        case "_summary" if value == "count":
            return replace(search, total_only=True)
        case "_sort" if value in ("_lastUpdated", "-_lastUpdated"):
            return replace(search, newest_first=value.startswith("-"))
        case "_id":
            ids = set(_split(value)) & (set(wanted.ids) if wanted.ids is not None else set(_split(value)))
            return replace(search, wanted=replace(wanted, ids=tuple(sorted(ids))))
        case "_lastUpdated":
            return replace(search, wanted=replace(wanted, changed=(*wanted.changed, *_bounds(value))))
    if name in TOKENS:
        found = AnyOf(name, tuple(map(_token, _split(value, unescape=False))))
    elif name in REFERENCES or (plain in REFERENCES and name == f"{plain}:identifier"):
        is_identifier = name != plain
        parts = _split(value, unescape=False)
        found = AnyOf(name, tuple(_token(one) if is_identifier else (None, _plain(one)) for one in parts))
    elif is_lenient:
        return search
    else:
        raise Refusal(400, "a search parameter is not supported; see /fhir/metadata", "not-supported")
    return replace(search, wanted=replace(wanted, parameters=(*wanted.parameters, found)))


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise Refusal(400, "_count is no number", "value")
    return min(max(int(value[:9]), 1), LARGEST_COUNT)


def _split(value: str, unescape: bool = True) -> list[str]:
    parts = _COMMA.split(value)
    return [_plain(one) for one in parts] if unescape else parts


def _token(text: str) -> tuple[str | None, str | None]:
    """`value`, `system|value`, `|value` (no system) or `system|` (any value)."""
    system, bar, value = _at_bar(text)
    return (_plain(system) if bar else None), (_plain(value) or None if bar else _plain(text))


def _at_bar(text: str) -> tuple[str, str, str]:
    found = _BAR.search(text)
    return (text[: found.start()], "|", text[found.end() :]) if found else ("", "", text)


def _plain(text: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", text)


def _bounds(value: str) -> Iterator[tuple[str, datetime]]:
    """A prefix and a date: a day counts from its beginning to its end, in UTC (R4 search, date)."""
    prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    try:
        first, last = _range(text)
    except (BadTime, OverflowError):
        raise Refusal(400, "_lastUpdated is no date", "value") from None
    bounds = {
        "eq": [(">=", first), ("<", last)],
        "ge": [(">=", first)],
        "lt": [("<", first)],
        "gt": [(">=", last)],
        "le": [("<", last)],
    }
    if prefix not in bounds:
        raise Refusal(400, "_lastUpdated takes eq, ge, gt, le and lt", "not-supported")
    yield from bounds[prefix]


def _range(text: str) -> tuple[datetime, datetime]:
    """The half-open range of instants that a text means."""
    if "T" in text:
        # A plus sign in a query string is a space once it is decoded.
        at = read_instant(text.replace(" ", "+"))
        width = timedelta(microseconds=1) if "." in text else timedelta(seconds=1)
        return at, at + width
    days = read_when(text, "UTC")
    start = datetime(days.first.year, days.first.month, days.first.day, tzinfo=UTC)
    end = datetime(days.last.year, days.last.month, days.last.day, tzinfo=UTC)
    return start, end + timedelta(days=1)


class Pages:
    """The next pages of searches by random names: no parameter, which may identify a person, gets into a link.

    The newest are kept, in memory only; an older link says so, and its search must be made again.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Search] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, search: Search) -> str:
        """The name of a page."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[name] = search
            if len(self._kept) > PAGES_KEPT:
                self._kept.popitem(last=False)
        return name

    def get(self, name: str, type_name: str) -> Search:
        """A page by its name; raises Refusal."""
        with self._lock:
            found = self._kept.get(name)
        if found is None or found.type != type_name:
            raise Refusal(410, "this page is no longer kept; search again", "not-found")
        return found
