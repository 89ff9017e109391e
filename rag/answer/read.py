"""Reads passages after their headline: how likely each sentence answers, and the short answer in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

from rag.errors import ModelBroken
from rag.reader.reader import AnswerSpan, Reading
from rag.text.cldr import day_name
from rag.text.phrases import phrases
from rag.text.script import MISREAD
from rag.text.sentences import Span, split_sentences
from rag.types import Hit, Passage

UNREAD = -30.0  # log odds of what holds nothing to read
LEAD = 260  # characters of an article's beginning that are read before its later passages


class Reads(Protocol):
    """A reader: the seam for one of your own, given to `Engine.open(reader=...)` (docs/contributing.md, Add a reader).

    The shipped one is `rag.reader.reader.Reader`; `rag.reader.cross_encoder` reads with a cross-encoder. It is called
    from several threads at once.
    """

    @property
    def short_answers(self) -> bool:
        """Whether it marks short answers. Without them the score of a sentence counts for that of its answer."""
        ...

    def read_each(self, question: str, texts: Iterable[tuple[str, Sequence[Span]]]) -> list[Reading]:
        """A reading of each text, in order.

        A text is a headline, the lead of its article, and a passage. The sentences to score are spans of it, in order
        and apart: the headline, from 0 on, where it may be shown, and those of the passage. A reading has for each of
        them the log odds that it answers, and its short answer or None; and the log odds that the text settles the
        question. All texts that are compared for one question come in one call.
        """
        ...


_TITLE = "A bridge in Mostar"
_BEFORE = f"{_TITLE} (1 May 2024)\n"
_TRIAL = f"{_BEFORE}The bridge in Mostar opened. It cost two million."


def check_reader(reader: Reads) -> Reads:
    """The reader, after it read a headline and two sentences as it must.

    Raises ModelBroken with what was expected and what came.
    """
    if not isinstance(getattr(reader, "short_answers", None), bool):
        raise _unfit(reader, "short_answers to be True or False", getattr(reader, "short_answers", "no such attribute"))
    if not callable(getattr(reader, "read_each", None)):
        raise _unfit(reader, "a method read_each(question, texts)", "none")
    after = [Span(s.start + len(_BEFORE), s.end + len(_BEFORE)) for s in split_sentences(_TRIAL[len(_BEFORE) :])]
    spans = [Span(0, len(_TITLE)), *after]
    try:
        found = reader.read_each("When did the bridge open?", [(_TRIAL, spans)])
    except Exception as error:
        raise _unfit(reader, "a reading of a headline and two sentences", f"{type(error).__name__}: {error}") from error
    if not isinstance(found, list) or [type(one) for one in found] != [Reading]:
        raise _unfit(reader, "one Reading for one text", found)
    (read,) = found
    _must_fit(reader, read, spans)
    if not all(isinstance(score, float) and isfinite(score) for score in (*read.sentences, read.stated)):
        raise _unfit(reader, "scores that are finite floats", read)
    for answer, span in zip(read.answers, spans, strict=True):
        if answer and not (span.start <= answer.start < answer.end <= span.end and isfinite(answer.score)):
            raise _unfit(reader, f"a short answer within {span}, or None", answer)
    return reader


def _must_fit(reader: Reads, read: Reading, sentences: Sequence[Span]) -> None:
    count = len(sentences)
    if (len(read.sentences), len(read.answers)) != (count, count):
        raise _unfit(reader, f"{count} scores and {count} answers for {count} sentences", read)


def _unfit(reader: object, expected: str, came: object) -> ModelBroken:
    message = f"{type(reader).__name__} is no reader: expected {expected}; came {came}."
    return ModelBroken(message, hint="docs/contributing.md shows one: Add a reader.")


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of a passage: [start, end) in the article, the log odds that it answers, and the likeliest short
    answer in it, [start, end) in its own text."""

    start: int
    end: int
    text: str
    margin: float
    answer: AnswerSpan | None = None
    headline: bool = False  # it is the article's title, into which `start` and `end` point


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A hit with its sentences in reading order and its headline, without sentences on an earlier version of the
    article and without those whose letters hide or stand in another order than they are read.

    The headline is None where the article has none, or where its text begins with it. `stated`: log odds that the
    passage settles the question, by the head that was trained on near misses.
    """

    hit: Hit
    rank: int
    sentences: tuple[ReadSentence, ...]
    stated: float
    headline: ReadSentence | None = None


def read_passages(
    question: str, hits: Sequence[Hit], reader: Reads, texts: Mapping[str, str], *, first: int = 0
) -> list[ReadPassage]:
    """Reads each hit that has a sentence to show, together with its headline and its article's lead, in the order of
    the hits. `texts`: of the articles, by id. Raises ModelBroken when a reading does not fit its text."""
    laid_out = [_lay_out(hit.passage, texts.get(hit.passage.article_id, "")) for hit in hits]
    found = reader.read_each(question, [(text.text, text.sentences) for text in laid_out])
    if len(found) != len(laid_out):
        raise _unfit(reader, f"{len(laid_out)} readings for {len(laid_out)} texts", len(found))
    for text, one in zip(laid_out, found, strict=True):
        _must_fit(reader, one, text.sentences)
    read = map(_read, hits, range(first, first + len(hits)), laid_out, found)
    return [passage for passage in read if passage]


@dataclass(frozen=True, slots=True)
class _Text:
    """A passage as it is read, after `head` characters of headline and lead; its sentences, with the headline first if
    it may be shown."""

    text: str
    head: int
    sentences: tuple[Span, ...]
    spans: Sequence[Span]  # of the passage alone


def _lay_out(passage: Passage, article: str) -> _Text:
    head = f"{_headline(passage)}\n{_lead(article[: passage.start], passage.language)}"
    spans = split_sentences(passage.text, passage.language)
    title = [Span(0, len(passage.title))] if _tells(passage) else []
    shifted = (Span(s.start + len(head), s.end + len(head)) for s in spans)
    return _Text(head + passage.text, len(head), (*title, *shifted), spans)


def _read(hit: Hit, rank: int, text: _Text, found: Reading) -> ReadPassage | None:
    """Returns the passage without the sentences that may not be shown, or None where none is left."""
    language, titles = hit.passage.language, len(text.sentences) - len(text.spans)
    sentences = (_sentence(hit, span, found, i, text.head) for i, span in enumerate(text.spans, titles))
    corrects = phrases("corrections", "corrections", language)  # a sentence on an earlier version of its own article
    some = corrects.stand_in(hit.passage.text)
    kept = tuple(s for s in sentences if not MISREAD.search(s.text) and not (some and corrects.stand_in(s.text)))
    title = _title(hit.passage.title, found) if titles else None
    return ReadPassage(hit, rank, kept, found.stated, title) if kept else None


def _tells(passage: Passage) -> bool:
    """Tells whether the headline says something of its own that may be shown."""
    title = passage.title.strip()
    return bool(title) and not passage.text.lstrip().startswith(title) and not MISREAD.search(passage.title)


def _title(title: str, found: Reading) -> ReadSentence:
    """Returns the headline, which was read as the first of the sentences."""
    return ReadSentence(0, len(title), title, found.sentences[0], _within(title, found.answers[0]), headline=True)


def _lead(before: str, language: str) -> str:
    """Returns the whole sentences that an article begins with, up to `LEAD` characters, on a line of their own.

    `before`: the article's text before the passage; empty where the passage is the beginning.
    """
    end = 0
    for span in split_sentences(before[: LEAD + 1], language):
        if span.end <= min(LEAD, len(before)):
            end = span.end
    return f"{before[:end].strip()}\n" if end else ""


def _headline(passage: Passage) -> str:
    """Returns the headline with the day of publication, so that "this year" in the text can answer "in 2015"."""
    return (
        f"{passage.title} ({day_name(passage.published.date(), passage.language)})"
        if passage.published
        else passage.title
    )


def _sentence(hit: Hit, span: Span, found: Reading, number: int, shift: int) -> ReadSentence:
    text = hit.passage.text[span.start : span.end]
    at, marked = hit.passage.start, _within(text, found.answers[number], shift + span.start)
    return ReadSentence(at + span.start, at + span.end, text, found.sentences[number], marked)


def _within(sentence: str, found: AnswerSpan | None, at: int = 0) -> AnswerSpan | None:
    """Moves an answer into the coordinates of a sentence that begins at this place; None where it lies elsewhere."""
    if found is None or not at <= found.start < found.end <= at + len(sentence):
        return None
    return replace(found, start=found.start - at, end=found.end - at)
