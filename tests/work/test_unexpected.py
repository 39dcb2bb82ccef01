"""A bug stops neither the worker nor other people, and ends as a dead letter that says where it is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapter.outbound.writing import Writer
from adapter.store import dead_letters, outbox
from adapter.store.dead_letters import Chosen
from adapter.work import Worker, looks
from adapter.work.pauses import LONGEST_SECONDS
from adapter.work.unexpected import MOST_ATTEMPTS, place_of
from tests.replay.visits import visit
from tests.work.conftest import Running

LONGEST = timedelta(seconds=LONGEST_SECONDS)


class Bug(Exception):
    """Holds a secret, as messages do."""


def _fail(*_: object) -> Any:
    raise Bug("Mme Dupont")


@pytest.fixture
def told(running: Running) -> list[Exception]:
    """What the worker told of."""
    found: list[Exception] = []
    assert running.around is not None
    around = replace(running.around, tell=found.append)
    running.worker = Worker(around, "test", clock=lambda: running.now)
    return found


def _letters(running: Running) -> set[tuple[str, str]]:
    with running.store.read() as tx:
        return {(one.kind.value, one.code) for one in dead_letters.dead_letters(tx, Chosen())}


def test_a_look_that_fails_in_our_code_becomes_a_dead_letter(
    running: Running, told: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "judge", _fail)
    running.send(*visit())
    for attempt in range(MOST_ATTEMPTS):
        assert ("look", "unexpected-failure") not in _letters(running), attempt
        running.settle()
        running.now += LONGEST
    assert _letters(running) == {("look", "unexpected-failure")}
    assert len(told) == MOST_ATTEMPTS
    assert place_of(told[0]).startswith("adapter.work.looks:")
    monkeypatch.undo()
    with running.store.begin() as tx:
        dead_letters.retry(tx, dead_letters.dead_letters(tx, Chosen()), running.now)
    running.settle()
    assert _letters(running) == set()


def test_a_write_that_fails_in_our_code_becomes_a_dead_letter(
    running: Running, told: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writer, "write", _fail)
    running.send(*visit())
    running.settle()
    with running.store.read() as tx:
        decisions = sum(outbox.counts(tx).values())
    for attempt in range(1, MOST_ATTEMPTS):
        assert not _letters(running), attempt
        running.now += LONGEST
        running.settle()
    assert _letters(running) == {("write", "unexpected-failure")}
    assert len(told) == MOST_ATTEMPTS * decisions
    assert place_of(told[0]).startswith("adapter.work.sending:")
