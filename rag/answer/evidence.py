"""How likely it is that the archive holds the answer: a few features and a logistic model over them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

from rag.answer.rules import applies
from rag.answer.unmet import asks_ahead, names_missing, numbers_missing, text_of
from rag.text.language import family
from rag.text.names import name_keys, question_keys
from rag.types import Hit, Passage

UNSURE = 0.5  # of a reader that was not asked


@dataclass(frozen=True, slots=True)
class Features:
    """What the refusal decision looks at; every value is between 0 and 1."""

    dense: float  # cosine of the best passage
    stands_out: float  # by how much that lies above the passages further down: a story told often stands out as a whole
    sentence: float  # cosine of the best sentence
    coverage: float  # share of the question's words and names (by rarity) that the passages read hold
    foreign: float  # 1 when the best passage is in another language, whose words the question cannot share
    foreign_coverage: float  # `coverage` then, which means more
    numbers_missing: float  # share of the question's numbers that no passage read holds
    names_missing: float  # share of the question's names that no passage read holds
    not_here: float = UNSURE  # the reader's probability that no passage answers
    top_numbers_missing: float = 0.0  # share of the question's numbers that the best sentence's passage does not hold
    top_names_missing: float = 0.0  # the same of its names
    ahead: float = 0.0  # 1 when the question asks what will be, and that passage tells of nothing to come


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted logistic model and the probability from which Telal answers. Made by `telal eval fit-refusal`."""

    weights: dict[str, float]
    bias: float
    threshold: float

    def probability(self, features: Features) -> float:
        """Probability that the archive holds the answer."""
        told = {name: value for name, value in asdict(features).items() if value and applies(name)}
        z = self.bias + sum(self.weights.get(name, 0.0) * value for name, value in told.items())
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, z))))


# A question and passages of two languages look less alike than the model was fitted on: down to this share of the
# threshold, passages that hold the question's known names, and all its numbers, are shown as a partial answer.
PERHAPS = 0.4


def naming(question: str, hits: Sequence[Hit]) -> Sequence[Hit]:
    """The passages that name every known place and body of the question, if any do; else all."""
    wanted = _wanted(question)
    return [h for h in hits if wanted <= _keys(h)] or hits if wanted and applies("naming") else hits


def perhaps(question: str, hits: Sequence[Hit], seen: Features, confidence: float, threshold: float) -> list[Hit]:
    """The passages for a partial answer below the threshold; none when nothing speaks for one."""
    wanted = _wanted(question) or set(question_keys(question))
    if confidence < threshold * PERHAPS or seen.numbers_missing or not wanted:
        return []
    return [h for h in hits if wanted <= _keys(h)]


def _wanted(question: str) -> set[str]:
    return {key for key in question_keys(question) if key.startswith("@")}


def _keys(hit: Hit) -> set[str]:
    return set(name_keys(f"{hit.passage.title}\n{hit.passage.text}"))


@cache
def calibration() -> Calibration:
    """The calibration that is shipped, from refusal.json."""
    raw = json.loads(files("rag.answer").joinpath("refusal.json").read_text(encoding="utf-8"))
    return Calibration(raw["weights"], raw["bias"], raw["threshold"])


def features(
    question: str,
    found: Sequence[Hit],
    hits: Sequence[Hit],
    *,
    language: str,
    best_sentence: float,
    coverage: float,
    top: Passage | None,
    not_here: float | None = None,
) -> Features:
    """The features of a question in a language, all passages found and those read for it (both best first).

    `top` is the passage of the best sentence.
    """
    foreign = float(bool(hits) and family(hits[0].passage.language) != family(language))
    read = "\n".join(text_of(h.passage) for h in hits)
    cosines = sorted((h.dense_score or 0.0 for h in found), reverse=True)
    return Features(
        dense=max(cosines, default=0.0),
        stands_out=max(cosines, default=0.0) - _background(cosines),
        sentence=best_sentence,
        coverage=coverage,
        foreign=foreign,
        foreign_coverage=foreign * coverage,
        numbers_missing=numbers_missing(question, read),
        names_missing=names_missing(question, read),
        not_here=UNSURE if not_here is None or not applies("reader_doubt") else not_here,
        top_numbers_missing=numbers_missing(question, text_of(top)) if top else 0.0,
        top_names_missing=names_missing(question, text_of(top)) if top else 0.0,
        ahead=float(top is not None and asks_ahead(question, language, top)),
    )


def _background(cosines: Sequence[float]) -> float:
    """The mean cosine of the passages behind the first half (of twenty, as a rule); of the last where few are found."""
    further = cosines[10:] or cosines[-1:]
    return sum(further) / max(1, len(further))
