"""One JSON object a line on stderr, with words of a closed list only: no body, id, query string, token or name.

Libraries may log what they like: of their records only the level, the logger and the unfilled template are kept.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Flask, Response, g, request

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
    "worker-failed": "a worker stopped for a reason that it does not expect; `error` is the type",
}
"""Every event that is ever logged, as docs/service.md lists them."""


def log(event: str, **words: str | int | float | None) -> None:
    """Write one line; `event` is one of EVENTS, and `words` must hold nothing that came from outside."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = json.dumps({"at": at, "event": event, **{k: v for k, v in words.items() if v is not None}})
    # One write a line, which the stream keeps whole and flushes by itself: several threads share it.
    sys.stderr.write(f"{line}\n")


def log_requests(app: Flask, source_of: Callable[[str], str | None]) -> None:
    """Log every request of an app by its route's pattern; `source_of` names a source that the settings know."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        asked = (request.view_args or {}).get("source", "")
        ms = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
        log("request", method=_method(), route=route, status=response.status_code, ms=ms, source=source_of(asked))
        return response


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


def _method() -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return request.method if request.method in known else "other"
