"""One request as a sender made it, free of any web framework; nothing of it shows in a repr or an exception."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DELETED = "X-Medplum-Deleted-Resource"
PROCESS_MESSAGE = "$process-message"


class Headers:
    """Headers by name in any case; their values are secrets as often as not, so the repr tells only how many."""

    __slots__ = ("_values",)

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._values = {name.lower(): value for name, value in (headers or {}).items()}

    def get(self, name: str) -> str:
        """The value without the white space around it; empty where there is none."""
        return self._values.get(name.lower(), "").strip()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def __repr__(self) -> str:
        return f"Headers({len(self._values)})"


@dataclass(frozen=True, slots=True)
class Request:
    """A request to `{hook}/{kind}/{id}` with its body as it came; `kind` may be an operation (`$process-message`).

    `proxied` says that the peer is a proxy which the settings trust: only then do its headers name a client.
    """

    method: str
    kind: str | None = field(default=None, repr=False)
    id: str | None = field(default=None, repr=False)
    headers: Headers = field(default_factory=Headers, repr=False)
    body: bytes = field(default=b"", repr=False)
    proxied: bool = False

    @property
    def content_type(self) -> str:
        """The media type with its parameters, as sent."""
        return self.headers.get("Content-Type")

    @property
    def deletes(self) -> bool:
        """Whether it can only tell of a deletion: by its verb, or by Medplum's header over a body that says nothing.

        Whoever waives the signature of deletions relies on this: nothing else in such a request is ever read.
        """
        if self.method.upper() == "DELETE":
            return True
        return DELETED in self.headers and self.body.strip() in (b"", b"{}")
