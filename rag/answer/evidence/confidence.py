"""How sure Telal is that a passage answers: a model of its own, of a few features of the passage already chosen.

Which passage is shown first is decided before, by the model of passages; that choice compares passages of one
question. Confidence compares questions: it decides what is said over the passages. Both are explained in
docs/confidence.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from rag.answer.evidence.features import ScoredSentence, clip_log_odds
from rag.answer.evidence.reading import ReadPassage
from rag.types import Hit

ALONE = 0.2  # the lead of an article that no other competes with
FIRST = 4  # hits whose cosines are not counted as the background
BACKGROUND = 0.75  # cosine to be expected where too few hits tell


@dataclass(frozen=True, slots=True)
class Standing:
    """How the articles found stand beside each other: `lead` of each over the best of the others, in fused score; and
    the mean cosine of the further hits."""

    lead: Mapping[str, float]
    background: float


def standing(hits: Sequence[Hit]) -> Standing:
    """From the hits of a question, best first; at least one."""
    best: dict[str, float] = {}
    for hit in hits:
        article = hit.passage.article_id
        best[article] = max(hit.score, best.get(article, hit.score))
    first, *others = sorted(best.values(), reverse=True)
    second = others[0] if others else first - ALONE
    cosines = sorted((h.dense_score or 0.0 for h in hits), reverse=True)[FIRST:]
    return Standing(
        {article: score - (second if score == first else first) for article, score in best.items()},
        fmean(cosines) if len(cosines) > 1 else BACKGROUND,
    )


def confidence_values(read: ReadPassage, best: ScoredSentence, among: Standing) -> dict[str, float]:
    """The features of a read passage by its best sentence. All speak for it: their weights are fitted to be positive.

    `span`: log odds of the short answer in the sentence. `stated`: log odds that the passage settles the question.
    `lead`: how far its article is ahead of the others. `near`: its cosine less the background.
    """
    passage = read.hit.passage
    return {
        "span": best.values["span"],
        "stated": clip_log_odds(read.stated),
        "lead": among.lead[passage.article_id],
        "near": (read.hit.dense_score or 0.0) - among.background,
    }
