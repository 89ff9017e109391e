"""Says when there is time to ask followed questions again, beside articles that come in."""

from __future__ import annotations

import time
from collections.abc import Callable

# Of the time while articles come in, that following may take: of the processor's time of ingestion, which waits now and
# then, it is more. What this has spared up may be taken at once.
SHARE, _SPARED_S = 0.03, 3.0
_QUIET_S = 10.0  # after which no more articles are expected at once, and everything that waits is asked


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
