"""What a worker counts: looks and writes, how they went, and how long they took."""

from collections.abc import Callable, Iterable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Figures:
    """Counters and histograms of one process; without a registry nobody reads them."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        made = registry or CollectorRegistry()
        self._looks = Counter("adapter_looks", "Looks by how they went", ["outcome"], registry=made)
        self._look_seconds = Histogram("adapter_look_seconds", "One look", buckets=_SECONDS, registry=made)
        self._writes = Counter(
            "adapter_writes", "Decisions by what became of writing them", ["target", "outcome"], registry=made
        )
        self._write_seconds = Histogram(
            "adapter_write_seconds", "Writing one decision", ["target"], buckets=_SECONDS, registry=made
        )
        self._documents = Counter(
            "adapter_documents", "Documents for the shared record by what became of them", ["outcome"], registry=made
        )
        self._left_alone = Gauge(
            "adapter_target_left_alone", "1 while a target is left alone after failures", ["target"], registry=made
        )

    def looked(self, outcome: str, seconds: float) -> None:
        """A look ended: `done`, `overtaken`, `put-off`, `failed`."""
        self._looks.labels(outcome).inc()
        self._look_seconds.observe(seconds)

    def wrote(self, target: str, outcome: str, seconds: float) -> None:
        """Writing a decision ended: `written`, `unchanged`, `overtaken`, `put-off`, `failed`."""
        self._writes.labels(target, outcome).inc()
        self._write_seconds.labels(target).observe(seconds)

    def document(self, outcome: str) -> None:
        """A document was handed over (`new`, `replace`, `visibility`, `delete`), failed for good (`failed`), or could
        not be made for a fault of ours (`broken`).
        """
        self._documents.labels(outcome).inc()

    def watch(self, targets: Iterable[str], is_left_alone: Callable[[str], bool]) -> None:
        """Ask at each scrape whether a target is left alone."""
        for target in targets:
            self._left_alone.labels(target).set_function(partial(is_left_alone, target))
