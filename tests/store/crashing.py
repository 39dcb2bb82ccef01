"""A program that stops inside a window, for a test to kill: python -m tests.store.crashing URL WINDOW NUMBER."""

import sys
from typing import NoReturn

from adapter.store import inbox, outbox, work
from adapter.store.engine import Store, open_store
from tests.store.samples import NOW, charge, decision, new_event


def main(url: str, window: str, number: int) -> None:
    store = open_store(url)
    lane = f"person:{number}"
    with store.begin() as tx:
        inbox.accept(tx, [new_event(number, lane)])
        if window == "inserted":
            _stop()
    if window == "committed":
        _stop()
    _look(store, window)


def _look(store: Store, window: str) -> None:
    with store.begin() as tx:
        claim = work.claim(tx, "doomed", NOW, 60)
        if window == "claiming":
            _stop()
    if claim is None or window == "leased":
        _stop()
    with store.begin() as tx:
        inbox.mark_applied(tx, [e.id for e in inbox.events_of(tx, claim.lane)])
        outbox.intend(tx, decision(claim.lane), [charge(claim.lane)], NOW)
        work.finish(tx, claim, NOW, None)
        if window == "finishing":
            _stop()
    _stop()


def _stop() -> NoReturn:
    print("here", flush=True)  # noqa: T201
    sys.stdin.read()
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
