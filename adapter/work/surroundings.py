"""What a worker works with: the store, the packs, the sources it may ask and the targets it writes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapter.core.packs import Pack
from adapter.inbound.sources import SourceClient
from adapter.outbound.writing import Writer
from adapter.store.engine import Store

EMBEDDED = "embedded"


@dataclass(frozen=True)
class Surroundings:
    """`bases`: the base URL of each source by name (a source without one keeps its name). `writers`: by target;
    `target`: the one that decisions are written to. `secret` keys pseudonyms; `lease_seconds` is how long a worker
    may hold a lane without renewing.
    """

    store: Store
    packs: tuple[Pack, ...]
    secret: bytes
    base: str
    writers: Mapping[str, Writer]
    target: str = EMBEDDED
    bases: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, SourceClient] = field(default_factory=dict)
    lease_seconds: float = 60.0

    def base_of(self, source: str) -> str:
        """How keys name a source: its base URL, else its name."""
        return self.bases.get(source, source)

    def client_of(self, base: str) -> SourceClient | None:
        """Whom to ask for resources of a base; only configured sources are ever asked."""
        return self.sources.get(base)
