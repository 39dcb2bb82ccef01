"""Exit codes: stable numbers, documented in docs/errors.md, so that a script can tell what happened."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import click

from adapter.core.errors import AdapterError, Blocked, Permanent, Temporary
from adapter.mappings import BadPack
from adapter.settings import BadSettings


class Exit(IntEnum):
    """What the command ended with."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    SETUP = 3
    TARGET = 4
    BLOCKED = 5
    STOPPED = 130


class Failure(click.ClickException):
    """An error that ends the command with one line on stderr and its number."""

    def __init__(self, message: str, exit_code: Exit) -> None:
        super().__init__(message)
        self.__dict__["exit_code"] = int(exit_code)


class SystemRefused(Permanent):
    """Something that the operating system would not do: room or rights are lacking."""

    code = "system-refused"


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turns every expected failure into one line and its exit code."""
    try:
        yield
    except (BadPack, BadSettings) as error:
        raise Failure(f"{error} [{error.code}]", Exit.SETUP) from error
    except Blocked as error:
        raise Failure(f"{error} [{error.code}]", Exit.BLOCKED) from error
    except Temporary as error:
        raise Failure(f"{error} [{error.code}]", Exit.TARGET) from error
    except AdapterError as error:
        raise Failure(f"{error} [{error.code}]", Exit.USAGE) from error
    except KeyboardInterrupt as error:
        raise Failure("stopped; nothing was half-written", Exit.STOPPED) from error
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever read stdout went away: click ends quietly
            raise
        what = f"{error.filename or 'stdout'}: {error.strerror or type(error).__name__}"
        raise _refused(f"{what}; make room or check the rights") from error
    except sqlite3.OperationalError as error:
        raise _refused(f"the temporary folder: {error}; make room, or name another folder with TMPDIR") from error


def _refused(what: str) -> Failure:
    return Failure(f"{what} [{SystemRefused.code}]", Exit.USAGE)
