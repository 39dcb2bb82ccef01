"""What the surroundings may lack, set right before a command starts: open streams, UTF-8, a SIGTERM that cleans up."""

import os
import signal
import sys
import threading
from io import TextIOWrapper
from typing import Any, NoReturn


def prepare() -> None:
    """Output is UTF-8 whatever the locale says: the same data gives the same bytes, and no text is too foreign."""
    sys.stdout = _usable(sys.stdout)
    sys.stderr = _usable(sys.stderr)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)


def _usable(stream: Any) -> Any:
    if stream is None:  # closed by whoever started us
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream


def _stop(*_: object) -> NoReturn:
    """As Ctrl-C: the temporary files of a run hold what was read, and must not outlive it."""
    raise KeyboardInterrupt
