"""The three kinds of failure, so that every caller knows whether to retry, to give up or to wait.

`code` is stable and documented (docs/errors.md): people and alerts match on it, never on the message.
"""


class AdapterError(Exception):
    """A failure with a stable code and a message that names no person."""

    code = "error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class Temporary(AdapterError):
    """Worth another try after `retry_after` seconds."""

    code = "temporary"

    def __init__(self, message: str, retry_after: float | None = None, code: str | None = None) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class Permanent(AdapterError):
    """Another try would fail the same way; a person must look."""

    code = "permanent"


class Blocked(AdapterError):
    """Waits for a fact or a setting that is not there yet; `str(error)` is the reason."""

    code = "blocked"
