"""Killed anywhere, a program leaves each event either not there or with somebody to look at it."""

import subprocess
import sys
import time

import pytest

from adapter.store import inbox, outbox, work
from adapter.store.engine import Store
from adapter.store.inbox import Accepted
from adapter.store.work import Claim
from tests.conventions.project_files import ROOT
from tests.store.samples import NOW, charge, decision, later, new_event

ROUNDS = 3
# What is there afterwards: the event, the row of the work list, the decision.
WINDOWS = {
    "inserted": (False, False, False),
    "committed": (True, True, False),
    "claiming": (True, True, False),
    "leased": (True, True, False),
    "finishing": (True, True, False),
    "finished": (True, False, True),
}


def _crash(url: str, window: str, number: int) -> None:
    command = [sys.executable, "-m", "tests.store.crashing", url, window, str(number)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as doomed:
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == b"here\n"
        doomed.kill()


def _claim_in_time(store: Store) -> Claim | None:
    """PostgreSQL may need a moment to see that who held the row is gone."""
    until = time.monotonic() + 60
    claim = None
    while claim is None and time.monotonic() < until:
        with store.begin() as tx:
            claim = work.claim(tx, "heir", later(61), 60)
    return claim


@pytest.mark.parametrize("window", WINDOWS)
def test_a_killed_program_leaves_all_or_nothing(url: str, store: Store, window: str) -> None:
    has_event, has_work, has_decision = WINDOWS[window]
    for number in range(ROUNDS):
        lane = f"person:{number}"
        _crash(url, window, number)
        if has_work:
            claim = _claim_in_time(store)
            assert claim is not None
            assert claim.lane == lane
            with store.begin() as tx:
                (event,) = inbox.events_of(tx, lane)
                assert outbox.wanted(tx, decision(lane)) is None
                inbox.mark_applied(tx, [event.id])
                outbox.intend(tx, decision(lane), [charge(lane)], NOW)
                assert work.finish(tx, claim, later(62), None) is True
        with store.begin() as tx:
            assert (outbox.wanted(tx, decision(lane)) is not None) == (has_work or has_decision)
            assert work.counts(tx, later(999)) == {"due": 0, "held": 0, "later": 0, "dead": 0}
            (again,) = inbox.accept(tx, [new_event(number, lane)])
            assert again == (Accepted.DUPLICATE if has_event else Accepted.STORED)
            tx.rollback()
