"""The sources that may notify us, as the hooks need them."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from adapter.inbound.admitting import Origin
from adapter.inbound.dialects.authentication import Credentials
from adapter.settings import Settings


@dataclass(frozen=True, slots=True)
class Sender(Origin):
    """A source, and what it shows us."""

    credentials: Credentials = field(default_factory=Credentials)


def senders_of(settings: Settings) -> Mapping[str, Sender]:
    """Every source of the settings by its name."""
    bases = {name: (one.base_url or name).rstrip("/") for name, one in settings.sources.items()}
    return {
        name: Sender(
            name, bases[name], frozenset(bases.values()) - {bases[name]}, bool(one.base_url), one.notifications
        )
        for name, one in settings.sources.items()
    }


class Proxies:
    """The peers whose word on a client's certificate counts."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(one, strict=False) for one in trusted]

    def __contains__(self, address: object) -> bool:
        if not self._networks:
            return False
        try:
            found = ipaddress.ip_address(str(address))
        except ValueError:
            return False
        return any(found in network for network in self._networks)


def is_loopback(address: str | None) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return address == "localhost"
