"""The ratio of two pieces of work, measured turn by turn so that a drifting machine slows both."""

import statistics
import time
from collections.abc import Callable


def ratio_of(one: Callable[[], object], other: Callable[[], object], rounds: int = 5) -> float:
    """The median of `rounds` ratios one/other, after a warm-up of each."""
    one()
    other()
    return statistics.median(_seconds(one) / _seconds(other) for _ in range(rounds))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
