"""Looks names up with a deadline: the system's own look-up has none that a program could set, and may hang."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

from ingest.fetch.outcomes import Unreachable

LOOKUP_S = 10.0
SLICE_S = 0.2
HANGING_MOST = 32  # look-ups that were given up and are still under way; a thread each

Resolve = Callable[[str, int], Sequence[str]]


class Lookup:
    """A resolver whose every answer comes in time or not at all. Safe to use from many threads."""

    def __init__(self, resolve: Resolve, *, limit_s: float = LOOKUP_S) -> None:
        self._resolve = resolve
        self._limit_s = limit_s
        self._room = threading.Semaphore(HANGING_MOST)

    def __call__(self, host: str, port: int, left: Callable[[], float]) -> Sequence[str]:
        """The addresses of a name, or the resolver's error. `left`: seconds that the caller has, or its own error.

        Raises Unreachable when the answer is late, or too many look-ups hang already.
        """
        if not self._room.acquire(timeout=min(self._limit_s, left())):
            raise Unreachable("dns", "The resolver does not answer: too many look-ups hang.")
        answer: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()
        threading.Thread(target=self._ask, args=(host, port, answer), name="look-up", daemon=True).start()
        end = time.monotonic() + self._limit_s
        while (rest := min(end - time.monotonic(), left())) > 0:
            try:
                found = answer.get(timeout=min(SLICE_S, rest))
            except queue.Empty:
                continue
            if isinstance(found, Exception):
                raise found
            return found
        raise Unreachable("dns", f"The look-up of {host} takes too long.", hint="Is the resolver of this machine up?")

    def _ask(self, host: str, port: int, answer: queue.SimpleQueue[Sequence[str] | Exception]) -> None:
        try:
            answer.put(self._resolve(host, port))
        except Exception as error:  # handed to the thread that waits, which raises it
            answer.put(error)
        finally:
            self._room.release()
