"""How many questions are answered at once, and how many may wait for their turn."""

from __future__ import annotations

import asyncio
from collections import deque

from api.errors import Busy


class Gate:
    """Slots for work, first come first served. Belongs to one event loop; `leave` may be called from it only."""

    def __init__(self, *, slots: int, queue: int, wait_s: float) -> None:
        self._free = slots
        self._queue = queue
        self._wait_s = wait_s
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Takes a slot, waiting for one at most `wait_s`; raises Busy when the queue is full or the wait too long."""
        if self._free > 0:
            self._free -= 1
            return
        self.must_have_room()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._wait_s):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():  # the slot came in the same moment: pass it on
                self.leave()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise _busy() from None
            raise

    def must_have_room(self) -> None:
        """Raises Busy when all slots are taken and the queue is full."""
        if self._free <= 0 and len(self._waiting) >= self._queue:
            raise _busy()

    def leave(self) -> None:
        """Gives a slot back, to the first who waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def _busy() -> Busy:
    return Busy("Too many questions are being answered at the moment.", hint="Ask again in a few seconds.")
