"""How writing to a target fails, each way with its stable code."""

from adapter.core.errors import Permanent, Temporary


class Busy(Temporary):
    """Too many requests, or not available for now."""

    code = "target-busy"


class Conflict(Temporary):
    """Somebody else writes the same at the same time."""

    code = "target-conflict"


class VersionConflict(Conflict):
    """What was read had changed with every try."""

    code = "version-conflict"


class Failed(Temporary):
    """An error of the server."""

    code = "target-failed"


class Garbled(Temporary):
    """An answer that is none; what was sent may have been done."""

    code = "target-garbled"


class TimedOut(Temporary):
    """No answer in time; what was sent may have been done."""

    code = "target-timeout"


class Unreachable(Temporary):
    """No connection, or one that was cut; what was sent may have been done."""

    code = "target-unreachable"


class TokenUnavailable(Temporary):
    """The server that gives tokens gave none, for now."""

    code = "token-unavailable"


class BadCredentials(Permanent):
    """A key or a certificate of ours that cannot be used."""

    code = "bad-credentials"


class OutsideBase(Permanent):
    """A request to another address than the server's, with what only this server may see; it was not sent."""

    code = "outside-base"


class BadTarget(Permanent):
    """The address is none."""

    code = "bad-target"


class Denied(Permanent):
    """No or not enough authorisation."""

    code = "target-denied"


class TokenRefused(Denied):
    """The server that gives tokens does not know us, our key or our scopes."""

    code = "token-refused"


class NoTokenEndpoint(Denied):
    """Nobody says where tokens are given."""

    code = "no-token-endpoint"


class Lacking(Permanent):
    """The server does not offer what was asked."""

    code = "target-lacks"


class Redirected(Permanent):
    """The server points elsewhere; what we send goes nowhere but to the address given."""

    code = "target-redirects"


class Refused(Permanent):
    """The server will not take the content."""

    code = "target-refused"


class Untrusted(Permanent):
    """The TLS certificate cannot be trusted."""

    code = "target-untrusted"


class SeveralMatches(Permanent):
    """More than one resource has our identifier; `our_id` says which one we want, where that is known."""

    code = "several-matches"

    def __init__(self, message: str, our_id: str | None = None) -> None:
        super().__init__(message)
        self.our_id = our_id


class SearchIgnored(Permanent):
    """A search for an identifier found others: the server does not search by it."""

    code = "search-ignored"


class NotTried(Permanent):
    """Given up unsent, after failures in a row that were the target's."""

    code = "not-tried"
