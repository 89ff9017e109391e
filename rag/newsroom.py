"""An engine whose editors decide: they pin answers to questions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from rag.answer.chat import Models
from rag.answer.cite import citation, for_reader, in_context
from rag.answer.judge import WeighedPassage
from rag.answer.quote import answer_to
from rag.answer.read import Reads
from rag.config import Settings
from rag.engine import Draft, Engine, last_answer
from rag.errors import Erased, NotFound
from rag.models.embed import Embedder
from rag.question.parse import parse
from rag.question.prepare import language_of
from rag.question.question import Question
from rag.question.same import NEAR, comparable, cosine, surely_same
from rag.retrieve.search import passes
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes
from rag.store.pins import Cite, PinKind, Pins, StoredPin
from rag.store.vectors.language_centering import mean_questions
from rag.text.cldr import day_name
from rag.text.messages import message
from rag.types import (
    ANSWERING_STATUSES,
    NEWSROOM,
    Answer,
    AnswerKind,
    AnswerStatus,
    Citation,
    Cited,
    Delta,
    Event,
    Finished,
    Note,
    Refusal,
    Sentence,
    Verdict,
)

_REMEMBERED = 1000  # questions of which it is known what the archive answers


class Newsroom(Engine):
    """Gives the answers that editors pinned, and answers everything else as an engine does.

    It reads the editors' decisions for each question, so a decision holds in all processes at once.
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
        super().__init__(archive, indexes, embedder, settings, models=models, reader=reader)
        self._answers: dict[tuple[str, int], WeighedPassage | None] = {}
        self._pins = Pins(archive.database)

    def draft(self, question: Question, *, among: int = 1) -> Draft:
        """Prepares the pinned answer to a question, or the ordinary one where nothing is pinned."""
        pin = self._pin_for(question)
        if pin is None:
            return super().draft(question, among=among)
        if pin.kind is PinKind.SILENCE:
            refusal = Refusal(NEWSROOM, message("newsroom_silent", question.language))
            base = replace(answer_to(question), answered_by=NEWSROOM)
            refused = replace(base, status=AnswerStatus.REFUSED, refusal=refusal)
            return Draft(question, (), iter([Finished(refused)]), pinned=True)
        ordinary = super().draft(question, among=among)
        return Draft(question, ordinary.hits, self._pinned(pin, question, ordinary.events), pinned=True)

    def _pin_for(self, question: Question) -> StoredPin | None:
        """Finds the pin whose question asks the same. A pin does not apply to a question as of a day, nor where its
        articles fail the question's filters."""
        pins = [] if question.as_of else [pin for pin in self._pins.all() if pin.holds(datetime.now(UTC))]
        near = [(max(self.same(question, parse_pinned(asked)) for asked in pin.questions), pin) for pin in pins]
        for nearness, pin in sorted(near, key=lambda one: -one[0]):  # stable: the newest of equals first
            if nearness > 0 and (cited := self.citations(pin)) is not None:
                if all(passes(c, question.filters) for c in cited):
                    return pin
        return None

    def _pinned(self, pin: StoredPin, question: Question, ordinary: Iterator[Event]) -> Iterator[Event]:
        """Yields the events of a pinned answer. The `ordinary` events are only made where the pin needs them."""
        language = question.language
        cited = tuple(for_reader(c, language) for c in self.citations(pin) or ())
        if not cited:  # an article was withdrawn meanwhile
            yield from ordinary
            return
        if pin.kind is PinKind.TEXT:
            numbers = tuple(c.number for c in cited)
            texts = (line.strip() for line in pin.text.split("\n") if line.strip())
            said = tuple(Sentence(text, numbers, Verdict.NEWSROOM, language=pin.language) for text in texts)
            own = Note(NEWSROOM, message("newsroom", language, day=day_name(pin.at.date(), language)))
            base = replace(answer_to(question), answered_by=NEWSROOM)
            made = replace(base, sentences=said, citations=cited, remarks=(own,))
        else:
            made = _placed_first(cited, last_answer(ordinary), language)
        yield from map(Cited, made.citations)
        yield from map(Delta, made.sentences)
        yield Finished(made)

    def citations(self, pin: StoredPin) -> tuple[Citation, ...] | None:
        """Returns the citations of a pin, numbered from 1; None where one of its articles was withdrawn or no longer
        says it."""
        found = tuple(self.cite(n, cite) for n, cite in enumerate(pin.cites, 1))
        stand = tuple(c for c in found if c is not None)
        return stand if len(stand) == len(found) else None

    def cite(self, number: int, cite: Cite) -> Citation | None:
        """Returns a citation of a sentence in its context; None where the article is withdrawn or no longer says it."""
        with contextlib.suppress(NotFound, Erased):
            article = self.archive.article(cite.article_id)
            passages = [one.passage for one in self.archive.passages_of(cite.article_id)]
            headline = cite.quote in ("", article.title)
            start = 0 if headline else article.text.find(cite.quote)
            if article.status not in ANSWERING_STATUSES or start < 0 or not passages:
                return None
            holding = next((p for p in passages if p.start <= start < p.end), passages[0])
            words = article.title if headline else cite.quote
            made = citation(number, holding, start, start + len(words), words, headline=headline)
            return next(iter(in_context([made], self.archive.texts)), None)
        return None

    def same(self, asked: Question, other: Question) -> float:
        """Returns how near another question is that asks the same (a cosine; 1 for the same words), or -1 where it asks
        something else."""
        if asked.words == other.words:
            return 1.0
        if not comparable(asked, other):
            return -1.0
        embedder = self.embedder
        vectors = embedder.embed_query(asked.text), embedder.embed_query(other.text)
        near = cosine(vectors, (asked, other), mean_questions(embedder.model_id))
        if surely_same(asked, other, near):
            return near
        if near < NEAR:
            return -1.0
        # nearly the same words mean the same where the passage that answers each question answers the other too
        best, others = self._best(asked.text), self._best(other.text)
        if best is None or others is None or not self._reads(other.text, best):
            return -1.0
        return near if self._reads(asked.text, others) else -1.0

    def _reads(self, question: str, answered: WeighedPassage) -> bool:
        """Tells whether a passage that answers another question answers this one with the same sentence and words."""
        evidence = self.evidence(question, hits=[answered.read.hit])
        if evidence is None:
            return False
        one, other = answered.sentences[0], evidence.best.sentences[0]
        if (one.start, one.headline) != (other.start, other.headline):
            return False
        a, b = one.answer, other.answer
        return a is None or b is None or (a.start < b.end and b.start < a.end)

    def _best(self, question: str) -> WeighedPassage | None:
        """Returns the passage with which the archive answers a question; remembers it until the archive changes."""
        key = question, self.archive.last_change()
        if key not in self._answers:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            evidence = self.evidence(question)
            self._answers[key] = evidence.best if evidence else None
        return self._answers[key]


@lru_cache(maxsize=4096)
def parse_pinned(question: str) -> Question:
    """Parses the question of a pin, in the language that its words show."""
    return parse(question, language_of(question))


def _placed_first(cited: tuple[Citation, ...], answer: Answer, language: str) -> Answer:
    """Puts the pinned quotes before those of an answer, which are kept only if it is sure."""
    first = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE) for c in cited)
    sure = answer.kind is AnswerKind.ANSWER and answer.status in (AnswerStatus.ANSWERED, AnswerStatus.CONFLICTING)
    here = {(c.article_id, c.start, c.headline) for c in cited}
    kept = [c for c in answer.citations if sure and (c.article_id, c.start, c.headline) not in here]
    numbers = {c.number: n for n, c in enumerate(kept, len(cited) + 1)}
    moved = (replace(s, citations=tuple(numbers[n] for n in s.citations if n in numbers)) for s in answer.sentences)
    return replace(
        answer,
        status=answer.status if sure else AnswerStatus.ANSWERED,
        kind=AnswerKind.ANSWER,
        sentences=(*first, *(s for s in moved if s.citations)),
        citations=(*cited, *(replace(c, number=numbers[c.number]) for c in kept)),
        short=(),
        refusal=None,
        notices=(),
        digest=(),
        answered_by=NEWSROOM,
        remarks=(Note(NEWSROOM, message("newsroom_first", language)), *(answer.remarks if sure else ())),
    )
