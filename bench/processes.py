"""Parts of a measurement in processes of their own, so that they do not take turns with what is measured."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LOCALHOST = "127.0.0.1"


@contextmanager
def started(module: str, *arguments: str) -> Iterator[int]:
    """A module of ours that serves until it is stopped; the port, which it prints first."""
    with subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise RuntimeError(f"{module} did not start")
            yield int(line)
        finally:
            process.kill()
