"""Fits the head: logistic regression over the features that `rag.answer.injection` counts."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from rag.answer.injection import BITS, InjectionHead, feature_weights, order_features
from research.train.orders.texts import WrittenOrder, planted

_LOOSE = 100.0  # inverse of the penalty; of 10, 100 and 400 the best on orders left out
_LOOKALIKES_COUNT = 3  # times
_AT_FIRST = 40_000  # sentences of news; of the others those that look most like orders
_HARD = 4000
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
    """News that the head learns from and passages on which its threshold is set, counted once."""

    def __init__(
        self, news: list[str], judged: list[list[str]], lookalikes: Sequence[str], stopped: float
    ) -> None:
        self.news, self.judged, self.stopped = news, judged, stopped
        random.Random(_SEED).shuffle(news)
        self._first = feature_rows(news[:_AT_FIRST])
        self._others = feature_rows(news[_AT_FIRST:]) if len(news) > _AT_FIRST else None
        self._lookalikes = vstack([feature_rows(lookalikes)] * _LOOKALIKES_COUNT)
        self._apart = feature_rows([sentence for passage in judged for sentence in passage])
        self._starts = np.cumsum([0, *map(len, judged)])[:-1]

    def head(self, orders: Sequence[WrittenOrder]) -> InjectionHead:
        """The head that stops such a share of the passages that it did not learn from."""
        against = feature_rows(list(planted(orders, self.news, random.Random(_SEED))))
        weights = _weights(against, [self._first, self._lookalikes])
        if self._others is not None:
            hard = self._others[np.argsort(-(self._others @ weights))[:_HARD]]
            weights = _weights(against, [self._first, self._lookalikes, hard])
        highest = np.maximum.reduceat(self._apart @ weights, self._starts)
        return InjectionHead(weights, -float(np.quantile(highest, 1 - self.stopped)))

    def held_out(self, orders: Sequence[WrittenOrder]) -> dict[str, float]:
        """The share stopped of a quarter of the orders that is left out: strings, or thoughts in all languages."""
        found = {}
        by: dict[str, Callable[[WrittenOrder], str]] = {
            "string": lambda o: o.text,
            "thought": lambda o: f"{o.kind} {o.place}",
        }
        for name, key in by.items():
            out = [o for o in orders if o.kind not in ("open", "order") and zlib.crc32(key(o).encode()) % 4 == 0]
            gone = {o.text for o in out}
            head = self.head([o for o in orders if o.text not in gone])
            scores: NDArray[np.float64] = feature_rows([o.text for o in out]) @ head.weights + head.bias
            found[name] = float((scores > 0).mean())
        return found


def _weights(against: csr_matrix, news: Sequence[csr_matrix]) -> NDArray[np.float32]:
    rows = vstack([against, *news])
    labels = np.arange(rows.shape[0]) < against.shape[0]
    model = LogisticRegression(C=_LOOSE, solver="liblinear", tol=0.03).fit(rows, labels)
    return np.asarray(model.coef_[0], np.float32)
