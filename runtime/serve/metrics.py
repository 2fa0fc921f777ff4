"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Bounds of the histogram of batches, in samples."""


class Metrics:
    """The figures of one server."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "netc_requests",
            "Requests for predictions, by status",
            ["status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "netc_request_seconds", "From request to answer", registry=self._registry
        )
        self.batches = Histogram(
            "netc_batch_samples", "Samples of a batch", buckets=SIZES, registry=self._registry
        )
        Gauge("netc_waiting_requests", "Requests that wait", registry=self._registry).set_function(
            waiting
        )

    def text(self) -> bytes:
        """All figures."""
        return generate_latest(self._registry)
