"""When to try again what failed."""

from __future__ import annotations

import time

_FIRST_S, _MOST_S = 0.5, 30.0


class Backoff:
    """Pauses that double with every failure in a row, from half a second to half a minute."""

    def __init__(self) -> None:
        self._pause_s = _FIRST_S
        self._next = 0.0

    @property
    def due(self) -> bool:
        """Is it time to try (again)?"""
        return time.monotonic() >= self._next

    def failed(self) -> None:
        """Wait longer than last time."""
        self._next = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _MOST_S)

    def worked(self) -> None:
        """Wait no more."""
        self._pause_s, self._next = _FIRST_S, 0.0
