"""Named windows of the running program, and a journal of what it does there; for tests only.

A window is a place between two steps. A process that is told to stop in one says so in its journal and stops
itself (SIGSTOP, every thread), so that a test may kill it there, or let it sleep. The product knows nothing of
this: `lay` puts the windows around its functions from outside.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from adapter.core import decisions
from adapter.dmp.transports.pdsm import PdsmServer
from adapter.inbound.sources import SourceClient
from adapter.outbound.client import Target
from adapter.outbound.writing import Writer
from adapter.store import handed, inbox, leases, outbox, work, writer
from adapter.store.engine import StoreUnavailable
from adapter.work import Worker

INSERTED = "inserted"
COMMITTED = "committed"
LEASED = "leased"
FETCHED = "fetched"
JUDGING = "judging"
FINISHING = "finishing"
SENDING = "sending"
SENT = "sent"
CONFIRMING = "confirming"


WINDOWS = {
    INSERTED: "events are in the inbox's transaction, which is not committed",
    COMMITTED: "events are committed, and the sender has no answer yet",
    LEASED: "a lane is leased, and nothing is done",
    FETCHED: "in a lease: a source answered, and the answer is not stored",
    JUDGING: "in a lease: the record is read, and not judged yet",
    FINISHING: "in a lease: what the look found is written, and not committed",
    SENDING: "a decision is leased, and nothing is sent",
    SENT: "the target has it, and nobody here knows",
    CONFIRMING: "the confirmation is written, and not committed",
}
"""Where a process is killed."""

BEGUN, HANDED, TOLD = "begun", "handed", "told"
DOCUMENT_WINDOWS = {
    BEGUN: "a document is noted as begun, and nothing has left",
    HANDED: "its receiver has it, and nobody here knows",
    TOLD: "that it arrived is written, and not committed",
}
"""Where a process that hands documents over is killed."""

POSTING = "posting"
"""One more, to sleep in: what the target has is read, and the difference is not sent yet."""

CLAIMED, LEFT, REFUSED, WAITS = "claimed", "left", "refused", "waits"
"""Further lines of a journal: a lease begins, ends, turned out to be lost; the database took nothing."""

_wanted: list[str] = []
_journal: list[Path] = []


def begin(window: str | None, max_pages: Path | None) -> None:
    """Keep a journal in the working folder from now on; stop in a window, if any; a file may bound SQLite's pages."""
    _wanted[:] = [window] if window else []
    _journal[:] = [journal_of(os.getpid())]
    if max_pages:
        event.listen(Pool, "checkout", lambda connection, *_: _bound(connection, max_pages))


def journal_of(pid: int | str) -> Path:
    """The file, in the process's folder."""
    return Path(f"journal-{pid}")


def lay() -> None:
    """Put every window in place; once, after all modules are imported."""
    _replace(inbox.accept, _after(INSERTED))
    _replace(writer._answer, _before(COMMITTED))
    _replace(inbox.events_of, _before(LEASED))
    _replace(decisions.judge, _before(JUDGING))
    SourceClient.read = _after(FETCHED)(SourceClient.read)  # type: ignore[method-assign]  # from outside
    Writer.write = _before(SENDING)(_after(SENT, _has_changes)(Writer.write))  # type: ignore[method-assign]  # as above
    PdsmServer.hand_over = _before(BEGUN)(_after(HANDED)(PdsmServer.hand_over))  # type: ignore[method-assign]  # as above
    handed.arrived = _after(TOLD)(handed.arrived)
    Target.transaction = _before(POSTING)(Target.transaction)  # type: ignore[method-assign]  # as above
    work.claim, outbox.claim = _claiming(work.claim), _claiming(outbox.claim)
    for module, name in ((work, "finish"), (work, "retry"), (work, "bury"), (outbox, "retry"), (outbox, "fail")):
        setattr(module, name, _leaving(getattr(module, name)))
    work.finish = _after(FINISHING)(work.finish)
    outbox.confirm = _after(CONFIRMING)(_leaving(outbox.confirm))
    _replace(leases.held, _telling(leases.LeaseLost, REFUSED))
    Worker.tick = _telling(StoreUnavailable, WAITS)(Worker.tick)  # type: ignore[method-assign]  # as above


def note(what: str, of: object = None) -> None:
    """A line in the journal; the clock is the machine's, so that processes can be compared."""
    line = {"what": what, "of": of, "at": time.monotonic()}
    with _journal[0].open("a") as journal:
        journal.write(json.dumps(line) + "\n")


Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def _reach(window: str) -> None:
    if window in _wanted:
        _wanted.clear()
        note(window)
        os.kill(os.getpid(), signal.SIGSTOP)


def _before(window: str) -> Wrap:
    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*args: Any, **named: Any) -> Any:
            _reach(window)
            return function(*args, **named)

        return called

    return wrap


def _after(window: str, counts: Callable[[Any], bool] = lambda _: True) -> Wrap:
    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*args: Any, **named: Any) -> Any:
            result = function(*args, **named)
            if counts(result):
                _reach(window)
            return result

        return called

    return wrap


def _has_changes(written: Any) -> bool:
    return bool(written.changes)


def _telling(error: type[Exception], what: str) -> Wrap:
    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def called(*args: Any, **named: Any) -> Any:
            try:
                return function(*args, **named)
            except error:
                note(what)
                raise

        return called

    return wrap


def _claiming(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def called(*args: Any, **named: Any) -> Any:
        claim = function(*args, **named)
        if claim is not None:
            note(CLAIMED, _name(claim))
        return claim

    return called


def _leaving(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def called(tx: Any, claim: Any, *args: Any, **named: Any) -> Any:
        with _noted_after(claim):
            return function(tx, claim, *args, **named)

    return called


@contextmanager
def _noted_after(claim: Any) -> Iterator[None]:
    yield
    note(LEFT, _name(claim))


def _name(claim: Any) -> list[Any]:
    """What is leased, and by which claim."""
    return [getattr(claim, "lane", None) or f"decision:{claim.number}", claim.fence]


def _replace(function: Callable[..., Any], wrap: Wrap) -> None:
    """In every module that holds it, by whatever name it was imported."""
    wrapped = wrap(function)
    for module in [m for name, m in sys.modules.items() if name.partition(".")[0] == "adapter"]:
        for name, value in list(vars(module).items()):
            if value is function:
                setattr(module, name, wrapped)


def _bound(connection: Any, max_pages: Path) -> None:
    """SQLite keeps the bound by connection, and never below what there is."""
    connection.execute(f"PRAGMA max_page_count={int(max_pages.read_text())}")
