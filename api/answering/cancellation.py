"""A language model's reply that can be left in mid-stream, even while the provider says nothing."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator

from api.answering.worker_threads import stop_asked
from rag.answer.generate.chat import ChatModel
from rag.errors import ChatUnavailable

_LOOK_S = 0.1


class Stoppable:
    """Reads the model in a thread of its own and looks every 0.1 s whether anybody still waits for the answer.

    The thread that waits is freed at once; the other closes the provider's stream at its next piece, or time-out.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    def stream(self, system: str, user: str) -> Iterator[str]:
        """As the model's; ends early with ChatUnavailable when a stop is asked for."""
        stop = stop_asked.get()
        if stop is None:
            yield from self._model.stream(system, user)
            return
        pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        left = threading.Event()
        reader = threading.Thread(
            target=_read, args=(self._model.stream(system, user), pieces, left), name="model", daemon=True
        )
        reader.start()
        try:
            while (piece := _next(pieces, stop)) is not None:
                yield piece
        finally:
            left.set()


def _next(pieces: queue.SimpleQueue[str | BaseException | None], stop: threading.Event) -> str | None:
    while True:
        if stop.is_set():
            raise ChatUnavailable("Nobody waits for the answer any more.")
        with contextlib.suppress(queue.Empty):
            piece = pieces.get(timeout=_LOOK_S)
            if isinstance(piece, BaseException):
                raise piece
            return piece


def _read(stream: Iterator[str], pieces: queue.SimpleQueue[str | BaseException | None], left: threading.Event) -> None:
    try:
        for piece in stream:
            if left.is_set():
                return
            pieces.put(piece)
        pieces.put(None)
    except BaseException as error:  # raised where the pieces are read
        pieces.put(error)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()
