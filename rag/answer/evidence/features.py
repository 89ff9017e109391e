"""Features of sentences and passages, from which small models tell which of them answers a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answer.evidence.judge import LogisticModel
from rag.answer.evidence.reading import ReadPassage, ReadSentence
from rag.question.mentions import home_of, mentions_name
from rag.question.parse import ParsedQuestion, QuestionName
from rag.text.names import name_keys, question_keys
from rag.text.script import terms
from rag.types import Hit

FAR = 12.0  # log odds beyond which more says nothing more
_NAME = "@name:"  # before a name's key, which is no word
_LONG = 300  # characters from which a sentence is long
_UNRANKED = 50


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence with its feature values and score. Within one passage, a higher score is likelier to answer."""

    read: ReadSentence
    values: Mapping[str, float]
    score: float


@lru_cache(maxsize=64)  # of one question it is asked for every passage
def question_terms(question: str) -> frozenset[str]:
    """The words of a question and the keys of its names."""
    return terms(question) | frozenset(_NAME + key for key in question_keys(question))


def text_terms(text: str) -> frozenset[str]:
    """The words of a text and the keys of its names."""
    return terms(text) | frozenset(_NAME + key for key in name_keys(text))


def score_sentences(question: ParsedQuestion, passage: ReadPassage, model: LogisticModel) -> list[ScoredSentence]:
    """The sentences of a passage in reading order, then its headline, scored by a model of their features.

    A headline that says no more than the question is left out.
    """
    shown = list(passage.sentences)
    if (title := passage.headline) and not terms(title.text) <= terms(question.text):
        shown.append(title)
    made = []
    for i, sentence in enumerate(shown):
        values = _values(sentence, question_terms(question.text), opening=i == 0)
        made.append(ScoredSentence(sentence, values, model.log_odds(values)))
    return made


def _values(s: ReadSentence, asked: frozenset[str], *, opening: bool) -> dict[str, float]:
    return {
        "margin": clip_log_odds(s.margin),  # log odds that it answers
        "span": clip_log_odds(s.answer.score) if s.answer else -FAR,  # of the short answer in it
        "overlap": len(asked & text_terms(s.text)) / max(1, len(asked)),  # share of the question's words and names
        "opening": float(opening),
        "length": min(1.0, len(s.text) / _LONG),
    }


def clip_log_odds(log_odds: float) -> float:
    """Log odds between -12 and 12."""
    return max(-FAR, min(FAR, log_odds))


def passage_values(read: ReadPassage, best: ScoredSentence, hits: Sequence[Hit]) -> dict[str, float]:
    """The features of a passage by its best sentence, to be compared with other passages of the same question.

    `behind`: how far its fused score lies below the first hit's. `dense`: its cosine. `keyword`: its article's place by
    words, 1/2 for the first.
    """
    article = read.hit.passage.article_id
    placed = [h.keyword_rank or _UNRANKED for h in hits if h.passage.article_id == article]
    return {
        "margin": best.values["margin"],
        "span": best.values["span"],
        "behind": read.hit.score - hits[0].score,
        "dense": read.hit.dense_score or 0.0,
        "keyword": 1 / (1 + min(placed)),
    }


def missing_names(question: ParsedQuestion, read: ReadPassage, article: str) -> tuple[QuestionName, ...]:
    """The sure names of the question that neither the article (headline and text) nor its outlet's country covers."""
    home = home_of(read.hit.passage.language, read.hit.passage.url)
    return tuple(n for n in question.names if n.sure and not mentions_name(n, article, home=home))
