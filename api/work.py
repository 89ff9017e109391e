"""Runs the engine's blocking event stream in a worker thread, and stops it when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import Request

from api.errors import ClientGone
from api.gate import Gate
from rag.types import Event

T = TypeVar("T")

_LOOK_S = 0.25  # how often a waiting handler looks whether its client is still there

stop_asked: contextvars.ContextVar[threading.Event | None] = contextvars.ContextVar("stop_asked", default=None)


async def unless_gone(request: Request | None, awaitable: Awaitable[T]) -> T:
    """The awaitable's result; cancels it and raises ClientGone when the request's client goes first."""
    if request is None:
        return await awaitable
    task = asyncio.ensure_future(awaitable)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_S)
            if not task.done() and await request.is_disconnected():
                raise ClientGone
        return task.result()
    finally:
        task.cancel()


class Work:
    """One stream of events being made in a worker thread. The events wait here, so a slow client holds no thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()
        self._stop = threading.Event()

    @classmethod
    async def begin(cls, make: Callable[[], Iterator[Event]], *, pool: ThreadPoolExecutor, gate: Gate) -> Work:
        """Starts the work as soon as the gate has a slot; the slot is given back when the work ends. Raises Busy."""
        await gate.enter()
        work = cls(asyncio.get_running_loop())
        context = contextvars.copy_context()
        try:
            future = pool.submit(context.run, work._run, make)
        except BaseException:
            gate.leave()
            raise
        future.add_done_callback(lambda _: work._tell(gate.leave))
        return work

    async def next(self) -> Event | None:
        """The next event, None after the last; raises what the work raised."""
        item = await self._queue.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def stop(self) -> None:
        """Asks the work to end; it looks between events, and between the pieces of a language model's reply."""
        self._stop.set()

    def _run(self, make: Callable[[], Iterator[Event]]) -> None:
        stop_asked.set(self._stop)
        try:
            if not self._stop.is_set():
                self._pass_on(make())
            last: BaseException | None = None
        except BaseException as error:  # whatever it is, it is raised where the events are awaited
            last = error
        self._tell(lambda: self._queue.put_nowait(last))

    def _pass_on(self, events: Iterator[Event]) -> None:
        try:
            for event in events:
                if self._stop.is_set():
                    return
                self._tell(lambda event=event: self._queue.put_nowait(event))  # type: ignore[misc]
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    def _tell(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped
            self._loop.call_soon_threadsafe(call)
