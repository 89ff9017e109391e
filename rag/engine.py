"""Telal in one object: ask, stream, search. Start reading here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rag.answer.chat import Models, load_models
from rag.answer.compose import answer_question, answer_small_talk
from rag.answer.course import shown_version, tell
from rag.answer.digest import MOST, digest
from rag.answer.judge import Evidence, Snapshot, load_fitted, weigh
from rag.answer.latest import NEWEST, NewestStories, StoriesPage
from rag.answer.parts import events as joined_events
from rag.answer.parts import in_turn, join_answers
from rag.answer.quote import answer_to, refuse
from rag.answer.read import Reads, check_reader
from rag.answer.tellings import compare, independent
from rag.answer.turn import Signs
from rag.answer.write import Writer, written_above
from rag.config import AUTO, EmbeddingSettings, SearchSettings, Settings
from rag.errors import BadInput, ModelMismatch, NotFound
from rag.models.caching_embedder import CachingEmbedder
from rag.models.embed import Embedder, OnnxEmbedder, check_embedder, load_embedder
from rag.models.files import OURS, find_or_download, silent
from rag.own_class import own_class
from rag.question.browse import read_topic
from rag.question.followup import asks_nothing, bare, content, named, stands_alone
from rag.question.parse import with_seen_names
from rag.question.prepare import prepare, readings, restate
from rag.question.question import Intent, PageArticle, Question
from rag.question.same import centred
from rag.reader.cross_encoder import CrossEncoderReader
from rag.reader.reader import Reader, load_reader
from rag.reader.weights import FOLDER, is_reader
from rag.retrieve.matter import FoundStory, find_story
from rag.retrieve.newest import newest, newest_bearing
from rag.retrieve.search import Past, search, search_in
from rag.retrieve.stories import nearness, stories
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from rag.store.vectors.language_centering import mean_questions
from rag.text.languages import find_language
from rag.text.messages import localise_notice, unknown_language
from rag.text.names import seen_names
from rag.types import (
    ANSWERING_STATUSES,
    FOREIGN,
    Answer,
    AnswerStatus,
    Event,
    Filters,
    Finished,
    Hit,
    InterimAnswer,
    Note,
    Passage,
    PassagesFound,
    StoriesPlace,
    Tellings,
    Turn,
    WholeStory,
)

_WARM = "Ко је потписао споразум у Тирани?"
_JUDGED = 20  # passages that the refusal decision looks at, read or not
_NAMING = 10  # of them, by whose capitals names are known
_BROWSED = 60  # articles found among which a digest chooses
_SURE = (AnswerStatus.ANSWERED, AnswerStatus.CONFLICTING)  # what the page's article alone must come to
_KEPT_VECTORS = 8  # of the last questions: what a question asks for is told by its vector, and then it is searched
_RETURN = 0.15  # of cosine, by which a turn must be nearer to an earlier subject than to the last: docs/decisions/151


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
        self.archive, self.settings, self.fitted = archive, settings, load_fitted()
        self._model = ModelIndexes(embedder, indexes)
        self._reader = reader or reader_of(settings, embedder)
        shipped = self._reader if isinstance(self._reader, Reader) else None
        self.writer = Writer.of(models, settings.chat, shipped) if models else None
        self._answering = settings.search.model_copy(update={"per_article": settings.answer.per_article})

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        own: bool | None = None,
        embedder: Embedder | None = None,
        reader: Reads | None = None,
        models: Models | None = None,
        progress: Callable[[str], None] = lambda line: None,
        wrapped: Callable[[Embedder], Embedder] = lambda inner: CachingEmbedder(inner, kept=_KEPT_VECTORS),
    ) -> Self:
        """An engine over the data directory of the settings; creates an empty archive where there is none.

        `own`: True to be the process that writes the indexes (DirectoryOwned if another one is), False to read
        only, None to own them if nobody does. A data directory that may not be written is read only, whatever `own`
        is. `embedder`, `reader` and `models` take the place of those that the settings name; `wrapped` puts something
        around the embedding model, by default a cache of the last questions' vectors. Raises the errors of rag.errors.
        """
        archive = Archive.open_as_allowed(settings)
        if archive.read_only:
            own = False  # nobody can
            progress(f"{settings.data_dir} may not be written: questions are answered, and nothing can be taken in.")
        try:
            settings = settings.model_copy(update={"embedding": embedding_of(settings, archive)})
            embedder = check_embedder(embedder) if embedder else load_embedder(settings.embedding, progress=progress)
            check_model(archive, embedder)
            reader = check_reader(reader) if reader else reader_of(settings, embedder, progress=progress)
            models = models or load_models(settings.chat)
            indexes = Indexes(archive, settings, dimension=embedder.dimension, own=own)
            indexes.start()
        except BaseException:
            archive.close()
            raise
        return cls(archive, indexes, wrapped(embedder), settings, models=models, reader=reader)

    def without_model(self, wrapped: Callable[[Reads], Reads] = lambda reader: reader) -> Self:
        """Returns an engine that asks no language model and shares all else, the reader too: a second one took
        200 MB. `wrapped` may put something around the reader."""
        return type(self)(self.archive, self.indexes, self.embedder, self.settings, reader=wrapped(self._reader))

    @property
    def embedder(self) -> Embedder:
        """The embedding model that made the archive's vectors."""
        return self._model.embedder

    @property
    def short_answers(self) -> bool:
        """Whether the reader marks short answers."""
        return self._reader.short_answers

    @property
    def indexes(self) -> Indexes:
        """The indexes that are searched."""
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
        about: str | None = None,
    ) -> Answer:
        """Returns the answer to a question; a refusal is an answer too. Raises BadInput for what is no question."""
        return last_answer(
            self.stream(
                question,
                filters=filters,
                history=history,
                as_of=as_of,
                language=language,
                page_language=page_language,
                about=about,
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
        about: str | None = None,
    ) -> Iterator[Event]:
        """Yields the events of an answer as they are ready: passages, citations, sentences, and the whole answer last.

        `about`: the article on whose page the question is typed. "He" and "this" are looked for there first. The
        question is checked by this call, so BadInput comes from it and not from the first event; and so do NotFound and
        Erased where that article is gone.
        """
        asked = prepare(
            question,
            history=history,
            filters=filters,
            as_of=as_of,
            language=language,
            page_language=page_language,
            page=None if about is None else self._page_article(about, as_of),
            max_chars=self.settings.answer.question_max_chars,
        )
        return self._events(asked)

    def _page_article(self, article_id: str, as_of: date | None) -> PageArticle:
        if as_of is not None:
            raise BadInput("A page's article and a day to answer as of.", hint="Send `about` or `as_of`.")
        article = self.archive.article(article_id)
        if article.status not in ANSWERING_STATUSES:
            raise NotFound(f"The article {article_id!r} was withdrawn.", hint="Ask without `about`.")
        return PageArticle(article.id, article.title)

    def search(
        self,
        text: str,
        *,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        as_of: date | None = None,
        limit: int | None = None,
    ) -> list[Hit]:
        """Returns the passages for a text, best first. Raises BadInput."""
        settings = self.settings
        max_chars = settings.answer.question_max_chars
        asked = prepare(text, history=history, filters=filters, as_of=as_of, max_chars=max_chars)
        most = limit or settings.search.limit
        return in_turn([self._search(one, settings.search, most) for one in readings(asked)])[:most]

    def latest(
        self,
        language: str,
        *,
        filters: Filters = Filters(),
        place: StoriesPlace = NEWEST,
        limit: int = MOST,
    ) -> StoriesPage:
        """Returns a page of the newest stories, each in the version nearest to a language: those in that language, then
        the others. Raises NotFound for a place that the archive never had."""
        return NewestStories(language, filters, self.archive, self.stories).page(place, limit)

    def story(self, article_id: str, language: str, *, since: date | None = None) -> WholeStory:
        """Tells the story that an article belongs to, as the archive has it today. Raises NotFound, Erased."""
        found = self._found_story(article_id)
        shown = shown_version(found, language)
        text = self.archive.texts([shown]).get(shown, "")
        return tell(found, text, language, since=since, now=datetime.now(UTC))

    def tellings(
        self,
        article_id: str,
        language: str,
        *,
        filters: Filters = Filters(),
        countries: Sequence[str] = (),
    ) -> Tellings:
        """Compares how the independent sources of an article's story tell it; of these only the outlets, languages and
        countries (ISO 3166) wanted. Raises NotFound, Erased."""
        found = self._found_story(article_id)
        texts = self.archive.texts([p.article_id for p in found.versions])
        return compare(found, texts, language, self._reader, filters=filters, countries=countries)

    def sources(self, article_id: str) -> int:
        """Counts the independent sources of an article's story. Raises NotFound, Erased."""
        return independent(self._found_story(article_id))

    def _found_story(self, article_id: str) -> FoundStory:
        found = find_story(article_id, archive=self.archive, indexes=self._model.indexes)
        if found is None:
            article = self.archive.article(article_id)  # or it says what became of it
            said = "was withdrawn" if article.status not in ANSWERING_STATUSES else "has no text"
            raise NotFound(
                f"The article {article_id!r} {said}: it leads to no story.", hint="Open another version of it."
            )
        return found

    def evidence(
        self,
        question: str,
        *,
        as_of: date | None = None,
        without: frozenset[str] = frozenset(),
        hits: Sequence[Hit] | None = None,
        read: int | None = None,
    ) -> Evidence | None:
        """Weighs the passages for a question as of a day, without the articles in `without`; or these `hits`. Returns
        None when nothing is found. `read`: reads no more than the first so many.

        `python -m research.train answers` learns from it.
        """
        asked = prepare(question, as_of=as_of)
        if hits is None:
            found = self._search(asked, self._answering, _JUDGED + 4 * len(without))
            hits = [hit for hit in found if hit.passage.article_id not in without][:_JUDGED]
        if not hits:
            return None
        settings = self.settings.answer
        first, further = (settings.passages, settings.further) if read is None else (read, 0)
        return weigh(asked, hits, self._snapshot(), passages=first, further=further)

    def threshold(self) -> float:
        """Returns the confidence from which Telal answers: the one of the settings, else the fitted one."""
        chosen = self.settings.answer.threshold
        return self.fitted.thresholds.answer if chosen is None else chosen

    def warm(self) -> None:
        """Loads the tables and maps the vectors for which the first question would otherwise wait 0.9 s."""
        self.search(_WARM)

    def close(self) -> None:
        """Closes the indexes cleanly, then the archive. May be called twice."""
        self.indexes.close()
        self.archive.close()

    def __enter__(self) -> Self:
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

    def _events(self, asked: Question) -> Iterator[Event]:
        started = time.perf_counter()
        draft = self._choose_meaning(asked)
        question = draft.question
        yield PassagesFound(tuple(draft.hits[: self.settings.search.limit]), question.standalone)
        events = draft.events
        if self.writer is not None and not draft.pinned:
            events = written_above(events, question, draft.hits, self._snapshot(question, draft.hits), self.writer)
        for event in events:
            yield self._finish(event, question, started) if isinstance(event, Finished | InterimAnswer) else event

    def _choose_meaning(self, asked: Question) -> Draft:
        """Decides what a question means in its conversation, by what is found for each meaning."""
        together, *others = self.meanings(asked)
        if not others or together.pinned:
            return together
        (alone,), turn = others, bare((asked.parts or (asked,))[0])
        best = [max((hit.score for hit in one.hits), default=0.0) for one in (alone, together)]
        if alone.pinned or not Signs(best[0], best[1], named(turn), content(turn), turn.joins).hang():
            return alone
        if not together.question.read_first or not stands_alone(turn):
            return together
        events = list(together.events)  # a whole question is joined to the page only to be answered there
        found = last_answer(iter(events))
        first = found.citations[0].article_id if found.citations else ""
        here = found.status in _SURE and first == together.question.read_first
        return replace(together, events=iter(events)) if here else alone

    def meanings(self, asked: Question) -> tuple[Draft, ...]:
        """What a question may mean in its conversation, each searched for: together with an earlier subject, or as a
        language model restates it, and by itself; by itself alone where nothing was spoken of."""
        possible = readings(asked, partial(self._nearest_subject, asked.language))
        if len(possible) > 1 and self.writer:
            before = (Turn(asked.page.title), *asked.history) if asked.page else asked.history
            if said := self.writer.restating.restate(asked.typed, before, asked.language):
                possible = (restate(asked, said), asked)
        return tuple(map(self._draft_whole, possible))

    def _nearest_subject(self, language: str, typed: str, possible: Sequence[str]) -> str:
        """Chooses the earlier subject that a question comes back to, else the last one, which is the first of them."""
        if len(possible) < 2:
            return possible[0]
        embedder = self._model.embedder
        means, embed = mean_questions(embedder.model_id), embedder.embed_query
        turn, *others = (centred(embed(one), language, means) for one in (typed, *possible))
        near = [float(turn @ other) for other in others]
        return possible[max(range(len(near)), key=lambda n: near[n] - _RETURN * (n > 0))]

    def _draft_whole(self, question: Question) -> Draft:
        """Prepares the answer to a question, or to all questions of a message together."""
        if not question.parts:
            return self.draft(question)
        drafts = [self.draft(one, among=len(question.parts)) for one in question.parts]
        hits = in_turn([draft.hits for draft in drafts])  # a language model is given them all together
        return Draft(question, hits, _joined(question, drafts), any(draft.pinned for draft in drafts))

    def draft(self, question: Question, *, among: int = 1) -> Draft:
        """Searches for a question that stands alone and prepares the answer to its intent: quotes, a digest, or a reply
        to small talk.

        `among`: how many questions were asked in one message; the more, the fewer passages are read for each.
        """
        started, model, settings = time.perf_counter(), self._model, self._answering
        asked = question
        searched, limit = question, max(self.settings.search.limit, _JUDGED)
        if question.topic is not None:
            searched, limit = replace(question, text=question.topic.words or question.text), _BROWSED
            settings = settings.model_copy(update={"per_article": 1})
        vector = model.embedder.embed_query(searched.text)
        embedded = time.perf_counter()
        hits = self._retrieve(searched, vector, settings, limit, model.indexes)
        if question.topic is not None:  # "Dodik" is no ordinary word where the passages show that it is a name
            seen = seen_names([f"{hit.passage.title}\n{hit.passage.text}" for hit in hits[:_NAMING]])
            question = replace(question, topic=read_topic(with_seen_names(question, seen)) or question.topic)
        first: list[Hit] = []
        if here := question.read_first:
            first = search_in(searched, vector, here, indexes=model.indexes, archive=self.archive)
            first = first[: self._answering.per_article]
        hits = [*first, *(hit for hit in hits if hit.passage.article_id != question.read_first)]
        timings = {"embed": (embedded - started) * 1000, "search": (time.perf_counter() - embedded) * 1000}
        return Draft(asked, hits, _timed(self._page_first(question, first, hits, among), timings))

    def _page_first(self, question: Question, first: Sequence[Hit], hits: Sequence[Hit], among: int) -> Iterator[Event]:
        """Answers from the passages of the page's article; where these do not surely answer, from all."""
        if first and question.topic is None:
            events = list(self._answer(question, first, among))
            if last_answer(iter(events)).status in _SURE:
                yield from events
                return
        yield from self._answer(question, hits, among)

    def _answer(self, question: Question, hits: Sequence[Hit], among: int) -> Iterator[Event]:
        snapshot = self._snapshot(question, hits)
        if question.intent is Intent.SMALL_TALK:
            yield from answer_small_talk(question, hits)
        elif not hits and self.archive.stats().passages == 0:
            yield Finished(refuse(answer_to(question), "empty_archive"))
        elif asks_nothing(question):
            yield Finished(refuse(answer_to(question), "nothing_near"))
        elif question.topic is not None:
            yield from digest(question, question.topic, hits, snapshot)
        else:
            shared = round(self.settings.answer.further / among)  # by the questions of one message
            settings = self.settings.answer.model_copy(update={"threshold": self.threshold(), "further": shared})
            yield from answer_question(question, hits, snapshot, settings)

    def _finish(self, event: Finished | InterimAnswer, question: Question, started: float) -> Finished | InterimAnswer:
        """Adds the total time and the indexes' notices to an answer."""
        spent = {**event.answer.timings_ms, "total": (time.perf_counter() - started) * 1000}
        notices = (*(localise_notice(n, question.language) for n in self.indexes.notices()), *event.answer.notices)
        timings = {name: round(ms, 2) for name, ms in spent.items()}
        known = question.language == "und" or find_language(question.language)
        foreign = () if known else (Note(FOREIGN, unknown_language(question.language)),)
        remarks = (*foreign, *event.answer.remarks)
        return replace(event, answer=replace(event.answer, timings_ms=timings, notices=notices, remarks=remarks))

    def _snapshot(self, question: Question | None = None, hits: Sequence[Hit] = ()) -> Snapshot:
        """Collects what a question is answered from. For a day in the past, texts are those of the revisions that were
        found."""
        archive = self.archive
        revisions = {h.passage.article_id: h.passage.revision for h in hits} if question and question.as_of else {}
        return Snapshot(
            lambda article_ids: archive.texts(article_ids, revisions),
            self._reader,
            self.fitted,
            self._clusters_of,
            self.stories,
            partial(newest, archive=archive),
            partial(newest_bearing, indexes=self._model.indexes, archive=archive),
            archive.openings,
            self._nearness,
        )

    def stories(self, passages: Sequence[Passage], language: str, *, retold: bool = False) -> list[tuple[Passage, ...]]:
        """Groups passages into stories, the version nearest to a language first (`rag/retrieve/stories.py`)."""
        means = self._model.indexes.means()
        return stories(passages, language, archive=self.archive, means=means, retold=retold)

    def _nearness(self, words: str, hits: Sequence[Hit]) -> dict[str, float]:
        model = self._model
        vector = model.embedder.embed_query(words)
        return nearness(vector, hits, archive=self.archive, means=model.indexes.means())

    def _clusters_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        return {article_id: cluster.id for article_id, cluster in self.archive.clusters(article_ids).items()}


@dataclass(frozen=True, slots=True)
class ModelIndexes:
    """An embedding model and the indexes of its vectors: they change together, for vectors of two models cannot be
    compared."""

    embedder: Embedder
    indexes: Indexes


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it is meant, its hits and the events of its answer, which are made when they are asked for.
    `pinned`: by editors, so no language model adds to it."""

    question: Question
    hits: Sequence[Hit]
    events: Iterator[Event]
    pinned: bool = False


def _joined(question: Question, drafts: Sequence[Draft]) -> Iterator[Event]:
    """Yields the events of the one answer to a message with several questions."""
    yield from joined_events(join_answers(question, [last_answer(draft.events) for draft in drafts]))


def _timed(events: Iterator[Event], timings_ms: Mapping[str, float]) -> Iterator[Event]:
    """Yields the events with these times added to the final answer."""
    for event in events:
        if isinstance(event, Finished):
            event = Finished(replace(event.answer, timings_ms={**timings_ms, **event.answer.timings_ms}))
        yield event


def last_answer(events: Iterator[Event]) -> Answer:
    """Returns the final answer of a stream of events."""
    for event in events:
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("a stream always ends with Finished")


def reader_of(settings: Settings, embedder: Embedder, *, progress: Callable[[str], None] = silent) -> Reads:
    """The reader of the settings. One of Telal's form shares the embedding model's tokenizer where that has one."""
    named = settings.reader.model
    if named and ":" in named:
        return check_reader(own_class("TELAL_READER__MODEL", named)())
    if named and not is_reader(Path(named).expanduser()):
        path = find_or_download(named, "TELAL_READER__MODEL", progress=progress)
        return check_reader(CrossEncoderReader(path, threads=settings.embedding.threads))
    folder = Path(named).expanduser() if named else FOLDER
    if isinstance(embedder, OnnxEmbedder):
        return load_reader(settings.embedding, tokenizer=embedder.tokenizer, folder=folder)
    return _alone(settings.embedding.model_dump_json(), folder)


@lru_cache(maxsize=1)
def _alone(settings: str, folder: Path) -> Reads:
    """Loads the reader with a tokenizer of its own (100 MB) and keeps it, because engines may be opened often."""
    return load_reader(EmbeddingSettings.model_validate_json(settings), folder=folder)


def embedding_of(settings: Settings, archive: Archive | None = None) -> EmbeddingSettings:
    """Returns the embedding settings for an archive: those given, or, for `auto`, with the model of ours that made the
    archive's vectors.

    `archive` is the archive of the settings, if it is open already.
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
        into = "" if known.dimension == embedder.dimension else " NEW_DIR"
        raise ModelMismatch(
            f"The archive was built with the model {known.model_id} ({known.dimension} dimensions), "
            f"this one is {embedder.model_id} ({embedder.dimension}).",
            hint=f"Set TELAL_EMBEDDING__MODEL to the archive's, or embed every article anew: `telal reindex{into}`.",
        )
