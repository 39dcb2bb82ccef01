"""What all published resources share: their canonical, names, dates and where they hold."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from adapter.core.desired.frame import coding, tag
from adapter.core.ids import business_id
from adapter.core.packs import Pack

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


def canonical(base: str, type_name: str, name: str) -> dict[str, Any]:
    """Type, id and url. The id is the end of the url, so that a server at the base answers there."""
    resource_id = name if _ID.fullmatch(name) else business_id("published", type_name, name)
    return {"resourceType": type_name, "id": resource_id, "url": f"{base}/{type_name}/{name}"}


def of_pack(pack: Pack, type_name: str, name: str) -> dict[str, Any]:
    """The head of a resource that belongs to one pack, down to its date."""
    return {
        **canonical(pack.base, type_name, name),
        "meta": tag(pack),
        "version": pack.version,
        "name": machine_name(name),
        "title": title_of(pack),
        "status": "active",
        "date": latest_day([pack]),
        "jurisdiction": [coding("urn:iso:std:iso:3166", pack.jurisdiction)],
    }


def machine_name(name: str) -> str:
    """A name that programs can use (R4 invariant 0 of canonical resources): letters and digits."""
    return "".join(part.capitalize() for part in re.findall("[A-Za-z0-9]+", name))


def title_of(pack: Pack) -> str:
    """The title in the scheme's own language."""
    return pack.title.get(pack.language) or next(iter(pack.title.values()))


def latest_day(packs: Iterable[Pack]) -> str | None:
    """The last day on which an amount of these packs was verified; None where they have no amounts."""
    days: list[date] = [v.verified_on for p in packs for tariff in p.tariffs.values() for v in tariff.values]
    return str(max(days)) if days else None
