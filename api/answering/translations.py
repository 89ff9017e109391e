"""Translates passages for readers sentence by sentence, each once, so that a passage costs no more calls of the model
than it has sentences: what was written is kept as long as its article stands as it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from api.answering.worker_threads import WorkerPool
from api.auth.reader_tokens import Sight
from api.http.errors import RequestRefused, TimedOut, TranslationsSpent
from api.schemas.replies import article_for_readers
from api.schemas.requests import TranslationIn
from api.stops import note_stop
from rag.answer.translate import translate
from rag.engine import Engine
from rag.errors import BadInput, NotFound
from rag.shown import cut_stretch
from rag.text.languages import find_language
from rag.text.messages import message
from rag.text.sentences import Span, split_sentences
from rag.types import ANSWERING_STATUSES, Passage, Written

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class PassageStretch:
    """A sentence to be translated: article.text[start:end] in a passage, or the title (`headline`)."""

    passage: Passage
    start: int
    end: int
    headline: bool
    language: str  # of the reader


class Translations:
    """The translations by the language model, by sentence of a passage, of which each revision of an article has its
    own, and language. Belongs to one event loop; `forget` may be called from any thread."""

    def __init__(self, engine: Engine, workers: WorkerPool, timeout_s: float, count: Callable[[Written], None]) -> None:
        """`count` is called with what the model wrote, once each time that it is asked."""
        self._engine, self._workers, self._timeout_s, self._count = engine, workers, timeout_s, count
        self._kept: OrderedDict[PassageStretch, asyncio.Task[Written]] = OrderedDict()
        self._change: int | None = None  # of the archive, up to which what was erased is forgotten

    async def of(
        self, article_id: str, asked: TranslationIn, sight: Sight, may_ask: Callable[[], Awaitable[bool]]
    ) -> Written:
        """Returns a translation of the sentences that the stretch touches. `may_ask` is called before the model is
        asked for one.

        Raises NotFound, Erased, BadInput, ChatUnavailable, Busy, TimedOut, TranslationsSpent, and RequestRefused where
        no model is set.
        """
        if self._engine.writer is None:
            raise RequestRefused(
                "no-language-model",
                "No language model is set, so nothing is translated.",
                hint="Read the original; whoever runs the server sets TELAL_CHAT__MODEL.",
            )
        stretches = await self._workers.run(self._workers.finding, lambda: self._find(article_id, asked, sight))
        running, database = [], self._engine.archive.database
        for one in stretches:
            if one not in self._kept and not await may_ask():
                await self._workers.run(self._workers.finding, lambda: note_stop(database, "translations"))
                raise TranslationsSpent(
                    message("translations_spent", one.language),
                    hint="Its operator sets TELAL_SERVER__TRANSLATIONS_A_DAY and TELAL_SERVER__MODEL_ANSWERS_A_DAY.",
                )
            running.append(self._kept.get(one) or self._begin(one))
        try:
            async with asyncio.timeout(self._timeout_s):
                return _joined([await asyncio.shield(task) for task in running])
        except TimeoutError:
            raise TimedOut("The translation took too long.", hint="Try again, or read the original.") from None

    def forget(self, article_ids: Iterable[str]) -> int:
        """Drops what was translated of these articles. Returns how many translations it was."""
        gone = frozenset(article_ids)
        return self._drop(lambda p: p.article_id in gone)

    def _drop(self, gone: Callable[[Passage], bool]) -> int:
        return sum(gone(one.passage) and self._kept.pop(one, None) is not None for one in list(self._kept))

    def _find(self, article_id: str, asked: TranslationIn, sight: Sight) -> list[PassageStretch]:
        """Finds the sentences to be translated, as far as the reader may see them, and drops what no longer stands."""
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
        spans = [Span(0, last)] if asked.headline else split_sentences(p.text, p.language)
        touched = [s for s in spans if s.start + first < end and s.end + first > start]
        if not first <= start < end <= last or not touched:
            raise BadInput(
                f"{start} to {end} is no stretch of what lies from {first} to {last}.",
                hint="Give start, end and headline as the citation has them, or none.",
            )
        shown = last
        if not asked.headline:
            text = p.text[touched[0].start : touched[-1].end]
            shown = touched[0].start + len(cut_stretch(text, p.language, sight.level(p)))
        known = find_language(asked.language)
        language = known.tag if known else asked.language
        return [
            PassageStretch(p, first + s.start, first + min(s.end, shown), asked.headline, language)
            for s in touched
            if s.start < shown
        ]

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


def _joined(told: Sequence[Written]) -> Written:
    """Puts the translations of sentences together: all of them, or none where one may not be shown."""
    failed = [one for one in told if not one.sentences]
    if failed:
        return replace(
            failed[0],
            left_out=sum(one.left_out or len(one.sentences) for one in told),
            reasons=tuple(reason for one in failed for reason in one.reasons),
        )
    return replace(told[0], sentences=tuple(sentence for one in told for sentence in one.sentences))
