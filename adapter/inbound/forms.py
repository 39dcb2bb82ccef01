"""How a source writes, as its operator says: FHIR R5, and times of its own zone that carry no offset.

FHIR wants an offset with every time; real systems leave it out. Without the setting such a resource is not sound and
is put aside: nobody guesses which clock was meant.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapter.core.times import zone_named
from adapter.fhir.elements import UnknownType, elements_of, is_primitive
from adapter.fhir.r5 import to_r4
from adapter.inbound.checking import as_r4

_BARE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")
_TIMES = frozenset({"dateTime", "instant"})


@dataclass(frozen=True, slots=True)
class Form:
    """`is_r5`: all that it sends is R5, also what looks the same in R4. `time_zone`: whose clock its bare times are."""

    is_r5: bool = False
    time_zone: str | None = None

    def as_r4(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The resource in R4 with every offset that can be known; raises UnknownType and ValueError as `to_r4` does."""
        plain = to_r4(content).resource if self.is_r5 else as_r4(content)
        if self.time_zone is None:
            return plain
        return _timed(plain, str(plain.get("resourceType")), self.time_zone)


PLAIN = Form()


def _timed(node: Mapping[str, Any], type_name: str, zone: str) -> dict[str, Any]:
    try:
        elements = elements_of(type_name)
    except UnknownType:
        return dict(node)
    return {name: _of_element(value, elements.get(name), zone) for name, value in node.items()}


def _of_element(value: Any, element: Any, zone: str) -> Any:
    if isinstance(value, list):
        return [_of_element(one, element, zone) for one in value]
    if isinstance(value, Mapping) and (element is None or not is_primitive(element.type)):
        return _timed(value, str(value.get("resourceType") or getattr(element, "type", "")), zone)
    is_time = element is not None and element.type in _TIMES
    return _with_offset(value, zone) if is_time and isinstance(value, str) else value


def _with_offset(text: str, zone: str) -> str:
    """The time with the zone's offset; as it was where it has one, or where the clock showed it twice or never."""
    if not _BARE.fullmatch(text):
        return text
    try:
        bare = datetime.fromisoformat(text)
        early, late = (bare.replace(tzinfo=zone_named(zone), fold=fold) for fold in (0, 1))
        if early.utcoffset() != late.utcoffset():
            return text
    except (ValueError, OverflowError):
        return text
    seconds = "" if text.count(":") == 2 else ":00"
    return f"{text}{seconds}{early.isoformat()[-len('+00:00') :]}"
