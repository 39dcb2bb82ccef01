"""What the service counts since it started, in a registry of its own; labels are closed lists, sources are ours."""

from collections.abc import Callable
from functools import cache

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
        # Looking a child up takes a lock of the whole counter.
        self._of: Callable[..., Counter] = cache(lambda counter, *labels: counter.labels(*labels))

    def received(self, source: str, kind: Kind) -> None:
        """A request was let in."""
        self._of(self._received, source, kind.value).inc()

    def denied(self, source: str, code: Denial) -> None:
        """A request was not let in."""
        self._of(self._denied, source, code.value).inc()

    def kept(self, source: str, stored: int, duplicates: int) -> None:
        """Events were taken."""
        for outcome, number in (("stored", stored), ("duplicate", duplicates)):
            if number:
                self._of(self._kept, source, outcome).inc(number)

    def aside(self, source: str, number: int) -> None:
        """Events went to quarantine."""
        if number:
            self._of(self._kept, source, "quarantined").inc(number)
