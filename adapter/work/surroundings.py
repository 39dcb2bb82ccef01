"""What a worker works with: the store, the packs, the sources it may ask and the targets it writes to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapter.core.packs import Pack
from adapter.core.plans import OWNED
from adapter.dmp.preparing import Sharing
from adapter.dmp.transports.roads import Transport
from adapter.inbound.forms import Form
from adapter.inbound.sources import SourceClient
from adapter.outbound.writing import Writer
from adapter.store.engine import Store
from adapter.work.circuits import Circuits
from adapter.work.figures import Figures

EMBEDDED = "embedded"
DMP = "dmp"
"""In place of a target's name: the road by which documents go to the shared record."""


def all_embedded(_type: str) -> str:
    """Where nothing is configured, everything stays in our own database."""
    return EMBEDDED


@dataclass(frozen=True, slots=True)
class Road:
    """How documents leave. `patches`: who may see a version is changed without another one; `home` is the base URL of
    a server ("" for files).
    """

    transport: Transport
    patches: bool = False
    home: str = ""


def _ignored(_error: Exception) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Surroundings:
    """`bases`: the base URL of each source by name (a source without one keeps its name). `writers`: by target;
    `target_of`: the target that takes resources of a type; `homes`: the base URLs of targets, by name, where they are
    not our own database. `secret` keys pseudonyms; `lease_seconds` is how long a worker may hold a lane without
    renewing. Threads of one process share `circuits` and `figures`.
    `forms`: how sources write, by base URL, where their operator says so. `sharing` is how documents are made,
    `road` how they leave (None: they do not). `tell` gets exceptions that nobody expected.
    """

    store: Store
    packs: tuple[Pack, ...]
    secret: bytes
    base: str
    writers: Mapping[str, Writer]
    target_of: Callable[[str], str] = all_embedded
    homes: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, SourceClient] = field(default_factory=dict)
    lease_seconds: float = 60.0
    circuits: Circuits = field(default_factory=Circuits)
    figures: Figures = field(default_factory=Figures)
    forms: Mapping[str, Form] = field(default_factory=dict)
    tell: Callable[[Exception], None] = _ignored
    sharing: Sharing = field(default_factory=lambda: Sharing(()))
    road: Road | None = None

    def base_of(self, source: str) -> str:
        """How keys name a source: its base URL, else its name."""
        return self.bases.get(source, source)

    def name_of(self, base: str) -> str:
        """The name of the source with a base URL; what has none goes by its name."""
        return next((name for name, one in self.bases.items() if one == base), base)

    def client_of(self, base: str) -> SourceClient | None:
        """Whom to ask for resources of a base; only configured sources are ever asked."""
        return self.sources.get(base)

    def types_of(self, target: str) -> frozenset[str]:
        """The types that go to a target, of those that we write."""
        return frozenset(name for name in OWNED if self.target_of(name) == target)

    def targets_at(self, base: str) -> list[str]:
        """The targets that are the server of this base URL; usually none."""
        return [name for name, home in self.homes.items() if home == base]
