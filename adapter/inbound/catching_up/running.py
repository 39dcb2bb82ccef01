"""One catch-up with one source: type by type, each by the surest method that the source does not refuse."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from adapter.core.times import BadTime, instant_text, read_instant
from adapter.inbound.catching_up.events import counted_types, repeated
from adapter.inbound.catching_up.found import store_found
from adapter.inbound.catching_up.methods import GUARANTEES, Found, Method, by_created, by_history, by_last_updated
from adapter.inbound.catching_up.reach import Offers, Reach
from adapter.inbound.dialects.received import Unfit
from adapter.inbound.sources import SourceClient, SourceRefuses, SourceUnavailable
from adapter.store import marks
from adapter.store.engine import Store

CAUGHT_UP = "caught-up"
"""The mark: until when each type is known, by which method; set at the instant when the catch-up began."""
FIRST = timedelta(days=31)
"""How far back the first catch-up looks unless it is told otherwise."""

_ASKED: dict[Method, Callable[[SourceClient, str, datetime], Found]] = {
    Method.HISTORY: by_history,
    Method.LAST_UPDATED: by_last_updated,
    Method.CREATED: by_created,
}


class NothingWorks(SourceRefuses):
    """The source refuses every method for every type."""

    code = "no-catch-up"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a catch-up came to: the weakest method used, what that may miss, and how many events were news.

    `until` is the instant up to which the guarantee holds, `types` the method of each type, and `unread` the types
    that the source refuses in every way: they stay where they were.
    """

    method: Method
    guarantee: str
    events: int
    until: datetime
    types: dict[str, Method] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def catch_up(
    store: Store, client: SourceClient, source: Reach, now: datetime, since: datetime | None = None
) -> CaughtUp:
    """Bring into the inbox what happened at a source since an instant, by default since the last catch-up.

    Each page is stored as it comes, so that a catch-up which breaks off loses nothing; only one that ends moves the
    marks. Raises SourceUnavailable (try again), NothingWorks, StoreUnavailable.
    """
    return _CatchUp(store, client, source, now, since).run()


class _CatchUp:
    def __init__(
        self, store: Store, client: SourceClient, source: Reach, now: datetime, since: datetime | None
    ) -> None:
        self._store, self._client, self._source, self._now, self._since = store, client, source, now, since
        self._offers = Offers(None)
        self._events = 0

    def run(self) -> CaughtUp:
        """All types."""
        self._offers = _offers(self._client)
        with self._store.read() as tx:
            known = known_until(tx, self._source.name)
        types = self._offers.types(self._source.types)
        done: dict[str, Method] = dict.fromkeys(self._by_events() & set(self._source.types), Method.EVENTS)
        for name in self._source.types:
            caught = None if name in done else self._tried(name, self._since or known.get(name), name in types)
            done.update({name: caught} if caught else {})
        if not done:
            raise NothingWorks("the source refuses every way of catching up")
        self._mark({**known, **dict.fromkeys(done, self._now)}, done)
        weakest = max(done.values(), key=list(Method).index)
        unread = tuple(name for name in types if name not in done)
        return CaughtUp(weakest, GUARANTEES[weakest], self._events, self._now, done, unread)

    def _by_events(self) -> set[str]:
        """The types whose events the source repeated without a gap; none where the operator names an instant."""
        if self._source.no_events or self._since is not None:
            return set()
        covered: set[str] = set()
        with self._store.read() as tx:
            counted = counted_types(tx, self._source.name)
            numbers = {name: marks.read(tx, self._source.name, f"number {name}") for name in counted}
        for subscription, types in counted.items():
            try:
                told = repeated(self._client, subscription, int(numbers[subscription]))
            except SourceRefuses:
                continue
            with self._store.begin() as tx:
                self._events += store_found(tx, self._source.name, self._client.base_url, told.events, self._now)
                marks.note_number(tx, self._source.name, told.mark, told.last, self._now)
            covered |= types
        return covered

    def _tried(self, type_name: str, since: datetime | None, is_listed: bool) -> Method | None:
        """As `_caught`; a type that the source does not list is tried too, but may break nothing: it keeps its mark."""
        try:
            return self._caught(type_name, since)
        except SourceUnavailable:
            if is_listed:
                raise
            return None

    def _caught(self, type_name: str, since: datetime | None) -> Method | None:
        """The first method that leads to its end; None where the source refuses all."""
        for method in self._methods(type_name):
            try:
                for found in _ASKED[method](self._client, type_name, since or self._now - FIRST):
                    with self._store.begin() as tx:
                        self._events += store_found(tx, self._source.name, self._client.base_url, found, self._now)
            except (SourceRefuses, Unfit):
                continue
            return method
        return None

    def _methods(self, type_name: str) -> Iterator[Method]:
        """What it says that it offers, then what it may offer without saying so."""
        allowed = [
            (Method.HISTORY, not self._source.no_history, self._offers.history(type_name)),
            (Method.LAST_UPDATED, not self._source.no_last_updated, self._offers.last_updated(type_name)),
        ]
        yield from (method for method, may, says in allowed if may and says)
        yield from (method for method, may, says in allowed if may and not says)
        yield Method.CREATED

    def _mark(self, until: dict[str, datetime], done: dict[str, Method]) -> None:
        value = {name: [instant_text(at), done.get(name, "")] for name, at in sorted(until.items())}
        with self._store.begin() as tx:
            marks.write(tx, self._source.name, CAUGHT_UP, value, self._now)


def known_until(tx: Connection, source: str) -> dict[str, datetime]:
    """Until when each type of a source is known."""
    found: dict[str, datetime] = {}
    for name, (text, _) in (marks.read(tx, source, CAUGHT_UP) or {}).items():
        try:
            found[name] = read_instant(text).astimezone(UTC)
        except BadTime:
            continue
    return found


def in_short(value: Mapping[str, tuple[str, str]]) -> str:
    """The mark in one line: until when every type is known, and the weakest method by which."""
    methods = [Method(method) for _, method in value.values() if method]
    weakest = f" by {max(methods, key=list(Method).index).value}" if methods else ""
    return min((at for at, _ in value.values()), default="never") + weakest


def _offers(client: SourceClient) -> Offers:
    try:
        return Offers(client.capabilities())
    except SourceRefuses:
        return Offers(None)
