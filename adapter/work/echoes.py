"""News of our own resources, from a target that is a source too.

What a target gave us comes back as a notification: an echo, which costs nothing. Any other version is news: the
person is looked at, and the target is read again, since somebody may have billed the charge.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from adapter.core.references import Key
from adapter.store import ledger, outbox
from adapter.store.lanes import person_lane
from adapter.store.people import numbers_of


class Ours:
    """Tells what is ours. `targets_at` gives the targets at a base URL, `base` is below which our identifiers live."""

    def __init__(self, targets_at: Callable[[str], list[str]], base: str, clock: Callable[[], datetime]) -> None:
        self._targets_at, self._systems, self._clock = targets_at, f"{base}/sid/", clock

    def changed(
        self, tx: Connection, key: Key, version: str | None, identifiers: Iterable[tuple[str, str]] = ()
    ) -> set[str] | None:
        """Whom to look at for a version of a resource of ours, nobody for an echo; None where it is not ours."""
        line = self._line(tx, key, identifiers)
        if line is None:
            return None
        if version is not None and ledger.is_echo(tx, line.target, key.type, key.id, version):
            return set()
        outbox.look_there_again(tx, line.decision, self._clock())
        return _lanes(tx, line)

    def deleted(self, tx: Connection, key: Key) -> set[str] | None:
        """Whom to look at for a deletion; it is not undone, since somebody at the target meant it. None: not ours."""
        line = self._line(tx, key, ())
        return None if line is None else _lanes(tx, line)

    def _line(self, tx: Connection, key: Key, identifiers: Iterable[tuple[str, str]]) -> ledger.Line | None:
        """By its address, or by our identifier, where its answer has not reached us yet."""
        for target in self._targets_at(key.source):
            line = ledger.line_at(tx, target, key.type, key.id)
            named = (ledger.line_of(tx, target, value) for system, value in identifiers if self._is_ours(system))
            line = line or next((one for one in named if one is not None and one.type == key.type), None)
            if line is not None:
                return line
        return None

    def _is_ours(self, system: str) -> bool:
        return system.startswith(self._systems)


def _lanes(tx: Connection, line: ledger.Line) -> set[str]:
    return {person_lane(number) for number in numbers_of(tx, [line.person]).values()}
