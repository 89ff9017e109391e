"""How many questions are answered at once, and how many may wait for their turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from api.http.errors import Busy

PATIENCE_S = 3.0  # how long work lets others pass before it: 200 readers at once are past finding in 1.5 s


class Gate:
    """Slots for work, first come first served. Belongs to one event loop; `leave` may be called from it only."""

    def __init__(self, *, slots: int, queue: int, wait_s: float, after: Gate | None = None) -> None:
        """`after`: a gate whose queue passes first, for at most PATIENCE_S, so that it cannot keep this one shut."""
        self._free = slots
        self._queue = queue
        self._wait_s = wait_s
        self._after = after
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._letting_pass = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def enter(self) -> None:
        """Takes a slot, waiting for one at most `wait_s`; raises Busy when the queue is full or the wait too long."""
        if self._after is not None:
            await self._let_pass(self._after)
        if self._free > 0:
            self._free -= 1
            return
        if len(self._waiting) >= self._queue:
            raise _busy()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._empty.clear()
        try:
            async with asyncio.timeout(self._wait_s):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():  # the slot came in the same moment: pass it on
                self.leave()
            elif turn in self._waiting:
                self._waiting.remove(turn)
                self._look()
            if isinstance(error, TimeoutError):
                raise _busy() from None
            raise

    def must_have_room(self) -> None:
        """Raises Busy when all slots are taken and the queue is full."""
        if self._free <= self._letting_pass and len(self._waiting) + self._letting_pass >= self._queue:
            raise _busy()

    def leave(self) -> None:
        """Gives a slot back, to the first who waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._look()
                return
        self._look()
        self._free += 1

    async def _let_pass(self, other: Gate) -> None:
        self._letting_pass += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await other._empty.wait()
        finally:
            self._letting_pass -= 1

    def _look(self) -> None:
        if not self._waiting:
            self._empty.set()


def _busy() -> Busy:
    return Busy("Too many questions are being answered at the moment.", hint="Ask again in a few seconds.")
