"""Metrics for Prometheus. Streams are timed until their first event, as their length says nothing."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.follow.webhooks import Webhooks
from api.freshness import Freshness
from api.stops import stops
from ingest.watch.outlet_status import IngestCollector
from rag.engine import Engine
from rag.errors import TelalError
from rag.types import Answer, Written

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """The metrics of one worker."""

    def __init__(self, engine: Engine, freshness: Freshness) -> None:
        self._engine, self._freshness = engine, freshness
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(IngestCollector(engine.archive))
        self.requests = Counter("telal_requests", "Replies", ["route", "method", "status"], registry=registry)
        self.seconds = Histogram(
            "telal_request_seconds", "Until the reply ends", ["route"], buckets=_SECONDS, registry=registry
        )
        self.first = Histogram(
            "telal_stream_first_seconds", "Until a stream begins", ["route"], buckets=_SECONDS, registry=registry
        )
        self.streams = Gauge("telal_streams_open", "Streams being sent", registry=registry)
        self._answers = Counter("telal_answers", "Answers", ["status", "language", "answered_by"], registry=registry)
        self._stages = Histogram("telal_stage_seconds", "Of an answer", ["stage"], buckets=_SECONDS, registry=registry)
        self._withdrawn = Counter("telal_sentences_withdrawn", "Quotes that stand no more", registry=registry)
        self._written = Counter(
            "telal_sentences_written",
            "Of a language model: shown, or why not",
            ["judge", "verdict"],
            registry=registry,
        )
        self._model = Counter(
            "telal_model_answers", "What came of asking the language model", ["model", "outcome"], registry=registry
        )
        self._resting = Gauge("telal_model_resting", "1 while it is not asked after three failures", registry=registry)
        self._held = Gauge("telal_archive", "What the archive holds", ["what"], registry=registry)
        self._lag = Gauge("telal_index_lag_changes", "Changes an index is behind", ["index"], registry=registry)
        self._newest = Gauge(
            "telal_outlet_newest_timestamp_seconds", "When its newest article came in", ["outlet"], registry=registry
        )
        self._follows = Gauge("telal_follows", "What is followed and waits to be sent", ["what"], registry=registry)
        self._stops = Gauge("telal_stops", "How often a bound stopped somebody", ["bound"], registry=registry)
        self._degraded = Gauge("telal_notices", "Degraded modes", registry=registry)

    def count_answer(self, answer: Answer) -> None:
        """Counts an answer by status, language and stages; none of its words."""
        self._answers.labels(answer.status.value, answer.language.split("-")[0][:3], answer.answered_by).inc()
        self._withdrawn.inc(answer.withdrawn)
        if answer.written is not None:
            self.count_written(answer.written)
        for stage, ms in answer.timings_ms.items():
            self._stages.labels(stage).observe(ms / 1000)

    def count_written(self, written: Written) -> None:
        """Counts what came of asking a language model."""
        for verdict in (*(s.verdict.value for s in written.sentences), *written.reasons):
            self._written.labels(written.judge or "off", verdict).inc()
        outcome = "written" if written.sentences else "no_answer" if written.no_answer else "nothing"
        self._model.labels(written.model, outcome).inc()

    def text(self) -> bytes:
        """Writes all metrics in Prometheus' format."""
        try:
            self._look()
        except TelalError:
            self._held.labels("articles").set(float("nan"))
        return generate_latest(self.registry)

    def _look(self) -> None:
        held, indexes = self._engine.archive.stats(), self._engine.indexes.status()
        for what in ("articles", "passages", "revisions", "erased", "bytes"):
            self._held.labels(what).set(getattr(held, what))
        for index in ("keyword", "exact", "vector_store"):
            at = getattr(indexes, f"{index}_change")
            if at is not None:
                self._lag.labels(index).set(max(0, held.last_change - at))
        writer = self._engine.writer
        self._resting.set(writer is not None and writer.breaker.resting)
        self._newest.clear()
        for outlet, newest in self._freshness.newest().items():
            self._newest.labels(outlet).set(newest.timestamp())
        database = self._engine.archive.database
        for what, count in Webhooks(database).counts().items():
            self._follows.labels(what).set(count)
        for bound, count in stops(database).items():
            self._stops.labels(bound).set(count)
        self._degraded.set(len(self._engine.indexes.notices()))


class MetricsMiddleware:
    """Counts and times every reply by the pattern of its route, as there is no end of addresses."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, metrics = time.perf_counter(), self._metrics
        streams = False

        async def watched(message: Message) -> None:
            nonlocal streams
            if message["type"] == "http.response.start":
                route = _route(scope)
                method = scope["method"] if scope["method"] in _METHODS else "other"
                metrics.requests.labels(route, method, str(message["status"])).inc()
                if Headers(scope=message).get("content-type", "").startswith("text/event-stream"):
                    streams = True
                    metrics.streams.inc()
                    metrics.first.labels(route).observe(time.perf_counter() - begun)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            if streams:
                metrics.streams.dec()
            else:
                metrics.seconds.labels(_route(scope)).observe(time.perf_counter() - begun)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", None) or "other")
