"""From the scores of tokens to those of sentences and of the short answer; pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.reader.tokens import NOWHERE, Layout
from rag.reader.weights import Raw

LONGEST_ANSWER = 24  # tokens


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """The likeliest short answer in a sentence: numbers of its first and last token in the text, and its log odds."""

    first: int
    last: int
    score: float


@dataclass(frozen=True, slots=True)
class WindowScores:
    """One window: log odds of each sentence against "not here", its likeliest answer, and how far all is stated."""

    margins: dict[int, float]
    answers: dict[int, TokenSpan]
    stated: float


def score(raw: Raw, layout: Layout, *, span_weight: float) -> WindowScores:
    """A sentence's margin: the mean over its tokens, less "absent", plus the weighted evidence of a span in it.

    That evidence is how likely the answer begins and ends in the sentence against there being none (place 0).
    """
    numbers = np.asarray(layout.sentences)
    margins, answers = {}, {}
    for number in sorted(set(layout.sentences) - {NOWHERE}):
        at = np.flatnonzero(numbers == number)
        start, end = raw.start[at] - raw.start[0], raw.end[at] - raw.end[0]
        evidence = 0.5 * (_log_sum(start) + _log_sum(end))
        margins[number] = float(raw.sentence[at].mean()) - raw.absent + span_weight * evidence
        answers[number] = _answer(start, end, [layout.origins[i] for i in at])
    return WindowScores(margins, answers, raw.stated)


def _answer(start: NDArray[np.float32], end: NDArray[np.float32], origins: Sequence[int]) -> TokenSpan:
    """The pair of a start and an end not before it, nor too far behind, whose scores add up to most."""
    both = start[:, None] + end[None, :]
    allowed = np.triu(np.ones_like(both, bool)) & ~np.triu(np.ones_like(both, bool), LONGEST_ANSWER)
    best = int(np.where(allowed, both, -np.inf).argmax())
    first, last = divmod(best, len(end))
    return TokenSpan(origins[first], origins[last], float(both[first, last]))


def joined(windows: Sequence[WindowScores]) -> WindowScores:
    """Several windows of one text: each sentence's best margin, with the answer of that window."""
    margins: dict[int, float] = {}
    answers: dict[int, TokenSpan] = {}
    for window in windows:
        for number, margin in window.margins.items():
            if margin > margins.get(number, -math.inf):
                margins[number], answers[number] = margin, window.answers[number]
    return WindowScores(margins, answers, max((w.stated for w in windows), default=-math.inf))


def probability(log_odds: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))


def _log_sum(values: NDArray[np.float32]) -> float:
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum()))
