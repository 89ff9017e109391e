"""Telal in one object: ask, stream, search. Start reading here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from rag.answer.chat import Models, load_models
from rag.answer.compose import compose
from rag.answer.digest import Sources, digest
from rag.answer.judge import Evidence, Tools, fitted_models, weigh
from rag.answer.messages import localise_notice
from rag.answer.parts import each, in_turn, join_answers, passages_each
from rag.answer.parts import events as joined_events
from rag.answer.read import Reads
from rag.answer.write import Asked, Writer, written_above
from rag.config import AUTO, EmbeddingSettings, SearchSettings, Settings
from rag.errors import ModelMismatch
from rag.models.embed import Embedder, OnnxEmbedder, load_embedder
from rag.models.files import OURS
from rag.newsroom import Newsroom
from rag.question.followup import bare, is_follow_up
from rag.question.prepare import earlier, prepare, resolve, restate
from rag.question.question import Question, Topic
from rag.reader.reader import load_reader
from rag.retrieve.newest import newest, newest_bearing
from rag.retrieve.search import Past, search
from rag.retrieve.stories import stories
from rag.store.archive.archive import Archive
from rag.store.desk.pins import PinKind, StoredPin
from rag.store.indexes import Indexes
from rag.text.language import relatives
from rag.types import Answer, Event, Filters, Finished, Hit, Interim, Passage, PassagesFound, Story, Turn

_WARM = "Ко је потписао споразум у Тирани?"
_JUDGED = 20  # passages that the refusal decision looks at, read or not
_BROWSED = 60  # articles found among which a digest chooses


class Engine:
    """Answers questions from one archive. Safe to use from many threads.

    >>> with Engine.open(load_settings()) as telal:
    ...     print(telal.ask("Who signed the Tirana agreement?").text)
    """

    def __init__(
        self,
        archive: Archive,
        indexes: Indexes,
        embedder: Embedder,
        settings: Settings,
        *,
        models: Models | None = None,
        reader: Reads | None = None,
    ) -> None:
        self.archive, self.settings = archive, settings
        self._model = ModelIndexes(embedder, indexes)
        reader = reader or reader_of(settings.embedding, embedder)
        self._tools = Tools(archive.texts, reader, self._clusters_of, self.stories)
        self.writer = Writer.of(models, settings.chat) if models else None
        self.newsroom = Newsroom(archive, self.evidence)
        self._answering = settings.search.model_copy(update={"per_article": settings.answer.per_article})

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        own: bool | None = None,
        models: Models | None = None,
        progress: Callable[[str], None] = lambda line: None,
        wrapped: Callable[[Embedder], Embedder] = lambda embedder: embedder,
    ) -> Engine:
        """An engine over the data directory of the settings; creates an empty archive where there is none.

        `own`: True to be the process that writes the indexes (DirectoryOwned if another one is), False to read
        only, None to own them if nobody does. A data directory that may not be written is read only, whatever `own`
        is. `wrapped` puts something around the embedding model. Raises the errors of rag.errors.
        """
        archive = Archive.open_as_allowed(settings)
        if archive.read_only:
            own = False  # nobody can
            progress(f"{settings.data_dir} may not be written: questions are answered, and nothing can be taken in.")
        try:
            settings = settings.model_copy(update={"embedding": embedding_of(settings, archive)})
            embedder = load_embedder(settings.embedding, progress=progress)
            check_model(archive, embedder)
            reader = reader_of(settings.embedding, embedder)
            models = models or load_models(settings.chat)
            indexes = Indexes(archive, settings, dimension=embedder.dimension, own=own)
            indexes.start()
        except BaseException:
            archive.close()
            raise
        return cls(archive, indexes, wrapped(embedder), settings, models=models, reader=reader)

    @property
    def embedder(self) -> Embedder:
        """The embedding model that the archive's vectors are from."""
        return self._model.embedder

    @property
    def indexes(self) -> Indexes:
        """What is searched."""
        return self._model.indexes

    def renew(self, embedder: Embedder, indexes: Indexes) -> Indexes:
        """Switches to another model and its indexes. Returns the former indexes, which the caller must close.

        Questions under way finish with the former ones.
        """
        former, self._model = self._model, ModelIndexes(embedder, indexes)
        return former.indexes

    def ask(
        self,
        question: str,
        *,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        language: str | None = None,
        page_language: str | None = None,
    ) -> Answer:
        """The answer to a question, or a refusal as a value. Raises BadInput for what is no question."""
        return _last(
            self.stream(
                question,
                filters=filters,
                history=history,
                as_of=as_of,
                language=language,
                page_language=page_language,
            )
        )

    def stream(
        self,
        question: str,
        *,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        language: str | None = None,
        page_language: str | None = None,
    ) -> Iterator[Event]:
        """The events of an answer as they are ready: passages, citations and sentences, the whole answer last.

        The question is checked at once, before the first event is asked for: BadInput comes from this call.
        """
        asked = prepare(
            question,
            history=history,
            filters=filters,
            as_of=as_of,
            language=language,
            page_language=page_language,
            max_chars=self.settings.answer.question_max_chars,
        )
        return self._events(asked)

    def search(
        self,
        text: str,
        *,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        limit: int | None = None,
    ) -> list[Hit]:
        """Passages for a text, best first. Raises BadInput."""
        settings = self.settings
        max_chars = settings.answer.question_max_chars
        asked = prepare(text, history=history, filters=filters, as_of=as_of, max_chars=max_chars)
        return self._search(resolve(asked, self._best_score(asked)), settings.search, limit or settings.search.limit)

    def latest(self, language: str, *, filters: Filters = Filters()) -> tuple[Story, ...]:
        """The newest stories, each in the version nearest to a language: up to eight in it, then up to eight others."""

        def newest_of(filters: Filters) -> tuple[Story, ...]:
            return _last(digest(Question("", language, filters=filters), Topic(), (), self._sources())).digest

        every = newest_of(filters)
        own = () if filters.languages else newest_of(replace(filters, languages=relatives(language)))
        versions = {article_id: s for s in every for article_id in (s.article_id, *(v.article_id for v in s.also))}
        told = dict.fromkeys(versions.get(s.article_id, s) for s in own)
        return tuple(dict.fromkeys((*told, *every)))

    def evidence(
        self,
        question: str,
        *,
        as_of: date | None = None,
        without: frozenset[str] = frozenset(),
        hits: Sequence[Hit] | None = None,
    ) -> Evidence | None:
        """The evidence for a question on a day, as if the articles in `without` were not in the archive; of these
        `hits`, where they are given, instead of those found for it. None when nothing is found.

        `python -m research.train answers` learns from it.
        """
        asked = prepare(question, as_of=as_of)
        if hits is None:
            found = self._search(asked, self._answering, _JUDGED + 4 * len(without))
            hits = [hit for hit in found if hit.passage.article_id not in without][:_JUDGED]
        if not hits:
            return None
        settings = self.settings.answer
        return weigh(asked, hits, self._tools, passages=settings.passages, further=settings.further)

    def threshold(self) -> float:
        """The confidence from which Telal answers: as set at the desk, else by the settings, else as fitted."""
        chosen = (self.newsroom.threshold(), self.settings.answer.threshold)
        return next((one for one in chosen if one is not None), fitted_models().thresholds.answer)

    def warm(self) -> None:
        """Loads what the first question would wait 0.9 s for: tables of languages and names, and mapped vectors."""
        self.search(_WARM)

    def close(self) -> None:
        """Closes the indexes cleanly, then the archive. May be called twice."""
        self.indexes.close()
        self.archive.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _search(self, question: Question, settings: SearchSettings, limit: int) -> list[Hit]:
        model = self._model
        return self._retrieve(question, model.embedder.embed_query(question.text), settings, limit, model.indexes)

    def _retrieve(
        self, question: Question, vector: NDArray[np.float32], settings: SearchSettings, limit: int, indexes: Indexes
    ) -> list[Hit]:
        if question.as_of is None or question.as_of >= datetime.now(UTC).date():
            return search(question, vector, archive=self.archive, indexes=indexes, settings=settings, limit=limit)
        past = Past(self.archive, question.as_of)
        more = past.score_superseded(question, vector, weights=indexes, limit=settings.candidates)
        return search(question, vector, archive=past, indexes=indexes, settings=settings, limit=limit, more=more)

    def _standalone(self, asked: Question) -> Question:
        """The question made to stand alone; a language model says it anew where there is one."""
        best_score = self._best_score(asked)
        if self.writer is not None and earlier(asked) and is_follow_up(bare(asked), best_score(asked.text)):
            if said := self.writer.restating.restate(asked.typed, asked.history, asked.language):
                return restate(asked, said)
        return resolve(asked, best_score)

    def _best_score(self, asked: Question) -> Callable[[str], float]:
        """Gives the score of the best hit for a text, within the filters of a question."""

        def score(text: str) -> float:
            best = self._search(replace(asked, text=text), self._answering, 1)
            return best[0].score if best else 0.0

        return score

    def _events(self, asked: Question) -> Iterator[Event]:
        started = time.perf_counter()
        question = self._standalone(asked)
        lookups = [self._look_up(one) for one in each(question)]  # a language model is then given them whole
        hits = in_turn([b.hits for b in lookups])
        yield PassagesFound(tuple(hits[: self.settings.search.limit]), question.standalone)
        if len(lookups) == 1:
            events = self._compose(lookups[0])
        else:
            passages = passages_each(self.settings.answer.passages, len(lookups))
            answers = [_last(self._compose(b, passages=passages)) for b in lookups]
            events = joined_events(join_answers(question, answers))
        if self.writer is not None and not any(b.pin for b in lookups):
            found = Asked(question, hits, self._tools_for(question, hits), self.archive.openings)
            events = written_above(events, found, self.writer)
        for event in events:
            yield self._finish(event, question, started) if isinstance(event, Finished | Interim) else event

    def _look_up(self, question: Question) -> RetrievedHits:
        started, model, settings = time.perf_counter(), self._model, self._answering
        searched, limit = question, max(self.settings.search.limit, _JUDGED)
        if question.topic is not None:
            searched, limit = replace(question, text=question.topic.words or question.text), _BROWSED
            settings = settings.model_copy(update={"per_article": 1})
        pin = self.newsroom.pin_for(question, model.embedder)
        vector = model.embedder.embed_query(searched.text)
        embedded = time.perf_counter()
        silent = pin is not None and pin.kind is PinKind.SILENCE
        hits = [] if silent else self._retrieve(searched, vector, settings, limit, model.indexes)
        timings = {"embed": (embedded - started) * 1000, "search": (time.perf_counter() - embedded) * 1000}
        return RetrievedHits(question, hits, timings, pin)

    def _compose(self, lookup: RetrievedHits, *, passages: int | None = None) -> Iterator[Event]:
        settings = self.settings.answer.model_copy(update={"threshold": self.threshold()})
        if passages is not None:  # one of several questions
            settings = settings.model_copy(update={"passages": passages, "further": 0})
        empty = not lookup.hits and self.archive.stats().passages == 0
        if lookup.question.topic and not empty:
            composed = digest(lookup.question, lookup.question.topic, lookup.hits, self._sources())
        else:
            composed = compose(
                lookup.question,
                lookup.hits,
                tools=self._tools_for(lookup.question, lookup.hits),
                settings=settings,
                empty_archive=empty,
            )
        if lookup.pin is not None:
            composed = self.newsroom.answer(lookup.pin, lookup.question, composed)
        for event in composed:
            if isinstance(event, Finished):
                event = Finished(replace(event.answer, timings_ms={**lookup.timings, **event.answer.timings_ms}))
            yield event

    def _sources(self) -> Sources:
        return Sources(
            partial(newest, archive=self.archive),
            partial(newest_bearing, indexes=self._model.indexes, archive=self.archive),
            self.archive.texts,
            partial(self.stories, retold=True),
        )

    def _finish(self, event: Finished | Interim, question: Question, started: float) -> Finished | Interim:
        """With the whole time, and with what the indexes have to say."""
        spent = {**event.answer.timings_ms, "total": (time.perf_counter() - started) * 1000}
        notices = (*(localise_notice(n, question.language) for n in self.indexes.notices()), *event.answer.notices)
        timings = {name: round(ms, 2) for name, ms in spent.items()}
        return replace(event, answer=replace(event.answer, timings_ms=timings, notices=notices))

    def _tools_for(self, question: Question, hits: Sequence[Hit]) -> Tools:
        """With the texts of the revisions that were found, which may have been superseded since the day asked of."""
        if not question.as_of:
            return self._tools
        revisions = {hit.passage.article_id: hit.passage.revision for hit in hits}
        return replace(self._tools, texts_of=lambda article_ids: self.archive.texts(article_ids, revisions))

    def stories(self, passages: Sequence[Passage], language: str, *, retold: bool = False) -> list[tuple[Passage, ...]]:
        """The passages as stories, the version nearest to a language first (`rag/retrieve/stories.py`)."""
        means = self._model.indexes.means()
        return stories(passages, language, archive=self.archive, means=means, retold=retold)

    def _clusters_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        return {article_id: cluster.id for article_id, cluster in self.archive.clusters(article_ids).items()}


@dataclass(frozen=True, slots=True)
class ModelIndexes:
    """An embedding model together with the indexes of its vectors. Vectors of different models are never compared."""

    embedder: Embedder
    indexes: Indexes


@dataclass(frozen=True, slots=True)
class RetrievedHits:
    """One question, what was found for it and how long that took."""

    question: Question
    hits: Sequence[Hit]
    timings: dict[str, float]
    pin: StoredPin | None = None


def _last(events: Iterator[Event]) -> Answer:
    for event in events:
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("a stream always ends with Finished")


def reader_of(settings: EmbeddingSettings, embedder: Embedder) -> Reads:
    """The shipped reader, sharing the embedding model's tokenizer where that has one."""
    if isinstance(embedder, OnnxEmbedder):
        return load_reader(settings, tokenizer=embedder.tokenizer)
    return _alone(settings.model_dump_json())


@lru_cache(maxsize=1)
def _alone(settings: str) -> Reads:
    """The reader with a tokenizer of its own (100 MB), kept: an engine may be opened often."""
    return load_reader(EmbeddingSettings.model_validate_json(settings))


def embedding_of(settings: Settings, archive: Archive | None = None) -> EmbeddingSettings:
    """The embedding model for an archive: that of the settings, else the one of Telal's that made the archive's
    vectors.

    `archive`: the archive of the settings, if it is open already.
    """
    if settings.embedding.model != AUTO:
        return settings.embedding
    if archive is None:
        with Archive.open(settings) as opened:
            return embedding_of(settings, opened)
    held = archive.identity
    name = held.model_id.partition("@")[0] if held else AUTO
    return settings.embedding.model_copy(update={"model": name if name in OURS else AUTO})


def check_model(archive: Archive, embedder: Embedder) -> None:
    """Raises ModelMismatch when the archive's vectors were made by another model."""
    known = archive.identity
    if known and (known.model_id, known.dimension) != (embedder.model_id, embedder.dimension):
        raise ModelMismatch(
            f"The archive was built with the model {known.model_id} ({known.dimension} dimensions), "
            f"the settings name {embedder.model_id} ({embedder.dimension}).",
            hint="Set TELAL_EMBEDDING__MODEL back, or embed every article anew: `telal reindex`.",
        )
