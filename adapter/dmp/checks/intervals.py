"""Whether what lasts begins before it ends, across offsets."""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from adapter.dmp.checks.reading import ROOT, elements, texts
from adapter.dmp.faults import Fault

_PLACES = ("documentationOf/serviceEvent", "componentOf/encompassingEncounter")
_FORMS = {14: "%Y%m%d%H%M%S%z", 12: "%Y%m%d%H%M%z"}


def interval_faults(root: etree._Element) -> Iterator[Fault]:
    """A fault for each effectiveTime that does not begin before it ends."""
    for place in _PLACES:
        path = "/".join(f"h:{name}" for name in place.split("/"))
        for item in elements(root, f"{path}/h:effectiveTime[h:low/@value and h:high/@value]"):
            low, high = (texts(item, f"h:{end}/@value")[0] for end in ("low", "high"))
            if not _before(low, high):
                yield Fault("cda-interval", f"{ROOT}/{place}/effectiveTime", "what lasts does not begin before it ends")


def _before(low: str, high: str) -> bool:
    """Instants by their offsets; coarser times as far as both go. A malformed one is another rule's matter."""
    instants = _instant(low), _instant(high)
    if instants[0] is not None and instants[1] is not None:
        return instants[0] < instants[1]
    length = min(len(low), len(high), 8)
    return low != high and low[:length] <= high[:length]


def _instant(value: str) -> datetime | None:
    form = _FORMS.get(len(value) - 5)
    try:
        return datetime.strptime(value, form) if form else None
    except ValueError:
        return None
