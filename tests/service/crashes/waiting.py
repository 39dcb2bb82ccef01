"""Waits for what other processes do."""

import time
from collections.abc import Callable

SECONDS = 60.0
"""How long anything may take that a test waits for; only a failure takes so long."""


def wait_until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Come back as soon as a condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.01)
