"""One half of retrieval alone: neither finds by what the other knows."""

import numpy as np
import pytest

from eval.targets.local import OneSidedIndexes
from rag.question.question import Question
from rag.retrieve.search import candidates
from rag.store.upkeep.catchup import ScoredKey


class Indexes:
    """Vectors find passage 1, words passage 2, names passage 3."""

    def dense(self, vector, *, limit, filters=None, language="und"):
        return [ScoredKey(1, 0.9)]

    def cosines(self, vector, keys, **how):
        return dict.fromkeys(keys, 0.5)

    def keyword(self, text, *, limit, filters=None, among=None):
        return [ScoredKey(2, 7.0)] if among is None else []

    def search_names(self, text, *, language, limit, filters=None, among=None):
        return [ScoredKey(3, 1.0)] if among is None else []

    def reachable(self, text):
        return 10.0

    def notices(self):
        return ("as ever",)


@pytest.mark.parametrize(("mode", "found"), [("vectors", [1]), ("bm25", [2])])
def test_one_half(mode, found):
    sided = OneSidedIndexes(Indexes(), mode)
    fused = candidates(Question("?"), np.zeros(3, dtype=np.float32), indexes=sided, limit=5)
    assert [f.key for f in fused] == found
    assert fused[0].dense_score == (0.9 if mode == "vectors" else None)
    assert sided.notices() == ("as ever",)


def test_both():
    fused = candidates(Question("?"), np.zeros(3, dtype=np.float32), indexes=Indexes(), limit=5)
    assert {f.key for f in fused} == {1, 2, 3}
