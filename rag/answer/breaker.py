"""A circuit breaker: what failed several times in a row is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Rests for `rest_s` after `most` failures in a row; then one more failure makes it rest again. Thread-safe."""

    def __init__(self, most: int = 3, rest_s: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rest_s, self._clock = most, rest_s, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    @property
    def resting(self) -> bool:
        """Whether it is to be left alone now."""
        return self._clock() < self._until

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._until = self._clock() + self._rest_s

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._until = 0, 0.0
