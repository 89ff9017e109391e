"""One answer for all who ask the same at the same time: after a push message hundreds do, within a second."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from api.answering.worker_threads import Reading, Work


class Shared:
    """The answers that are being made, by question. Nothing is kept of an answer that is finished.

    Belongs to one event loop. `change` gives the archive's last change: an answer may be joined while nobody looks for
    its passages yet, and later only if the archive is as it was then. So what is pushed before a question is asked can
    be in its answer, and what is erased before it cannot.
    """

    def __init__(self, change: Callable[[], int]) -> None:
        self._change = change
        self._running: dict[Hashable, tuple[Work, Seen]] = {}

    def join(self, question: Hashable) -> Reading | None:
        """A place in the answer to this question, if one is being made that still holds."""
        work, seen = self._running.get(question, (None, None))
        if work is None or seen is None or work.stopped:
            return None
        if work.begun and seen.change != self._change():
            return None
        return work.join()

    def begin(self, question: Hashable, make: Callable[[Callable[[], None]], Work]) -> Reading:
        """A place in a new answer, which others may join. `make` is given what has to be called before searching."""
        seen = Seen()

        def look() -> None:
            seen.change = self._change()

        work = make(look)
        self._running[question] = (work, seen)
        reading = work.join()
        work.start(lambda: self._forget(question, work))
        return reading

    def _forget(self, question: Hashable, work: Work) -> None:
        if self._running.get(question, (None,))[0] is work:
            del self._running[question]


class Seen:
    """The change that the archive was at, before it was searched; -1 until then."""

    change = -1
