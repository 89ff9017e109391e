"""Ends a run on Ctrl-C or SIGTERM after the batch at hand; a second signal ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Now(Exception):  # noqa: N818
    """Raised in the place of a wait for the next record."""


class Stopping:
    """While entered, the signals only set `asked`; a wait for the next record is given up at once."""

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False
        self._before: dict[signal.Signals, Any] = {}

    def records(self, source: Iterable[T]) -> Iterator[T]:
        """The records of a source until somebody asks to stop."""
        iterator = iter(source)
        while not self.asked:
            try:
                self._waiting = True
                record = next(iterator)
                self._waiting = False
            except (StopIteration, _Now):
                return
            finally:
                self._waiting = False
            yield record

    def __enter__(self) -> Stopping:
        self._before = {number: signal.signal(number, self._asked) for number in SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self._waiting:
            raise _Now
