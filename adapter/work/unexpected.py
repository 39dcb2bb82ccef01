"""What nobody foresaw: a bug of ours, or of a pack. It is tried again as what fails for now, but not for ever."""

from pathlib import Path
from types import TracebackType

from adapter.core.errors import Temporary

MOST_ATTEMPTS = 12
"""Of a look, and of a write that fails in our own code; then a person must look."""


class Unexpected(Temporary):
    """The adapter itself failed; the log names the class of the exception, and the place."""

    code = "unexpected-failure"


def place_of(error: BaseException) -> str:
    """`module:line` of the innermost frame of ours, packs included; no message, which may quote a value."""
    place, trace = "unknown", error.__traceback__
    while trace is not None:
        place = _named(trace) or place
        trace = trace.tb_next
    return place


def _named(trace: TracebackType) -> str | None:
    module = str(trace.tb_frame.f_globals.get("__name__", ""))
    if module.startswith("adapter_pack_"):
        file = Path(trace.tb_frame.f_code.co_filename)
        module = f"{file.parent.name}.{file.stem}"
    elif not module.startswith("adapter."):
        return None
    return f"{module}:{trace.tb_lineno}"
