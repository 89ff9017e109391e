"""Weighs the passages found for a question: how likely each answers, and what of the question it does not mention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.answer.evidence.features import (
    ArticleFound,
    MissingTerms,
    ScoredSentence,
    features,
    find_missing_terms,
    group_by_article,
    score_sentences,
)
from rag.answer.evidence.judge import LogisticModel, Thresholds, about_articles, judge, logistic
from rag.answer.evidence.reading import ReadPassage, Reads, read_passages
from rag.answer.rules import applies
from rag.question.parse import ParsedQuestion, parse
from rag.retrieve.rank import several_outlets
from rag.text.names import seen_names
from rag.types import Hit, Query

TextsOf = Callable[[Sequence[str]], Mapping[str, str]]  # by article, those that are not gone
_NAMING = 10  # hits whose capitals tell which words of the question are names


@dataclass(frozen=True, slots=True)
class WeighedPassage:
    """A read passage with its sentences (the likeliest first), its features, its log odds and its missing terms."""

    read: ReadPassage
    sentences: tuple[ScoredSentence, ...]
    values: Mapping[str, float]
    log_odds: float
    missing: MissingTerms

    @property
    def probability(self) -> float:
        """That it answers, between 0 and 1."""
        return logistic(self.log_odds)

    @property
    def foreign(self) -> bool:
        """Whether it is in another language than the question."""
        return bool(self.values["foreign"])


@dataclass(frozen=True, slots=True)
class Evidence:
    """The parsed question and its passages, the likeliest to answer first; at least one."""

    question: ParsedQuestion
    passages: tuple[WeighedPassage, ...]
    articles: Mapping[str, ArticleFound]

    @property
    def best(self) -> WeighedPassage:
        """The passage that answers if any does."""
        return self.passages[0]

    @property
    def thresholds(self) -> Thresholds:
        """Those for the languages of the question and the best passage."""
        return judge().thresholds(foreign=self.best.foreign)


def weigh(query: Query, hits: Sequence[Hit], *, reader: Reads, texts_of: TextsOf, passages: int) -> Evidence | None:
    """The evidence of the first hits; None where none of them holds a sentence that may be shown.

    `texts_of` gives the texts of articles, in which missing terms are looked up; it is called once.
    """
    question = parse_with_hits(query, hits)
    chosen = several_outlets(hits, passages) if applies("several_outlets") else hits[:passages]
    read = read_passages(query.text, chosen, reader)
    found = group_by_article(hits)
    texts = texts_of(list(dict.fromkeys(r.hit.passage.article_id for r in read)))
    made = [_scored(question, r, texts, found, judge().sentence) for r in read]
    values = about_articles([(r.hit.passage.article_id, scored.values) for r, scored in zip(read, made, strict=True)])
    by = judge().passage
    weighed = [
        WeighedPassage(r, scored.sentences, own, by.log_odds(own), scored.missing)
        for r, scored, own in zip(read, made, values, strict=True)
    ]
    return Evidence(question, tuple(sorted(weighed, key=lambda w: -w.log_odds)), found) if made else None


def parse_with_hits(query: Query, hits: Sequence[Hit]) -> ParsedQuestion:
    """The parsed question. Which of its words are names is told by the capitals in the passages found for it."""
    known = seen_names(f"{h.passage.title}\n{h.passage.text}" for h in hits[:_NAMING])
    return parse(query.text, query.language, known=known, as_of=query.as_of)


class _Scored(NamedTuple):
    """What a passage says of itself, before it is judged among the others of its article."""

    sentences: tuple[ScoredSentence, ...]
    values: Mapping[str, float]
    missing: MissingTerms


def _scored(
    question: ParsedQuestion,
    read: ReadPassage,
    texts: Mapping[str, str],
    articles: Mapping[str, ArticleFound],
    by: LogisticModel,
) -> _Scored:
    passage = read.hit.passage
    missing = find_missing_terms(question, read, f"{passage.title}\n{texts.get(passage.article_id) or passage.text}")
    ordered = sorted(score_sentences(question, read, by), key=lambda s: -s.score)  # stable: reading order among equals
    values = features(question, read, ordered[0], missing, articles[passage.article_id]).values()
    return _Scored(tuple(ordered), values, missing)
