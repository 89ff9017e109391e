"""The archive as it stood on a day: looked up and searched with what has been corrected or retracted since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rag.store.archive import Archive
from rag.store.copies import Cluster
from rag.store.exact import ExactVectors
from rag.types import Filters, Passage


class Past:
    """Stands in for the archive in `search`. Superseded passages are in no index: their vectors are compared here."""

    def __init__(self, archive: Archive, day: date) -> None:
        self._archive, self._day = archive, day

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """Those that answered at the end of the day."""
        return self._archive.passages_on(keys, self._day)

    def clusters(self, article_ids: Sequence[str]) -> Mapping[str, Cluster]:
        return self._archive.clusters(article_ids)

    def superseded(self, vector: NDArray[np.float32], *, limit: int, filters: Filters) -> dict[int, float]:
        """Cosines of the nearest passages that answered then and do not any more."""
        columns = self._archive.columns_on(self._day)
        if not len(columns.keys):
            return {}
        found = ExactVectors.of(columns).search(vector, limit=limit, filters=filters)
        return {scored.key: scored.score for scored in found}
