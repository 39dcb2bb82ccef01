"""One JSON object a line on stderr, with words of a closed list only: no body, id, query string, token or name.

Libraries may log what they like: of their records only the level, the logger and the unfilled template are kept.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from flask import Flask

EVENTS: Mapping[str, str] = {
    "request": "a request was answered",
    "failure": "a request failed for the adapter's own fault; `error` is the type of the exception",
    "library": "a library had something to say; `text` is its template, without what it would fill in",
    "started": "the service listens",
    "worry": "a setting gives reason to worry; `text` says which, and what to do",
    "stopping": "a signal came: nothing new is accepted, what was accepted is finished",
    "stopped": "everything is finished",
    "caught-up": "a source was asked what happened meanwhile; `text` says why, and what that guarantees",
    "swept": "every resource that a live charge rests on was read again at its source",
    "not-caught-up": "a source could not be caught up with for now; `text` is the error's code",
    "renewed": "Subscriptions at a source were renewed, or asked for anew after `error` or `off`; `text` says how many",
    "not-renewed": "that failed for now; `text` is the error's code",
    "forgot": "notifications that are done with, and older than `retention_days`, were deleted",
    "judged-by": "a pack, a setting or the program changed since everybody was last looked at",
    "worker-failed": "a look, a write or a chore failed in our own code; `error` is its type, `place` where",
}
"""Every event that is ever logged, as docs/service.md lists them."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


Word = str | int | float | None


class Log(Protocol):
    """What writes a line: `log`, or what does so later."""

    def __call__(self, event: str, **words: Word) -> None:
        """`event` is one of EVENTS, and `words` must hold nothing that came from outside."""


def log(event: str, **words: Word) -> None:
    """Write one line now; see Log."""
    # One write a line, which the stream keeps whole and flushes by itself: several threads share it.
    sys.stderr.write(line_of(datetime.now(UTC), event, words))


def line_of(at: datetime, event: str, words: Mapping[str, Word]) -> str:
    """The line, with its end; a word that is None is left out."""
    said = {word: value for word, value in words.items() if value is not None}
    return json.dumps({"at": at.isoformat(timespec="milliseconds"), "event": event, **said}) + "\n"


def log_requests(app: Flask, source_of: Callable[[str], str | None], log: Log) -> None:
    """Log every request of an app by its route's pattern; `source_of` names a source that the settings know."""
    answer = app.wsgi_app

    # Around the app rather than in it: each function that Flask calls for a request costs another look at its context.
    def logged(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()

        def start(status: str, *more: Any) -> Any:
            ms = round((time.perf_counter() - began) * 1000, 1)
            route, asked = _asked(environ)
            source, code = source_of(asked), int(status[:3])
            log("request", method=_method(environ), route=route, status=code, ms=ms, source=source)
            return start_response(status, *more)

        return answer(environ, start)

    app.wsgi_app = logged  # type: ignore[method-assign]  # how Flask takes what is to stand around it


def quiet_libraries() -> None:
    """Let no library write what it was sent: its records come out as ours, without their arguments."""
    root = logging.getLogger()
    root.handlers[:] = [_Templates()]
    root.setLevel(logging.WARNING)


class _Templates(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        # A record that was filled in already has no arguments left, and may hold anything.
        text = str(record.msg) if record.args else None
        log("library", level=record.levelname.lower(), logger=record.name, text=text, error=error)


def _asked(environ: Mapping[str, Any]) -> tuple[str, str]:
    """The pattern of the route that was found, and what it calls the source."""
    request = environ["werkzeug.request"]
    route = request.url_rule.rule if request.url_rule else "none"
    return route, (request.view_args or {}).get("source", "")


def _method(environ: Mapping[str, Any]) -> str:
    method: str = environ["REQUEST_METHOD"]
    return method if method in _METHODS else "other"
