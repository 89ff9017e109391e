"""The figures of live ingestion for Prometheus: register `IngestCollector` where metrics are served."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ingest.watch.figures import figures, gauges
from ingest.watch.state import WatchState
from rag.errors import TelalError
from rag.store.archive import Archive


class IngestCollector(Collector):
    """Reads the archive's database at each scrape, so that it tells of every process that watches."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """One family a figure, one sample an outlet; none while there is no archive or nothing was ever visited."""
        try:
            found = figures(WatchState.read(self._archive), datetime.now(UTC))
        except TelalError:
            return []
        families: dict[str, GaugeMetricFamily] = {}
        for name, text, outlet, value in gauges(found):
            family = families.setdefault(name, GaugeMetricFamily(name, text, labels=["outlet"]))
            family.add_metric([outlet], value)
        return list(families.values())
