"""Texts and times as they stand in a field of HL7 v2."""

from collections.abc import Sequence

from adapter.dmp.pfi.errors import NotForPfi

Part = str | None | Sequence[str | None]
"""A component: a text, nothing, or its sub-components."""

_ESCAPED = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_CONTROLS = {chr(number): " " for number in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
_SIGNS = str.maketrans(_ESCAPED | _CONTROLS)


def escaped(text: str) -> str:
    """A text as field content (HL7 v2.5, 2.7); a sign that a string (ST) cannot hold becomes a space.

    Done here because hl7apy leaves what looks like an escape sequence as it is: a title with `\\F\\` in it would be
    read as one with `|`. It escapes nothing twice, so what comes from here passes it unchanged.
    """
    return text.translate(_SIGNS)


def field(*parts: Part) -> str:
    """A field of components: `field("a", None, ("b", "c"))` is `a^^b&c`."""
    return "^".join(_component(part) for part in parts).rstrip("^")


def timestamp(text: str) -> str:
    """A FHIR dateTime as `YYYYMMDDHHMMSS+ZZZZ`, as precise as it is. Raises NotForPfi for anything else."""
    date, _, rest = text.partition("T")
    time, sign, zone = _zoned(rest)
    stamp = date.replace("-", "") + time.partition(".")[0].replace(":", "") + sign + zone.replace(":", "")
    if not stamp.removesuffix(sign + zone.replace(":", "")).isdigit():
        raise NotForPfi("a time that is no FHIR dateTime")
    return stamp


def _zoned(rest: str) -> tuple[str, str, str]:
    if rest.endswith("Z"):
        return rest[:-1], "+", "00:00"
    for sign in ("+", "-"):
        time, found, zone = rest.rpartition(sign)
        if found:
            return time, sign, zone
    return rest, "", ""


def _component(part: Part) -> str:
    if part is None:
        return ""
    if isinstance(part, str):
        return escaped(part)
    return "&".join(escaped(text or "") for text in part).rstrip("&")
