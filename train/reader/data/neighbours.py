"""The texts nearest to a text by words: hard "not here" examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from rag.text.script import fold

AT_ONCE = 512


def nearest(queries: Sequence[str], texts: Sequence[str], count: int) -> list[list[int]]:
    """For each query the numbers of the `count` texts of highest TF-IDF cosine, best first; words folded."""
    model = TfidfVectorizer(preprocessor=fold, token_pattern=r"\w+", sublinear_tf=True)
    held = model.fit_transform(texts)
    asked = model.transform(queries)
    found: list[list[int]] = []
    for start in range(0, len(queries), AT_ONCE):
        scores = (asked[start : start + AT_ONCE] @ held.T).toarray()
        found += np.argsort(-scores, axis=1, kind="stable")[:, :count].tolist()
    return found
