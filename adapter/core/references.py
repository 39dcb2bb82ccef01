"""Every form a FHIR reference may take (R4 references: literal, logical, contained, conditional).

Parsing is separate from resolving: the same text means another resource in another source.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs

_LITERAL = re.compile(
    r"(?:(?P<base>https?://[^?#]+)/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.\-]{1,64})(?:/_history/(?P<version>[^/?#]+))?"
)
_CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?(?P<query>.+)")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What names a resource: the source it lives in, its type and its id there.

    `source` is the server's base URL, or a plain label for files that name no server.
    """

    source: str
    type: str
    id: str

    @property
    def text(self) -> str:
        """How others refer to it: absolute where the server is known, relative or `urn:` otherwise."""
        if self.id.startswith("urn:"):
            return self.id
        local = f"{self.type}/{self.id}"
        return f"{self.source}/{local}" if self.source.startswith(("http://", "https://")) else local


@dataclass(frozen=True, slots=True)
class Contained:
    """`#id`: a resource inside the one that refers to it; an empty id is the container itself."""

    id: str


@dataclass(frozen=True, slots=True)
class Literal:
    """`Type/id`, with a base where absolute, and a version where `/_history/v` follows."""

    base: str | None
    type: str
    id: str
    version: str | None = None

    def key(self, source: str) -> Key:
        """The resource meant, for a reference found in `source`."""
        return Key(self.base or source, self.type, self.id)


@dataclass(frozen=True, slots=True)
class Urn:
    """`urn:uuid:` or `urn:oid:`: the fullUrl of an entry."""

    text: str


@dataclass(frozen=True, slots=True)
class Logical:
    """An identifier instead of an address: `Reference.identifier`, or `Patient?identifier=system|value`."""

    type: str | None
    system: str | None
    value: str


Parsed = Contained | Literal | Urn | Logical


_LONGEST_KEPT = 512
"""What is remembered must not grow with what a stranger sends; real references are far shorter."""


def parse_reference(text: str) -> Parsed | None:
    """Parse `Reference.reference`; None where the text has none of the known forms."""
    return _remembered(text) if len(text) <= _LONGEST_KEPT else _parsed(text)


@lru_cache(maxsize=1024)
def _remembered(text: str) -> Parsed | None:
    return _parsed(text)


def _parsed(text: str) -> Parsed | None:
    if text.startswith("#"):
        return Contained(text[1:])
    if text.startswith("urn:"):
        return Urn(text)
    if literal := _LITERAL.fullmatch(text):
        return Literal(literal["base"], literal["type"], literal["id"], literal["version"])
    if conditional := _CONDITIONAL.fullmatch(text):
        return _identifier_query(conditional["type"], conditional["query"])
    return None


def _identifier_query(type_name: str, query: str) -> Logical | None:
    values = parse_qs(query, strict_parsing=False).get("identifier")
    if not values or len(values) != 1:
        return None
    system, bar, value = values[0].partition("|")
    return Logical(type_name, system, value) if bar else Logical(type_name, None, system)
