"""The sources that may notify us, as the hooks need them."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from adapter.inbound.dialects.authentication import Credentials
from adapter.settings import Settings


@dataclass(frozen=True, slots=True)
class Sender:
    """A source by name; `base` is how keys name it, `others` are the bases of all other sources."""

    name: str
    base: str
    credentials: Credentials
    others: frozenset[str] = frozenset()
    can_be_read: bool = False


def senders_of(settings: Settings) -> Mapping[str, Sender]:
    """Every source of the settings by its name."""
    bases = {name: (one.base_url or name).rstrip("/") for name, one in settings.sources.items()}
    return {
        name: Sender(
            name, bases[name], one.notifications, frozenset(bases.values()) - {bases[name]}, bool(one.base_url)
        )
        for name, one in settings.sources.items()
    }


class Proxies:
    """The peers whose word on a client's certificate counts."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(one, strict=False) for one in trusted]

    def __contains__(self, address: object) -> bool:
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
