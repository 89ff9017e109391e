"""Which sentence of a passage answers: by the reader, the question's words and names, the kind of thing asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.answer.evidence.judge import LogisticModel
from rag.answer.evidence.reading import ReadPassage, ReadSentence
from rag.question.answer_type import holds, wants
from rag.question.parsed import ParsedQuestion
from rag.text.language import family
from rag.text.names import name_keys, question_keys
from rag.text.script import STEM, terms

FAR = 12.0  # log odds beyond which more says nothing more
_NAME = "@name:"  # before a name's key, which is no word
_LONG = 300  # characters from which a sentence is long


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A read sentence, the values of its features, and its score: higher is likelier to answer, within a passage."""

    read: ReadSentence
    values: Mapping[str, float]
    score: float

    @property
    def overlap(self) -> float:
        """Share of the question's words and names that it holds."""
        return self.values["overlap"]


@lru_cache(maxsize=64)  # of one question it is asked for every passage
def asked_terms(question: str) -> frozenset[str]:
    """The words of a question and the keys of its names."""
    return terms(question) | frozenset(_NAME + key for key in question_keys(question))


def told_terms(text: str) -> frozenset[str]:
    """The words of a text and the keys of its names."""
    return terms(text) | frozenset(_NAME + key for key in name_keys(text))


def score_sentences(question: ParsedQuestion, passage: ReadPassage, model: LogisticModel) -> list[ScoredSentence]:
    """The sentences of a passage in reading order, scored by a model of their features."""
    asked, kind = asked_terms(question.text), wants(question.text, question.language)
    told = [told_terms(s.text) for s in passage.sentences]
    befores = [frozenset[str](), *told[:-1]]
    foreign = float(family(passage.hit.passage.language) != family(question.language))
    words, language = terms(question.text), passage.hit.passage.language
    made = []
    for i, (s, own, before) in enumerate(zip(passage.sentences, told, befores, strict=True)):
        values = _values(s, asked, own, before, holds(s.text, kind, words, STEM, language), foreign, i == 0)
        made.append(ScoredSentence(s, values, model.log_odds(values)))
    return made


def _values(
    s: ReadSentence,
    asked: frozenset[str],
    own: frozenset[str],
    before: frozenset[str],
    wanted: float,
    foreign: float,
    opening: bool,
) -> dict[str, float]:
    overlap = len(asked & own) / max(1, len(asked))
    margin = clip_log_odds(s.margin)
    return {
        "margin": margin,  # log odds that it answers
        "span": clip_log_odds(s.marked.score) if s.marked else -FAR,  # of the short answer in it
        "overlap": overlap,  # share of the question's words and names
        "before": len(asked & before - own) / max(1, len(asked)),  # what only the sentence before it holds
        "wanted": wanted,  # how far it holds the kind of thing asked for
        "opening": float(opening),
        "length": min(1.0, len(s.text) / _LONG),
        "foreign_margin": foreign * margin,
        "foreign_overlap": foreign * overlap,
    }


def clip_log_odds(log_odds: float) -> float:
    """Log odds between -12 and 12."""
    return max(-FAR, min(FAR, log_odds))
