"""Runs the engine's blocking event streams in a limited number of threads, and stops those that nobody waits for."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request

from api.http.errors import Busy, ClientGone
from rag.answer.chat import ChatModel
from rag.answer.write import without_model
from rag.errors import NobodyWaits
from rag.types import Event, InterimAnswer, Usage

REMEMBERED = 8  # jobs, whose mean time predicts that of the next
PATIENCE_S = 3.0  # for which writing gives way to finding: that of 200 readers at once takes 1.5 s


class AdmissionQueue:
    """Admits jobs to a number of slots, first come, first served.

    Belongs to one event loop, from which all is called.
    """

    def __init__(
        self, *, slots: int, queue: int, wait_s: float, work_s: float = 0.0, after: AdmissionQueue | None = None
    ) -> None:
        """`queue`: how many jobs may wait, each for at most `wait_s`. `work_s`: a first guess at the seconds of a job.
        `after`: a queue whose jobs go first, for at most PATIENCE_S."""
        self._slots, self._free = slots, asyncio.Semaphore(slots)
        self._queue, self._wait_s, self._work_s, self._after = queue, wait_s, work_s, after
        self._places = 0
        self._waiting: dict[asyncio.Timeout, float] = {}  # since when
        self._empty = asyncio.Event()
        self._empty.set()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Reserves a place in the queue for a job that will `enter`, now or after other work.

        Raises Busy at once when the queue is full, or too long for the job to get a slot within `wait_s`.
        """
        before = self._places - self._slots + 1
        if before > self._queue or before * self._work_s / self._slots > self._wait_s:
            raise self._busy(before)
        self._places += 1
        try:
            yield
        finally:
            self._places -= 1

    async def enter(self) -> None:
        """Waits for a slot and takes it.

        Raises Busy as soon as that takes, or is going to take, longer than `wait_s`.
        """
        if self._after is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await self._after._empty.wait()
        try:
            async with asyncio.timeout(self._wait_s) as turn:
                self._waiting[turn] = asyncio.get_running_loop().time()
                self._empty.clear()
                await self._free.acquire()
        except TimeoutError:
            raise self._busy(self._places - self._slots) from None
        finally:
            del self._waiting[turn]
            if not self._waiting:
                self._empty.set()

    def leave(self, took_s: float | None = None) -> None:
        """Gives a slot back to the first job that waits. `took_s`: how long the work took."""
        if took_s is not None:
            self._work_s += (took_s - self._work_s) / REMEMBERED
            now = asyncio.get_running_loop().time()
            # As the work may now take longer, jobs that will not get a slot in time are refused; the last ones first.
            for before, (turn, since) in reversed(list(enumerate(self._waiting.items(), 1))):
                if now - since + before * self._work_s / self._slots <= self._wait_s:
                    break
                turn.reschedule(now)
        self._free.release()

    def _busy(self, before: int) -> Busy:
        """Makes the error for a job with so many before it. It names the seconds until the queue is short enough."""
        error = Busy("Too many questions are being answered right now.", hint="Ask again in a few seconds.")
        error.retry_after_s = max(2, math.ceil(before * self._work_s / self._slots - self._wait_s))
        return error


T = TypeVar("T")

stop_asked: contextvars.ContextVar[threading.Event | None] = contextvars.ContextVar("stop_asked", default=None)


async def unless_gone(request: Request | None, awaitable: Awaitable[T]) -> T:
    """Returns the awaitable's result. Cancels it and raises ClientGone if the client closes the connection first."""
    if request is None:
        return await awaitable
    task, gone = asyncio.ensure_future(awaitable), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        task.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    """Returns when the client has closed the connection. It waits for the message, as polling four times a second took
    12 % of the CPU with 200 waiting readers."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


@dataclass(frozen=True, slots=True)
class WorkerPool:
    """Worker threads, with separate queues for finding passages, for writing answers and for asking a language model.

    Finding passages takes some 20 ms, and writing the answer ten times that. With a queue of its own, finding shows
    every reader the passages soon, however many answers are still to be written. A slow model delays nobody's quotes.
    """

    pool: ThreadPoolExecutor
    finding: AdmissionQueue
    writing: AdmissionQueue
    asking: AdmissionQueue

    async def run(self, gate: AdmissionQueue, job: Callable[[], T]) -> T:
        """Runs a job in a thread and returns its result. Raises Busy, at once if it would have to wait too long."""
        with gate.place():
            return await self.run_in_turn(gate, job)

    async def run_in_turn(self, gate: AdmissionQueue, job: Callable[[], T]) -> T:
        """Runs a job that has its place in the queue. The slot is freed when the job's thread has ended."""
        await gate.enter()
        begun, context = time.monotonic(), contextvars.copy_context()
        running = asyncio.get_running_loop().run_in_executor(self.pool, context.run, job)
        running.add_done_callback(lambda _: gate.leave(time.monotonic() - begun))
        return await asyncio.shield(running)


class SharedStream:
    """The events of one answer, shared by the readers of equal questions.

    All events are kept until the last reader has left, so a slow client occupies no thread.
    """

    def __init__(self, make: Callable[[], Iterator[Event]], workers: WorkerPool, change: Callable[[], int]) -> None:
        """`make` starts the answer and `change` returns the archive's last change, both in a worker thread."""
        self._make, self._workers, self._change, self._loop = make, workers, change, asyncio.get_running_loop()
        self._made: list[Event | BaseException | None] = []
        self._news = asyncio.Event()
        self._stop = threading.Event()
        self._events: Iterator[Event] = iter(())
        self._stages = 0  # that have begun to write
        self._interim: InterimAnswer | None = None  # the answer as it stands while a language model is asked
        self._task: asyncio.Task[None] | None = None
        self._readers = 0
        self.searched: int | None = None  # the archive's change just before it was searched

    def join(self) -> EventReader:
        """Adds a reader, which gets all events from the first on."""
        self._readers += 1
        return EventReader(self)

    @property
    def stopped(self) -> bool:
        """Tells whether it was asked to end."""
        return self._stop.is_set()

    def start(self, ended: Callable[[], None] = lambda: None) -> None:
        """Starts to produce the events. `ended` is called after the last. The readers raise its errors."""
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _: ended())

    async def item(self, number: int) -> Event | BaseException | None:
        """Waits for an event and returns it; behind the last one, the error that was raised or None."""
        while len(self._made) <= number:
            await self._news.wait()
        return self._made[number]

    def leave(self) -> None:
        """Removes a reader. Without readers the work is asked to stop.

        It looks for that between events, and between the pieces of a language model's reply.
        """
        self._readers -= 1
        if self._readers > 0:
            return
        self._stop.set()
        if self._task is not None:
            self._task.cancel()  # ends a wait in the queue; a running thread goes on until it looks

    async def _run(self) -> None:
        last: BaseException | None = None
        try:
            with self._workers.writing.place():  # reserved first, so that no passages are found in vain
                await self._workers.run(self._workers.finding, self._find)  # closes the events itself after a stop
                if not self._stop.is_set():
                    await self._in_turn(self._workers.writing)
            if self._interim is not None and not self._stop.is_set():
                await self._ask(self._interim)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # raised where the events are awaited
            last = error
        self._add(last)

    async def _in_turn(self, gate: AdmissionQueue) -> None:
        stage = self._stages
        try:
            await self._workers.run_in_turn(gate, self._write)
        except (asyncio.CancelledError, Busy):
            if self._stages == stage:
                close_stream(self._events)  # no thread has run it
            raise

    async def _ask(self, interim: InterimAnswer) -> None:
        """Asks the language model. If too many answers wait for it, the answer ends without it."""
        try:
            with self._workers.asking.place():
                await self._in_turn(self._workers.asking)
        except Busy:
            close_stream(self._events)
            self._add(without_model(interim))

    def _find(self) -> None:
        """Makes the first event: the passages."""
        stop_asked.set(self._stop)
        self.searched = self._change()
        self._events = self._make()
        first = next(self._events, None)
        self._put(first)
        if self._stop.is_set():
            close_stream(self._events)

    def _write(self) -> None:
        """Makes the next events: up to InterimAnswer, after which the language model is asked, or up to the end."""
        self._stages += 1
        stop_asked.set(self._stop)
        goes_on = False
        try:
            while not self._stop.is_set() and not goes_on:
                event = next(self._events, None)
                if event is None:
                    return
                if isinstance(event, InterimAnswer):
                    self._interim, goes_on = event, True
                self._put(event)
        finally:
            if not goes_on:
                close_stream(self._events)

    def _put(self, event: Event | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped
            self._loop.call_soon_threadsafe(self._add, event)

    def _add(self, item: Event | BaseException | None) -> None:
        self._made.append(item)
        self._news.set()
        self._news = asyncio.Event()


class EventReader:
    """A reader of a shared stream, with a position of its own."""

    def __init__(self, work: SharedStream) -> None:
        self._work, self._at, self._reads = work, 0, True

    async def next(self) -> Event | None:
        """Returns the next event, None after the last. Raises what the work raised."""
        item = await self._work.item(self._at)
        self._at += 1
        if isinstance(item, BaseException):
            raise item
        return item

    def stop(self) -> None:
        """Stops reading. May be called twice."""
        if self._reads:
            self._reads = False
            self._work.leave()


_LOOK_S = 0.1


class StoppableModel:
    """A language model whose reply a thread of its own reads, so that it can stop within 0.1 s when nobody waits for
    it.

    The waiting thread is freed at once. The other closes the provider's stream at its next piece, or at its time-out.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

        self.name, self.context_tokens = model.name, getattr(model, "context_tokens", None)

    def stream(self, system: str, user: str) -> Iterator[str]:
        """Streams the model's reply. Raises NobodyWaits when the answer is asked to stop."""
        reply, stop = self._model.stream(system, user), stop_asked.get()
        return reply if stop is None else _StoppableReply(reply, stop)


class _StoppableReply(Iterator[str]):
    """A reply that another thread reads."""

    def __init__(self, reply: Iterator[str], stop: threading.Event) -> None:
        self._reply, self._stop, self._left = reply, stop, threading.Event()
        self._pieces: queue.SimpleQueue[str | BaseException] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="model", daemon=True).start()

    def __next__(self) -> str:
        while not self._stop.is_set():
            with contextlib.suppress(queue.Empty):
                piece = self._pieces.get(timeout=_LOOK_S)
                if isinstance(piece, BaseException):
                    raise piece
                return piece
        raise NobodyWaits("Nobody waits for the answer any more.")

    @property
    def usage(self) -> Usage | None:
        """The tokens used so far."""
        return getattr(self._reply, "usage", None)

    def close(self) -> None:
        """Stops reading."""
        self._left.set()

    def _read(self) -> None:
        end: BaseException = StopIteration()
        try:
            for piece in self._reply:
                if self._left.is_set():
                    return
                self._pieces.put(piece)
        except BaseException as error:  # raised where the pieces are read
            end = error
        finally:
            self._pieces.put(end)
            close_stream(self._reply)


def close_stream(stream: Iterator[Any]) -> None:
    """Closes a generator; other iterators need no closing."""
    close = getattr(stream, "close", None)
    if close is not None:
        close()
