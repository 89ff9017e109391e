"""The services that the routes share, built once by `build_app` and handed to them by FastAPI."""

from __future__ import annotations

import os
from collections.abc import Callable, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import Depends, Request

from api.answering.reuse import InFlightAnswers
from api.answering.story_counts import StoryCounts
from api.answering.translations import Translations
from api.answering.worker_threads import AdmissionQueue, WorkerPool
from api.auth.limits import Limiter
from api.auth.reader_tokens import ReaderRights, Sight
from api.desk.asked import QuestionRecorder
from api.follow.store import Follows
from api.follow.webhooks import Webhooks
from api.freshness import Freshness
from api.metrics import Metrics
from api.reader_data.answer_ids import AnswerIds
from api.reader_data.conversations import Conversations
from api.reader_data.shares import Shares
from api.readiness import Readiness
from ingest.outlets import site_outlets
from rag.config import Settings
from rag.newsroom import Newsroom
from rag.store.database.database import Database

T = TypeVar("T")

_ANSWER_S = 0.3  # a first guess at the time to write an answer

BUDGET_SPENT = "Today's quota of the language model is used up; this answer is made of quotes."


@dataclass(frozen=True, slots=True)
class Services:
    """The engine and the services around it. `quotes` is the same engine without a language model."""

    engine: Newsroom
    quotes: Newsroom
    settings: Settings
    workers: WorkerPool
    limiter: Limiter
    metrics: Metrics
    conversations: Conversations
    shared: InFlightAnswers
    recorder: QuestionRecorder
    shares: Shares
    follows: Follows
    webhooks: Webhooks
    answer_ids: AnswerIds
    readiness: Readiness
    freshness: Freshness
    story_counts: StoryCounts
    translations: Translations
    rights: ReaderRights

    @classmethod
    def over(cls, engine: Newsroom, settings: Settings) -> Services:
        """Makes the services of a server with these settings. Raises BadSettings."""
        server, quotes = settings.server, engine
        if settings.chat.model is not None:
            quotes = engine.without_model()
        limiter, database = Limiter(server.limits_url), engine.archive.database
        freshness = Freshness(engine.archive)
        workers, metrics = _workers(settings), Metrics(engine, freshness)
        return cls(
            engine=engine,
            quotes=quotes,
            settings=settings,
            workers=workers,
            limiter=limiter,
            metrics=metrics,
            conversations=Conversations(database, kept_s=server.conversation_s),
            shared=InFlightAnswers(engine.archive.last_change),
            recorder=QuestionRecorder(database),
            shares=Shares(database, days=server.share_days),
            follows=Follows(database, most=server.follows),
            webhooks=Webhooks(database, most=server.follows),
            answer_ids=AnswerIds(database),
            readiness=Readiness(engine, on_server=settings.archive.url is not None),
            freshness=freshness,
            story_counts=StoryCounts(quotes),
            translations=Translations(engine, workers, server.answer_timeout_s, metrics.count_written),
            rights=ReaderRights(lambda: site_outlets(settings, database), server.reader_keys),
        )

    @property
    def database(self) -> Database:
        """The archive's database, which also holds what the server keeps. It must not be opened twice
        (docs/decisions/090)."""
        return self.engine.archive.database

    async def run(self, work: Callable[[], T]) -> T:
        """Runs short blocking work in a thread and returns its result. Raises Busy."""
        return await self.workers.run(self.workers.finding, work)

    async def sight(self, request: Request | None) -> Sight:
        """Returns how much of each article this reader is shown. Raises RequestRefused for a token that is not
        right."""
        return await to_thread.run_sync(self.rights.sight, request)

    def notices(self, found: Sized) -> list[str]:
        """Returns degraded modes in words; when nothing was found, also whether the archive is empty."""
        empty = "" if len(found) else self.engine.archive.notice_if_empty()
        return [*self.engine.indexes.notices(), *([empty] if empty else [])]

    async def may_use_model(self) -> bool:
        """Counts an answer by the language model. Returns False when today's quota is used up."""
        return await self._within_day("model", self.settings.server.model_answers_a_day)

    async def may_translate(self) -> bool:
        """Counts a sentence that the language model translates. Returns False when today's quota is used up."""
        most = self.settings.server.translations_a_day
        return await self._within_day("translations", most) and await self.may_use_model()

    async def _within_day(self, name: str, most: int | None) -> bool:
        if self.settings.chat.model is None or most is None:
            return True
        standing = await self.limiter.hit(name, f"{most}/day", "all") if most else None
        return standing is not None and standing.allowed

    def close(self) -> None:
        """Starts no more work; what runs is finished."""
        self.recorder.close()
        self.readiness.close()
        self.workers.pool.shutdown(wait=False, cancel_futures=True)


def _workers(settings: Settings) -> WorkerPool:
    """Makes the worker threads of a server.

    Waiting for a language model costs a thread. Everything else computes, and more threads than cores only
    slow each other down: 200 readers got 266 answers without an error from 2 threads, 183 with 127 errors from 4.
    """
    server, cores = settings.server, os.cpu_count() or 1
    finding = min(server.concurrency, cores)
    wait_s = min(server.queue_wait_s, server.answer_timeout_s)
    found = AdmissionQueue(slots=finding, queue=server.queue, wait_s=wait_s)
    asking = server.concurrency if settings.chat.model else 1
    return WorkerPool(
        pool=ThreadPoolExecutor(2 * finding + asking, thread_name_prefix="answer"),
        finding=found,
        writing=AdmissionQueue(slots=finding, queue=server.queue, wait_s=wait_s, work_s=_ANSWER_S, after=found),
        asking=AdmissionQueue(slots=asking, queue=server.queue, wait_s=wait_s),
    )


def services(request: Request) -> Services:
    """Returns the services of the app that serves this request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


ServicesOf = Annotated[Services, Depends(services)]
