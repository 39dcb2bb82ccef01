"""How a write is made conditional: on our identifier, or on the version that was read (R4 http, search)."""

from collections.abc import Mapping
from urllib.parse import quote


def token(system: str, value: str) -> str:
    """A search value for an identifier (R4 search, escaping)."""
    return f"{_escaped(system)}|{_escaped(value)}"


def condition(identifier: Mapping[str, str]) -> str:
    """The condition of a conditional write, percent-encoded as it stands in a URL or `If-None-Exist`."""
    return f"identifier={quote(token(identifier['system'], identifier['value']), safe='')}"


def etag(version: str) -> str:
    """A version as `If-Match` wants it."""
    return f'W/"{version}"'


def _escaped(text: str) -> str:
    for sign in ("\\", "|", ",", "$"):
        text = text.replace(sign, f"\\{sign}")
    return text
