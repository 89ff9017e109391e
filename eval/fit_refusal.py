"""Fits the refusal decision: a logistic model of "the archive holds the answer" over the features of questions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.cases import Suite
from eval.index import build, opened
from eval.metrics.refusal import auroc
from rag.answer.evidence import Features
from rag.config import Settings
from rag.errors import BadInput

# Answering is the rule: the threshold may send away at most this share of the questions of the first suite that can
# be answered. docs/decisions/049.
LOST = 0.045
OURS = "balkan"  # the suite that the reader was trained on in part
GUEST = 0.3  # what each further suite weighs beside the first


@dataclass(frozen=True, slots=True)
class Example:
    """A question's features and whether the archive, as it was searched, holds the answer."""

    suite: str
    features: Features
    held: bool
    near_miss: bool = False  # a case that has no answer as it is


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model, the threshold and how well both do on what they were fitted on."""

    weights: dict[str, float]
    bias: float
    threshold: float
    examples: int
    auroc: float
    refusal_precision: float
    refusal_recall: float
    answered: float  # share of the answerable that are answered


def examples(suite: Suite, settings: Settings) -> Iterator[Example]:
    """Each answerable case twice: as it is, and with its gold articles taken out; the unanswerable once."""
    with opened(build(suite, settings)) as engine:
        for case in suite.cases:
            if case.history or case.as_of:
                continue  # their question alone is not what is searched for
            plain = engine.features(case.question)
            if plain is not None:
                yield Example(suite.name, plain, not case.unanswerable, case.unanswerable)
            if not case.unanswerable:
                without = engine.features(case.question, without=frozenset(case.gold_doc_ids))
                if without is not None:
                    yield Example(suite.name, without, False)


def unseen(suite: Suite) -> Suite:
    """Our benchmark's stories that the reader was not trained on; another suite as it is."""
    if suite.name != OURS:
        return suite
    from eval.reader.briefs import dev_cases  # imports sklearn: a second of CPU, and `telal --help` reads this file too

    held_back = {case.id for case in dev_cases()[1]}
    return replace(suite, cases=tuple(c for c in suite.cases if c.id in held_back))


def fit(found: Sequence[Example]) -> Fitted:
    """The logistic model over all suites, and the threshold that loses LOST of the answerable of the first."""
    from sklearn.linear_model import LogisticRegression  # a second of CPU, and `telal --help` reads this file too

    held = np.array([e.held for e in found])
    if held.all() or not held.any():
        raise BadInput("Fitting needs answerable and unanswerable cases.", hint="Name a suite that has both.")
    names = list(asdict(found[0].features))
    table = np.array([[asdict(e.features)[n] for n in names] for e in found])
    weight = _weights(found)
    model = LogisticRegression(C=10.0, max_iter=5000).fit(table, held, sample_weight=weight)
    probability: NDArray[np.float64] = model.predict_proba(table)[:, 1]
    first = np.array([e.suite == found[0].suite for e in found])
    threshold = float(np.quantile(probability[held & first], LOST))
    refused = probability < threshold
    return Fitted(
        weights={n: round(float(w), 4) for n, w in zip(names, model.coef_[0], strict=True)},
        bias=round(float(model.intercept_[0]), 4),
        threshold=round(threshold, 4),
        examples=len(found),
        auroc=auroc(probability.tolist(), held.tolist()) or 0.0,
        refusal_precision=float((refused & ~held).sum() / max(1, refused.sum())),
        refusal_recall=float((refused & ~held).sum() / (~held).sum()),
        answered=float((~refused & held).sum() / held.sum()),
    )


def _weights(found: Sequence[Example]) -> NDArray[np.float64]:
    """The first suite weighs 1, each further one GUEST; within each, held and not held weigh the same."""
    groups = Counter((e.suite, e.held) for e in found)
    shares = [(1.0 if e.suite == found[0].suite else GUEST) / groups[e.suite, e.held] for e in found]
    return np.array(shares) * (len(found) / sum(shares))


def save(fitted: Fitted, path: Path) -> None:
    """Write the calibration file that rag/answer/evidence.py reads."""
    path.write_text(json.dumps(asdict(fitted), indent=1) + "\n", encoding="utf-8")
