"""What the service counts since it started, in a registry of its own; labels are closed lists, sources are ours."""

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics

from adapter.inbound.dialects.authentication import Denial
from adapter.inbound.dialects.received import Kind

# Each counter would come with a gauge of its age beside it.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library annotates no return


class Counters:
    """Counters of one service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._received = Counter(
            "adapter_events_received",
            "Requests that were let in, by what they turned out to be",
            ["source", "kind"],
            registry=registry,
        )
        self._denied = Counter(
            "adapter_events_denied", "Requests that were not let in, by why", ["source", "code"], registry=registry
        )
        self._kept = Counter(
            "adapter_events_kept",
            "Events by what became of them: stored, duplicate, quarantined",
            ["source", "outcome"],
            registry=registry,
        )

    def received(self, source: str, kind: Kind) -> None:
        """A request was let in."""
        self._received.labels(source, kind.value).inc()

    def denied(self, source: str, code: Denial) -> None:
        """A request was not let in."""
        self._denied.labels(source, code.value).inc()

    def kept(self, source: str, stored: int, duplicates: int) -> None:
        """Events were taken."""
        self._kept.labels(source, "stored").inc(stored)
        self._kept.labels(source, "duplicate").inc(duplicates)

    def aside(self, source: str, number: int) -> None:
        """Events went to quarantine."""
        self._kept.labels(source, "quarantined").inc(number)
