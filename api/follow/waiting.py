"""Holds new passages until the questions that they come near are asked, the likeliest to change first, and says when
there is time to ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

from rag.types import Hit

# Of the time while articles come in, that following may take: of the processor's time of ingestion, which waits now and
# then, it is more. What this has spared up may be taken at once.
SHARE, _SPARED_S = 0.03, 3.0
_MOST = 200  # passages of a question, the newest: of a digest, more stories than it has
_QUIET_S = 10.0  # after which no more articles are expected at once, and everything that waits is asked


class Waiting:
    """The questions that wait to be asked, each with the passages that came near: the more of them come meanwhile, the
    less there is to ask in all."""

    def __init__(self) -> None:
        self._hits: dict[str, list[Hit]] = {}
        self._over: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._hits)

    def add(self, followed_id: str, hits: Sequence[Hit], over: float) -> None:
        """Adds passages. `over`: how much nearer the nearest came than it must."""
        held = self._hits.setdefault(followed_id, [])
        held.extend(hits)
        del held[:-_MOST]
        self._over[followed_id] = max(over, self._over.get(followed_id, over))

    def forget(self, article_ids: Collection[str]) -> None:
        """Removes the passages of articles that have changed since, and the questions that waited for no others."""
        for followed_id, hits in list(self._hits.items()):
            hits[:] = [hit for hit in hits if hit.passage.article_id not in article_ids]
            if not hits:
                self.remove(followed_id)

    def keep(self, followed_ids: Collection[str]) -> None:
        """Removes questions that are followed no more."""
        for one in self._hits.keys() - set(followed_ids):
            self.remove(one)

    def first(self) -> str:
        """Returns the question whose passages came nearest by its own measure."""
        return max(self._over, key=lambda one: self._over[one])

    def hits(self, followed_id: str) -> list[Hit]:
        """Returns a question's passages."""
        return self._hits[followed_id]

    def remove(self, followed_id: str) -> None:
        """Removes a question, once it was asked."""
        del self._hits[followed_id], self._over[followed_id]

    def clear(self) -> None:
        """Removes all."""
        self._hits.clear()
        self._over.clear()


class Allowance:
    """The time that following may take, so that taking articles in is held up by no more than a share.

    A clock's time is counted, not the processor's: where others make it wait, following rests the more.
    """

    def __init__(self, share: float = SHARE, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.left = _SPARED_S
        """seconds that may be taken now; below 0 what was taken too much"""
        self._share, self._clock = share, clock
        self._at, self._came = clock(), clock() - _QUIET_S

    def came(self) -> None:
        """Notes that articles came in."""
        self._came = self._clock()

    def spend(self, seconds: float) -> None:
        """Counts time that was taken; of a start, which takes long, no more than is spared up in a minute."""
        self._refill()
        self.left = max(-_SPARED_S, self.left - seconds)

    def holds(self) -> bool:
        """Whether there is time to ask now."""
        self._refill()
        return self.left > 0 or self._clock() - self._came >= _QUIET_S

    def _refill(self) -> None:
        now = self._clock()
        self.left, self._at = min(_SPARED_S, self.left + self._share * (now - self._at)), now
