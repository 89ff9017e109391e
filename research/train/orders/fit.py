"""Fits the head: logistic regression over the features that `rag.answer.injection` counts."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from rag.answer.injection import BITS, InjectionHead, VectorsOf, feature_weights, order_features
from research.train.orders.texts import WrittenOrder, planted, within

_LOOSE = 100.0  # inverse of the penalty; of 10, 100 and 400 the best on orders left out
_LOOKALIKES_COUNT = 3  # times
# No word or run of letters weighs more than 997 in 1,000 do: one rare word is no order. Of orders left out .69 are
# stopped so, .61 without.
_CLIPPED = 0.997
_AT_FIRST = 40_000  # sentences of news; of the others those that look most like orders
_HARD = 4000
_DOUBTED = 0.01  # of the sentences of news are looked at by their meaning
_NEWS_MEANT, _HARD_MEANT = 3000, 1500  # sentences from which the weights of meaning are learned
_TIGHT, _SCALE, _SHARE = 0.1, 20.0, 0.5  # inverse of the penalty; of a vector; of meaning in the sum: 0.5 of 0.5, 1, 2
_SEED = 5


def feature_rows(texts: Sequence[str]) -> csr_matrix:
    """A row of features for each text."""
    places, values, ends = [], [], [0]
    for text in texts:
        found = order_features(text)
        word, letter = feature_weights(found)
        places += [found.words, found.letters]
        values += [np.full(len(found.words), word), np.full(len(found.letters), letter)]
        ends.append(ends[-1] + len(found.words) + len(found.letters))
    data = np.concatenate(values).astype(np.float32), np.concatenate(places).astype(np.int32), np.array(ends)
    made = csr_matrix(data, shape=(len(texts), 1 << BITS))
    made.sum_duplicates()
    return made


class Fitting:
    """News that the head learns from and passages on which its thresholds are set, counted once.

    `stopped`: the share of passages that may be kept from a model; half of it may go unquoted.
    """

    def __init__(
        self,
        news: list[str],
        judged: list[list[str]],
        lookalikes: Sequence[str],
        stopped: float,
        vectors_of: VectorsOf,
        model: str,
    ) -> None:
        self.news, self.judged, self.stopped = news, judged, stopped
        self._lookalike_texts, self._vectors_of, self._model = lookalikes, vectors_of, model
        random.Random(_SEED).shuffle(news)
        self._first, self._others = feature_rows(news[:_AT_FIRST]), feature_rows(news[_AT_FIRST:])
        self._lookalikes = vstack([feature_rows(lookalikes)] * _LOOKALIKES_COUNT)
        self._sentences = [sentence for passage in judged for sentence in passage]
        self._apart = feature_rows(self._sentences)
        self._starts = np.cumsum([0, *map(len, judged)])[:-1]

    def head(self, orders: Sequence[WrittenOrder]) -> InjectionHead:
        """The head that stops such a share of the passages that it did not learn from."""
        against = feature_rows(list(planted(orders, self.news, random.Random(_SEED))))
        weights = _weights(against, vstack([self._first, self._lookalikes]))
        hard = np.argsort(-(self._others @ weights))[:_HARD]
        weights = _weights(against, vstack([self._first, self._lookalikes, self._others[hard]]))
        scores: NDArray[np.float64] = self._apart @ weights
        bias = -self._threshold(scores, self.stopped / 2)
        doubted = float(np.quantile(scores, 1 - _DOUBTED)) + bias
        meaning, meaning_bias = self._meaning(orders, [self.news[_AT_FIRST + i] for i in hard[:_HARD_MEANT]])
        head = InjectionHead(weights, bias, doubted, meaning, meaning_bias, self._model)
        summed = self._summed(head, self._sentences, scores + bias)
        return replace(head, meaning_bias=meaning_bias - max(0.0, self._threshold(summed, self.stopped)))

    def held_out(self, orders: Sequence[WrittenOrder]) -> Iterator[str]:
        """Yields the share stopped of a quarter of the orders that is left out: strings, or thoughts in all languages;
        alone and in one sentence with news."""
        by: dict[str, Callable[[WrittenOrder], str]] = {
            "string": lambda o: o.text,
            "thought": lambda o: f"{o.kind} {o.place}",
        }
        chance = random.Random(_SEED)
        for name, key in by.items():
            out = [o for o in orders if o.kind not in ("open", "order") and zlib.crc32(key(o).encode()) % 4 == 0]
            gone = {o.text for o in out}
            head = self.head([o for o in orders if o.text not in gone])
            alone = [o.text for o in out]
            for place, texts in (("alone", alone), ("in news", [within(t, self._sentences, chance) for t in alone])):
                scores: NDArray[np.float64] = feature_rows(texts) @ head.weights + head.bias
                sent = self._summed(head, texts, scores)
                yield f"{name}, {place}: {(scores > 0).mean():.3f} not quoted, {(sent > 0).mean():.3f} not sent"

    def _meaning(self, orders: Sequence[WrittenOrder], hard: Sequence[str]) -> tuple[NDArray[np.float32], float]:
        """Weights of a vector, and what is added."""
        texts = [o.text for o in orders if o.kind != "open"]
        against = [*texts, *(within(text, self.news, random.Random(text)) for text in texts)]
        clean = [*self.news[:_NEWS_MEANT], *hard, *self._lookalike_texts, *self._lookalike_texts]
        vectors = self._vectors_of([*against, *clean]) * _SCALE
        model = LogisticRegression(C=_TIGHT, solver="liblinear").fit(vectors, np.arange(len(vectors)) < len(against))
        return np.asarray(model.coef_[0] * _SCALE * _SHARE, np.float32), float(model.intercept_[0] * _SHARE)

    def _summed(self, head: InjectionHead, texts: Sequence[str], scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scores, those in doubt with what the vectors add."""
        summed = scores.copy()
        doubted = np.flatnonzero((scores > head.doubted) & (scores <= 0))
        if len(doubted):
            vectors = self._vectors_of([texts[int(i)] for i in doubted])
            summed[doubted] = head.scores_with_meaning(scores[doubted].tolist(), vectors)
        summed[scores <= head.doubted] = -np.inf
        return summed

    def _threshold(self, scores: NDArray[np.float64], share: float) -> float:
        """The score above which the highest sentence lies in such a share of the passages."""
        highest = np.maximum.reduceat(scores, self._starts)
        return float(np.sort(highest)[-1 - int(share * len(highest))])


def _weights(against: csr_matrix, news: csr_matrix) -> NDArray[np.float32]:
    rows = vstack([against, news])
    labels = np.arange(rows.shape[0]) < against.shape[0]
    model = LogisticRegression(C=_LOOSE, solver="liblinear", tol=0.03).fit(rows, labels)
    weights = np.asarray(model.coef_[0], np.float32)
    most = np.quantile(np.abs(weights[weights != 0]), _CLIPPED)
    return np.clip(weights, -most, most)
