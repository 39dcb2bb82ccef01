"""What only the long-term care addition (介護保険のターミナルケア加算) asks for."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from adapter.core.findings import Finding, ask, criterion, met, missing, unmet

from .fact_types import CareRecord
from .insurances import levels_on
from .visits import DONE
from .windows import LastDays

_CONTENTS = ("record-body", "record-mind", "record-wishes")


@criterion("system-24h", "JP-L-02", "JP-M-07")
def system_24h(days: LastDays) -> Finding:
    """The station can be reached for 24 hours (24時間連絡体制) and visits when needed."""
    says = {"24h-system", "no-24h-system"} & {s for v in days.last for s in v.station_says}
    rows = [row for row in _rows(days) if "system_24h" in row and _holds(row, days.day)]
    says |= {"24h-system" if row["system_24h"] else "no-24h-system" for row in rows}
    if len(says) > 1:
        return ask(sorted(says), *days.last, reason="contradiction")
    if not says:
        return missing("Organization.type | stations", *days.last, reason="unknown")
    return met(*days.last) if says == {"24h-system"} else unmet(*days.last, reason="none")


@criterion("notified", "JP-L-03")
def notified(days: LastDays) -> Finding:
    """The prefecture was notified (届出) beforehand; a notice after the window began is for a person to judge."""
    if any("notified" in v.station_says for v in days.last):
        return met(*days.last)
    dates = sorted(str(row["notified_from"]) for row in _rows(days) if "notified_from" in row)
    if not dates:
        return missing("Organization.type | stations", *days.last, reason="unknown")
    if dates[0] <= str(days.first):
        return met(*days.last)
    if dates[0] > str(days.day):
        return unmet(*days.last, reason="late", day=dates[0])
    return ask([dates[0], str(days.first), str(days.day)], *days.last, reason="within", day=dates[0])


def _rows(days: LastDays) -> list[Mapping[str, Any]]:
    """What the site's table says of the station."""
    nationals = {n for v in days.last for a in v.stations for n in a.nationals}
    return [row for row in days.look.settings["stations"] if f"jp-institution|{row['id']}" in nationals]


def _holds(row: Mapping[str, Any], day: date | None) -> bool:
    return str(row.get("from", "")) <= str(day) < str(row.get("to", "9999"))


@criterion("care-level", "JP-L-10")
def care_level(days: LastDays) -> Finding:
    """Only for 要介護; 要支援 has no such addition."""
    told = levels_on(days.look, days.day) if days.day else []
    levels = {name for o in told for name in o.level}
    if len(levels) > 1:
        return ask(sorted(levels), *told, reason="contradiction")
    if not levels:
        return missing("Observation (care-level)", reason="unknown")
    return met(*told) if levels == {"care-needed"} else unmet(*told, reason="support")


@criterion("record-contents", "JP-L-05")
def record_contents(days: LastDays) -> Finding:
    """Advice: the record holds the body's changes, the mind's state and care, and the wishes at each step."""
    seen = [r for r in days.look.of(CareRecord) if r.status in DONE]
    lacking = [c for c in _CONTENTS if not any(c in r.contents for r in seen)]
    return missing("Composition.section", *seen, reason="lacking", list=", ".join(lacking)) if lacking else met(*seen)
