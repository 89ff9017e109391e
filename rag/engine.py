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
from rag.answer.parts import events as joined_events
from rag.answer.parts import in_turn, join_answers, passages_each, queries
from rag.answer.read import Reads
from rag.answer.write import Asked, Writer, written_above
from rag.config import AUTO, EmbeddingSettings, SearchSettings, Settings
from rag.errors import ModelMismatch
from rag.models.embed import Embedder, OnnxEmbedder, load_embedder
from rag.models.files import OURS
from rag.newsroom import Newsroom
from rag.question.browse import Browsing, read_browsing
from rag.question.followup import hangs, left_by
from rag.question.prepare import hang, prepare, restate_query
from rag.reader.reader import load_reader
from rag.retrieve.newest import newest, newest_bearing
from rag.retrieve.search import Past, search
from rag.retrieve.stories import stories
from rag.store.archive.archive import Archive
from rag.store.desk.pins import PinKind, StoredPin
from rag.store.indexes import Indexes
from rag.text.language import relatives
from rag.types import Answer, Event, Filters, Finished, Hit, Interim, Passage, PassagesFound, Query, Story, Turn

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
        query = prepare(
            question,
            history=history,
            filters=filters,
            as_of=as_of,
            language=language,
            page_language=page_language,
            limit=max(self.settings.search.limit, _JUDGED),
            max_chars=self.settings.answer.question_max_chars,
        )
        return self._events(query, history)

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
        query = prepare(
            text,
            history=history,
            filters=filters,
            as_of=as_of,
            limit=limit or settings.search.limit,
            max_chars=settings.answer.question_max_chars,
        )
        return self._search(self._standalone(query, ()), settings.search)

    def latest(self, language: str, *, filters: Filters = Filters()) -> tuple[Story, ...]:
        """The newest stories, each in the version nearest to a language: up to eight in it, then up to eight others."""

        def newest_of(filters: Filters) -> tuple[Story, ...]:
            return _last(digest(Query("", "", language, filters=filters), Browsing(), (), self._sources())).digest

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
        query = prepare(question, as_of=as_of, limit=_JUDGED + 4 * len(without))
        if hits is None:
            hits = [hit for hit in self._search(query, self._answering) if hit.passage.article_id not in without][
                :_JUDGED
            ]
        if not hits:
            return None
        settings = self.settings.answer
        return weigh(query, hits, self._tools, passages=settings.passages, further=settings.further)

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

    def _search(self, query: Query, settings: SearchSettings) -> list[Hit]:
        model = self._model
        return self._retrieve(query, model.embedder.embed_query(query.text), settings, model.indexes)

    def _retrieve(
        self, query: Query, vector: NDArray[np.float32], settings: SearchSettings, indexes: Indexes
    ) -> list[Hit]:
        if query.as_of is None or query.as_of >= datetime.now(UTC).date():
            return search(query, vector, indexes=indexes, archive=self.archive, settings=settings)
        past = Past(self.archive, query.as_of)
        more = past.score_superseded(query, vector, weights=indexes, limit=settings.candidates)
        return search(query, vector, indexes=indexes, archive=past, settings=settings, more=more)

    def _standalone(self, query: Query, history: Sequence[Turn]) -> Query:
        """The query with the question before, where it hangs on that: the archive tells too little of it alone. A
        language model says it anew where there is one."""
        if self.writer is not None and history and query.before and self._hangs(query.text, query):
            if said := self.writer.restating.restate(query.original, history, query.language):
                return restate_query(query, said)
        context = ""
        for turn in query.before:
            context = left_by(turn, context, query.language) if context and self._hangs(turn, query) else turn
        return hang(query, context) if context and self._hangs(query.text, query) else query

    def _hangs(self, asked: str, query: Query) -> bool:
        best = self._search(replace(query, text=asked, limit=1), self._answering)
        return hangs(asked, best[0].score if best else 0.0, query.language)

    def _events(self, query: Query, history: Sequence[Turn]) -> Iterator[Event]:
        started = time.perf_counter()
        query = self._standalone(query, history)
        lookups = [self._look_up(q) for q in queries(query)]  # a language model is then given them whole
        hits = in_turn([b.hits for b in lookups])
        yield PassagesFound(tuple(hits[: self.settings.search.limit]), query.standalone)
        if len(lookups) == 1:
            events = self._compose(lookups[0])
        else:
            passages = passages_each(self.settings.answer.passages, len(lookups))
            answers = [_last(self._compose(b, passages=passages)) for b in lookups]
            events = joined_events(join_answers(query, answers))
        if self.writer is not None and not any(b.pin for b in lookups):
            asked = Asked(query, hits, history, self._tools_for(query, hits), self.archive.openings)
            events = written_above(events, asked, self.writer)
        for event in events:
            yield self._finish(event, query, started) if isinstance(event, Finished | Interim) else event

    def _look_up(self, query: Query) -> RetrievedHits:
        started, model, settings = time.perf_counter(), self._model, self._answering
        browsing = read_browsing(query.text, query.language, as_of=query.as_of) if query.browses else None
        searched = query
        if browsing is not None:
            searched = replace(query, text=browsing.searched or query.text, limit=_BROWSED)
            settings = settings.model_copy(update={"per_article": 1})
        pin = self.newsroom.pin_for(query, model.embedder)
        vector = model.embedder.embed_query(searched.text)
        embedded = time.perf_counter()
        silent = pin is not None and pin.kind is PinKind.SILENCE
        hits = [] if silent else self._retrieve(searched, vector, settings, model.indexes)
        timings = {"embed": (embedded - started) * 1000, "search": (time.perf_counter() - embedded) * 1000}
        return RetrievedHits(query, hits, timings, browsing, pin)

    def _compose(self, lookup: RetrievedHits, *, passages: int | None = None) -> Iterator[Event]:
        settings = self.settings.answer.model_copy(update={"threshold": self.threshold()})
        if passages is not None:  # one of several questions
            settings = settings.model_copy(update={"passages": passages, "further": 0})
        empty = not lookup.hits and self.archive.stats().passages == 0
        if lookup.browsing and not empty:
            composed = digest(lookup.query, lookup.browsing, lookup.hits, self._sources())
        else:
            composed = compose(
                lookup.query,
                lookup.hits,
                tools=self._tools_for(lookup.query, lookup.hits),
                settings=settings,
                empty_archive=empty,
            )
        if lookup.pin is not None:
            composed = self.newsroom.answer(lookup.pin, lookup.query, composed)
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

    def _finish(self, event: Finished | Interim, query: Query, started: float) -> Finished | Interim:
        """With the whole time, and with what the indexes have to say."""
        spent = {**event.answer.timings_ms, "total": (time.perf_counter() - started) * 1000}
        notices = (*(localise_notice(n, query.language) for n in self.indexes.notices()), *event.answer.notices)
        timings = {name: round(ms, 2) for name, ms in spent.items()}
        return replace(event, answer=replace(event.answer, timings_ms=timings, notices=notices))

    def _tools_for(self, query: Query, hits: Sequence[Hit]) -> Tools:
        """With the texts of the revisions that were found, which may have been superseded since the day asked of."""
        if not query.as_of:
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

    query: Query
    hits: Sequence[Hit]
    timings: dict[str, float]
    browsing: Browsing | None = None
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
