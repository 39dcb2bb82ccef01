"""Starts the adapter over and over: a program that imports and reads all once and forks, so that a start costs little.

    python -m tests.service.crashes.launching

Reads orders from stdin, one JSON object a line: `{"start": {...}}` answers a process id, `{"wait": ID}` its exit
status, once it has ended. All that it started ends with it.
"""

import ctypes
import gc
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import adapter.cli.serve
import adapter.cli.working
import adapter.store.migrations
import adapter.web.serving  # noqa: F401  # imported once, here, for all
from adapter.cli.main import main
from adapter.inbound.checking import fault_in
from adapter.mappings import load_packs
from tests.service.crashes import windows
from tests.service.crashes.accounts import person

_PARENT_DEATH_SIGNAL = 1
"""Of Linux's prctl."""


def run() -> None:
    """Take orders until there are no more."""
    load_packs()
    for resource in person(0):
        fault_in(resource)
    windows.lay()
    # What is shared is not walked again by each process, which would copy it.
    gc.freeze()
    started: set[int] = set()
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if "start" in order:
                answer = _start(order["start"])
                started.add(answer)
            else:
                answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
                started.discard(order["wait"])
            print(json.dumps(answer), flush=True)  # noqa: T201
    finally:
        for pid in started:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _start(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _be(order)
    return pid


def _be(order: dict[str, Any]) -> NoReturn:
    """The process that was asked for, until its end."""
    status: Any = 1
    try:
        # However the launcher ends: one that sleeps in a window would sleep for ever.
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        os.chdir(order["folder"])
        os.environ.update(order["environment"])
        log = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(ours, theirs)
        max_pages = order["max_pages"]
        windows.begin(order["window"], Path(max_pages) if max_pages else None)
        main(order["arguments"], prog_name="adapter")
    except SystemExit as end:
        status = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 0 if status is None else 1)


if __name__ == "__main__":
    run()
