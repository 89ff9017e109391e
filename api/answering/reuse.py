"""Does the work for equal questions once: shares running answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from api.answering.worker_threads import EventReader, SharedStream, WorkerPool
from rag.types import Event


class InFlightAnswers:
    """Answers that are being made, by question, so that equal questions can share one. Finished answers are not kept.

    Belongs to one event loop. `change` returns the number of the archive's last change. A question may share an answer
    until its passages are searched, and afterwards as long as the archive does not change: so an article stored before
    the question can be in the answer, and one erased before it cannot.
    """

    def __init__(self, change: Callable[[], int]) -> None:
        self._change = change
        self._running: dict[Hashable, SharedStream] = {}

    def join(self, question: Hashable) -> EventReader | None:
        """Returns a reader of the running answer to an equal question; None if there is none that may be shared."""
        work = self._running.get(question)
        if work is None or work.stopped or work.searched not in (None, self._change()):
            return None
        return work.join()

    def begin(self, question: Hashable, make: Callable[[], Iterator[Event]], workers: WorkerPool) -> EventReader:
        """Starts an answer that others may share, and returns a reader of it."""
        work = self._running[question] = SharedStream(make, workers, self._change)
        reading = work.join()
        work.start(lambda: self._forget(question, work))
        return reading

    def _forget(self, question: Hashable, work: SharedStream) -> None:
        if self._running.get(question) is work:
            del self._running[question]
