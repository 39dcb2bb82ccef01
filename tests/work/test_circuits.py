"""A target that fails by itself is left alone until a moment, then tried by one; others go on."""

from datetime import timedelta

import pytest

from adapter.core.errors import AdapterError
from adapter.outbound.errors import Busy, Conflict, Denied, Failed, Refused, TimedOut, Unreachable
from adapter.work.circuits import LONGEST_SECONDS, MOST_FAILURES, Circuits
from tests.work.conftest import NOW

EVER = timedelta(days=1)


def _broken(error: AdapterError, times: int = MOST_FAILURES) -> Circuits:
    circuits = Circuits()
    for _ in range(times):
        circuits.failed("billing", error, NOW)
    return circuits


@pytest.mark.parametrize("error", [Unreachable("x"), TimedOut("x"), Failed("x"), Busy("x"), Denied("x")])
def test_after_failures_in_a_row_a_target_is_left_alone(error: AdapterError) -> None:
    assert _broken(error, MOST_FAILURES - 1).ask(NOW) == (frozenset(), frozenset())
    assert _broken(error).ask(NOW) == ({"billing"}, frozenset())


@pytest.mark.parametrize("error", [Refused("x"), Conflict("x")])
def test_what_is_not_the_targets_fault_is_an_answer(error: AdapterError) -> None:
    circuits = _broken(Unreachable("x"), MOST_FAILURES - 1)
    circuits.failed("billing", error, NOW)
    circuits.failed("billing", Unreachable("x"), NOW)
    assert circuits.left_alone("billing", NOW) is None


def test_one_alone_tries_when_the_pause_is_over() -> None:
    circuits = _broken(Unreachable("x"))
    assert circuits.ask(NOW + EVER) == (frozenset(), {"billing"})
    assert circuits.ask(NOW + EVER) == ({"billing"}, frozenset())
    circuits.release(frozenset({"billing"}))
    assert circuits.ask(NOW + EVER) == (frozenset(), {"billing"})


def test_a_good_answer_ends_it() -> None:
    circuits = _broken(Unreachable("x"))
    circuits.ask(NOW + EVER)
    circuits.succeeded("billing")
    assert circuits.ask(NOW) == (frozenset(), frozenset())
    assert circuits.left_alone("billing", NOW) is None


def test_pauses_grow_and_are_bounded() -> None:
    circuits, now, pauses = Circuits(), NOW, []
    for _ in range(20):
        while (pause := circuits.left_alone("billing", now)) is None:
            circuits.failed("billing", Unreachable("x"), now)
        pauses.append(pause.total_seconds())
        now += pause
        assert circuits.ask(now) == (frozenset(), {"billing"})
        circuits.failed("billing", Unreachable("x"), now)
        pauses.append((circuits.left_alone("billing", now) or timedelta()).total_seconds())
        now += timedelta(seconds=pauses[-1])
        circuits.ask(now)
        circuits.release(frozenset({"billing"}))
    assert pauses[0] <= 5
    assert LONGEST_SECONDS / 2 <= pauses[-1] <= LONGEST_SECONDS


def test_threads_that_fail_together_are_one_failure() -> None:
    circuits = _broken(Unreachable("x"), 50)
    pause = circuits.left_alone("billing", NOW)
    assert pause is not None
    assert pause <= timedelta(seconds=5)


def test_what_the_target_asks_for_is_kept_at_once() -> None:
    circuits = _broken(Busy("x", 600), 1)
    assert circuits.left_alone("billing", NOW) == timedelta(seconds=600)
    assert circuits.ask(NOW + timedelta(seconds=599)) == ({"billing"}, frozenset())
    assert circuits.ask(NOW + timedelta(seconds=600)) == (frozenset(), {"billing"})


def test_nobody_is_believed_for_longer_than_an_hour() -> None:
    assert _broken(Busy("x", 10**9), 1).left_alone("billing", NOW) == timedelta(hours=1)
