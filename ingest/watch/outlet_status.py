"""Computes the status of every outlet, for `telal ingest status` and for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import and_, case, func, inspect, select

from ingest.watch.schema import items, sources
from ingest.watch.state import WatchState
from rag.errors import TelalError
from rag.store.archive.archive import Archive
from rag.store.database.rows import micros, moment
from rag.store.database.schema import tombstones

LAG_OVER = timedelta(days=1)  # the lag is of articles stored within the last day
LAGS_MOST = 2000
LATE = timedelta(days=7)  # an article that is older when first seen came late to its list: no lag of ours


@dataclass(frozen=True, slots=True)
class OutletStatus:
    """How the visits to one outlet go.

    `lag_s`: the median time in seconds from publication until an article is searchable, over the articles of the last
    day that were new when first seen. Articles without a date, or with a date after their arrival, do not count.
    """

    outlet: str
    sources: int = 0
    last_success: datetime | None = None
    last_error: str = ""  # of a source whose last visit failed; "" when none did
    failing: int = 0  # sources whose last visit failed
    held: int = 0  # stored articles of its sources, without erased ones
    rejected: int = 0
    waiting: int = 0  # pages to be tried again
    next_visit: datetime | None = None  # when the first of its sources is due
    lag_s: float | None = None


def outlet_statuses(state: WatchState, now: datetime) -> list[OutletStatus]:
    """Returns the status of every outlet with a source or an article, by name; [] when nothing was ever visited."""
    with state.reading() as connection:
        if not inspect(connection).has_table(sources.name):
            return []
        listed = list(connection.execute(select(sources)))
        counts = {(outlet, kind): count for outlet, kind, count in connection.execute(COUNTS)}
        lags = _lags(connection, now)
    found = []
    for name in sorted({row.outlet for row in listed} | {outlet for outlet, _ in counts}, key=str.casefold):
        own = [s for s in listed if s.outlet == name]
        failing = [s for s in own if s.failures]
        found.append(
            OutletStatus(
                outlet=name,
                sources=len(own),
                last_success=moment(max((s.succeeded for s in own if s.succeeded), default=None)),
                last_error=max(failing, key=lambda s: s.visited or 0).error if failing else "",
                failing=len(failing),
                held=counts.get((name, "held"), 0),
                rejected=counts.get((name, "rejected"), 0) + counts.get((name, "refused"), 0),
                waiting=counts.get((name, "failed"), 0),
                next_visit=moment(min((s.due for s in own), default=None)),
                lag_s=median(lags[name]) if name in lags else None,
            )
        )
    return found


STATE = case((tombstones.c.article_id.is_not(None), "erased"), else_=items.c.state)
COUNTS = (
    select(items.c.outlet, STATE, func.count())
    .outerjoin_from(items, tombstones, tombstones.c.article_id == items.c.article_id)
    .group_by(items.c.outlet, STATE)
)


def _lags(connection: Any, now: datetime) -> dict[str, list[float]]:
    c = items.c
    recent = and_(
        c.stored >= micros(now - LAG_OVER),
        c.live == 1,
        c.published.between(c.stored - int(LATE.total_seconds() * 1e6), c.stored),
    )
    asked = select(c.outlet, c.stored - c.published).where(recent).order_by(c.stored.desc()).limit(LAGS_MOST)
    found: dict[str, list[float]] = {}
    for outlet, lag in connection.execute(asked):
        found.setdefault(outlet, []).append(lag / 1e6)
    return found


GAUGES: dict[str, tuple[str, Callable[[OutletStatus], float | None]]] = {
    "telal_ingest_lag_seconds": ("From publication to answerable, median of a day", lambda f: f.lag_s),
    "telal_ingest_last_success_timestamp_seconds": (
        "Last visit that succeeded",
        lambda f: f.last_success.timestamp() if f.last_success else None,
    ),
    "telal_ingest_sources_failing": ("Sources whose last visit failed", lambda f: f.failing),
    "telal_ingest_articles": ("Articles from live sources", lambda f: f.held),
    "telal_ingest_pages_rejected": ("Pages that were not stored", lambda f: f.rejected),
    "telal_ingest_pages_waiting": ("Pages to be tried again", lambda f: f.waiting),
}


class IngestCollector(Collector):
    """Prometheus gauges of the outlets. Reads the database at each scrape, so it covers every process that watches."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yields one family a gauge with one sample an outlet, NaN where it has no value.

        Yields nothing before the first visit.
        """
        try:
            found = outlet_statuses(WatchState.read(self._archive), datetime.now(UTC))
        except TelalError:
            return
        for name, (text, from_row) in GAUGES.items() if found else ():
            family = GaugeMetricFamily(name, text, labels=["outlet"])
            for outlet in found:
                value = from_row(outlet)
                family.add_metric([outlet.outlet], float("nan") if value is None else value)
            yield family
