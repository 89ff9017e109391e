"""Weighs the passages found for a question: which of them answers, how surely, and which names it does not mention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer.evidence.confidence import Standing, confidence_values, standing
from rag.answer.evidence.features import ScoredSentence, missing_names, passage_values, score_sentences
from rag.answer.evidence.judge import judge
from rag.answer.evidence.reading import ReadPassage, Reads, read_passages
from rag.answer.evidence.versions import Stories, StoriesOf, find_stories, hits_to_read
from rag.question.parse import ParsedQuestion, QuestionName, parse
from rag.text.names import seen_names
from rag.types import Hit, Passage, Query

TextsOf = Callable[[Sequence[str]], Mapping[str, str]]  # by article, those that are not gone
VERSION = 0.25  # of confidence, that a version in the reader's language may lie below the one that answers best
_NAMING = 10  # hits whose capitals tell which words of the question are names


@dataclass(frozen=True, slots=True)
class WeighedPassage:
    """A read passage with its sentences, the likeliest first, and the names of the question that its article does not
    mention.

    `log_odds` order the passages of one question, by `values`. `confidence` is the probability that the passage
    answers, 0 to 1, by `surely`.
    """

    read: ReadPassage
    sentences: tuple[ScoredSentence, ...]
    values: Mapping[str, float]
    log_odds: float
    surely: Mapping[str, float]
    confidence: float
    missing: tuple[QuestionName, ...]

    @property
    def passage(self) -> Passage:
        """The passage itself."""
        return self.read.hit.passage


@dataclass(frozen=True, slots=True)
class Evidence:
    """The parsed question and its passages, the one to be shown first at the front; at least one."""

    question: ParsedQuestion
    passages: tuple[WeighedPassage, ...]
    stories: Stories
    hits: tuple[Hit, ...]

    @property
    def best(self) -> WeighedPassage:
        """The passage that answers if any does."""
        return self.passages[0]


def weigh(
    query: Query,
    hits: Sequence[Hit],
    *,
    reader: Reads,
    texts_of: TextsOf,
    passages: int,
    further: int = 0,
    stories_of: StoriesOf | None = None,
) -> Evidence | None:
    """The evidence of the first `passages` hits, and of so many `further` ones where the first leave doubt; None where
    none of them holds a sentence that may be shown.

    `texts_of` gives the texts of articles, in which names are looked up; it is called once.
    """
    question = parse_with_hits(query, hits)
    stories = find_stories(hits, query.language, stories_of)
    chosen = hits_to_read(hits, stories, passages + further)
    texts = texts_of(list(dict.fromkeys(h.passage.article_id for h in chosen)))
    among = standing(hits)
    weighed: list[WeighedPassage] = []
    for start, end in ((0, passages), (passages, len(chosen))):
        if not any(w.confidence >= judge().thresholds.answer for w in weighed):
            read = read_passages(query.asked, chosen[start:end], reader, texts, first=start)
            weighed += [_weighed(question, r, texts, hits, among) for r in read]
    if not weighed:
        return None
    weighed.sort(key=lambda w: -w.log_odds)
    return Evidence(question, _nearest_version_first(weighed, stories), stories, tuple(hits))


def parse_with_hits(query: Query, hits: Sequence[Hit]) -> ParsedQuestion:
    """The parsed question. Which of its words are names is told by the capitals in the passages found for it."""
    known = seen_names(f"{h.passage.title}\n{h.passage.text}" for h in hits[:_NAMING])
    return parse(query.asked, query.language, known=known, as_of=query.as_of)


def _weighed(
    question: ParsedQuestion, read: ReadPassage, texts: Mapping[str, str], hits: Sequence[Hit], among: Standing
) -> WeighedPassage:
    by, passage = judge(), read.hit.passage
    ordered = sorted(score_sentences(question, read, by.sentence), key=lambda s: -s.score)  # stable: reading order
    values = passage_values(read, ordered[0], hits)
    surely = confidence_values(read, ordered[0], among)
    article = f"{passage.title}\n{texts.get(passage.article_id) or passage.text}"
    return WeighedPassage(
        read,
        tuple(ordered),
        values,
        by.passage.log_odds(values),
        surely,
        by.confidence.probability(surely),
        missing_names(question, read, article),
    )


def _nearest_version_first(weighed: Sequence[WeighedPassage], stories: Stories) -> tuple[WeighedPassage, ...]:
    """The passages with the best one's story told in the reader's language, where that version answers nearly as
    surely.
    """
    for other in weighed[1:]:
        best = weighed[0]
        if other.confidence >= best.confidence - VERSION and stories.nearer(other.passage, best.passage):
            raised = replace(other, log_odds=best.log_odds)
            weighed = [raised, *(w for w in weighed if w is not other)]
    return tuple(weighed)
