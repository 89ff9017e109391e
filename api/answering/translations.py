"""Translates passages for readers, each once: what was written is kept as long as its article stands as it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from api.answering.worker_threads import WorkerPool
from api.auth.reader_tokens import Sight
from api.http.errors import RequestRefused, TimedOut, TooManyRequests
from api.schemas.replies import article_for_readers
from api.schemas.requests import TranslationIn
from rag.answer.translate import translate
from rag.engine import Engine
from rag.errors import BadInput, NotFound
from rag.shown import cut_stretch
from rag.text.languages import find_language
from rag.types import ANSWERING_STATUSES, Passage, Written

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class PassageStretch:
    """What is to be translated: article.text[start:end] in a passage, or that of the title (`headline`)."""

    passage: Passage
    start: int
    end: int
    headline: bool
    language: str  # of the reader


class Translations:
    """The translations by the language model, by passage, of which each revision of an article has its own, and
    language. Belongs to one event loop; `forget` may be called from any thread."""

    def __init__(self, engine: Engine, workers: WorkerPool, timeout_s: float, count: Callable[[Written], None]) -> None:
        """`count` is called with what the model wrote, once each time that it is asked."""
        self._engine, self._workers, self._timeout_s, self._count = engine, workers, timeout_s, count
        self._kept: OrderedDict[PassageStretch, asyncio.Task[Written]] = OrderedDict()
        self._change: int | None = None  # of the archive, up to which what was erased is forgotten

    async def of(
        self, article_id: str, asked: TranslationIn, sight: Sight, may_ask: Callable[[], Awaitable[bool]]
    ) -> Written:
        """Returns a translation. `may_ask` is called before the model is asked.

        Raises NotFound, Erased, BadInput, ChatUnavailable, Busy, TimedOut, TooManyRequests, and RequestRefused where no
        model is set.
        """
        if self._engine.writer is None:
            raise RequestRefused(
                "no-language-model",
                "No language model is set, so nothing is translated.",
                hint="Read the original; whoever runs the server sets TELAL_CHAT__MODEL.",
            )
        stretch = await self._workers.run(self._workers.finding, lambda: self._find(article_id, asked, sight))
        if stretch not in self._kept and not await may_ask():
            error = TooManyRequests("Today's quota of the language model is used up.", hint="Come back tomorrow.")
            error.retry_after_s = 3600
            raise error
        running = self._kept.get(stretch) or self._begin(stretch)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.shield(running)
        except TimeoutError:
            raise TimedOut("The translation took too long.", hint="Try again, or read the original.") from None

    def forget(self, article_ids: Iterable[str]) -> int:
        """Drops what was translated of these articles. Returns how many translations it was."""
        gone = frozenset(article_ids)
        return self._drop(lambda p: p.article_id in gone)

    def _drop(self, gone: Callable[[Passage], bool]) -> int:
        return sum(gone(one.passage) and self._kept.pop(one, None) is not None for one in list(self._kept))

    def _find(self, article_id: str, asked: TranslationIn, sight: Sight) -> PassageStretch:
        """Finds what is to be translated, as far as the reader may see it, and drops what no longer stands."""
        archive = self._engine.archive
        change = archive.last_change()
        if self._change is not None and archive.erased_since(self._change):
            self._kept.clear()
        self._change = change
        passages = self._standing(article_id)
        p = passages.get(asked.passage_id)
        if p is None:
            raise NotFound(
                f"The article {article_id!r} has no such passage now.", hint="It has changed since: ask again."
            )
        if (asked.start is None) != (asked.end is None):
            raise BadInput("Of start and end only one is given.", hint="Give both, as a citation has them, or none.")
        first, last = (0, len(p.title)) if asked.headline else (p.start, p.end)
        start, end = (first, last) if asked.start is None or asked.end is None else (asked.start, asked.end)
        if not first <= start < end <= last:
            raise BadInput(
                f"{start} to {end} is no stretch of what lies from {first} to {last}.",
                hint="Give start, end and headline as the citation has them, or none.",
            )
        if not asked.headline:
            text = p.text[start - first : end - first]
            end = start + len(cut_stretch(text, p.language, sight.level(p)))
        known = find_language(asked.language)
        return PassageStretch(p, start, end, asked.headline, known.tag if known else asked.language)

    def _standing(self, article_id: str) -> dict[str, Passage]:
        """Returns the passages of an article by id. Raises NotFound, Erased."""
        archive = self._engine.archive
        passages: dict[str, Passage] = {}
        try:
            article = article_for_readers(archive, article_id)
            if article.status not in ANSWERING_STATUSES:
                raise NotFound(f"The article {article_id!r} was withdrawn.", hint="Read another version of it.")
            passages = {one.passage.id: one.passage for one in archive.passages_of(article_id)}
        finally:
            self._drop(lambda p: p.article_id == article_id and p.id not in passages)
        return passages

    def _begin(self, stretch: PassageStretch) -> asyncio.Task[Written]:
        running = asyncio.ensure_future(self._workers.run(self._workers.asking, lambda: self._translate(stretch)))
        self._kept[stretch] = running
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

        def ended(task: asyncio.Task[Written]) -> None:
            failed = task.cancelled() or task.exception() or not task.result().sentences
            if failed and self._kept.get(stretch) is task:
                del self._kept[stretch]

        running.add_done_callback(ended)
        return running

    def _translate(self, stretch: PassageStretch) -> Written:
        writer, p = self._engine.writer, stretch.passage
        assert writer is not None
        told = translate(p, stretch.start, stretch.end, stretch.language, writer, headline=stretch.headline)
        self._count(told)
        if p.id not in self._standing(p.article_id):  # it was changed while the model wrote
            raise NotFound(f"The article {p.article_id!r} has changed.", hint="Ask again.")
        return told
