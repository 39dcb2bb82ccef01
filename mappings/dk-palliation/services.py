"""Services (ydelser) as they are counted: from billing data, each once however many sources report it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adapter.core.looks import Look

from .fact_types import Service
from .practices import numbers_of, provider_of

BILLED = frozenset({"billable", "billed"})


@dataclass(frozen=True, order=True)
class Counted:
    """What makes two lines one service, as far as a count needs it."""

    day: date
    kind: str
    code: str
    practice: str
    provider: str


def is_billed(service: Service) -> bool:
    """Billing data, and not only planned, refused or withdrawn."""
    return service.status in BILLED


def kind_of(service: Service) -> str:
    """`current`, `former`, or `example` for the code that is shipped as an example only."""
    if "current-service" in service.kinds:
        return "current"
    return "former" if "former-supplement" in service.kinds else "example"


def counted(look: Look) -> Mapping[Counted, Decimal]:
    """How often each service was billed; where several sources report it, the one that reports it most often."""
    by_source: dict[Counted, dict[str, Decimal]] = {}
    for service in _dated(look):
        sources = by_source.setdefault(_as_counted(service), {})
        source = service.evidence.key.source
        sources[source] = sources.get(source, Decimal(0)) + times(service)
    return {one: max(by_source[one].values()) for one in sorted(by_source)}


def undated(look: Look) -> tuple[Service, ...]:
    """Billed services whose day is not known: they belong to no quarter for sure."""
    return tuple(s for s in look.of(Service) if is_billed(s) and (s.at is None or s.at.day is None))


def times(service: Service) -> Decimal:
    """A whole quantity is a number of services; anything else (a length of time, nothing) is one service."""
    quantity = service.quantity
    return quantity if quantity and quantity > 0 and quantity == quantity.to_integral_value() else Decimal(1)


def _dated(look: Look) -> Iterable[Service]:
    return (s for s in look.of(Service) if is_billed(s) and s.at and s.at.day)


def _as_counted(service: Service) -> Counted:
    day = service.at.day if service.at else None
    return Counted(
        day or date.min,
        kind_of(service),
        "+".join(sorted(set(service.codes))),
        "+".join(numbers_of(service.practices)),
        provider_of(service.providers),
    )
