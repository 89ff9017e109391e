"""One request at a time to a host, with a pause after each, and none before the moment that the host named."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ingest.fetch.outcomes import Unreachable

LONGEST_WAIT_S = 60.0  # a host that asks for a longer pause is visited again later, instead of waited for


@dataclass(slots=True)
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0  # time.monotonic()


class Hosts:
    """What this process knows of each host. Several processes keep apart by claiming whole outlets."""

    def __init__(self, *, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._hosts: dict[str, _Host] = {}
        self._guard = threading.Lock()

    @contextmanager
    def turn(self, host: str, *, delay_s: float) -> Iterator[None]:
        """This thread's turn at the host; `delay_s` is kept free after it. Raises Unreachable when it is far off."""
        state = self._of(host)
        while not state.lock.acquire(timeout=SLICE_S):
            self._may_go_on()
        try:
            self._wait(host, state)
            try:
                yield
            finally:
                state.free_at = max(state.free_at, time.monotonic() + delay_s)
        finally:
            state.lock.release()

    def postpone(self, host: str, seconds: float) -> None:
        """No request to the host before that many seconds are over: it asked for it (Retry-After)."""
        state = self._of(host)
        state.free_at = max(state.free_at, time.monotonic() + seconds)

    def _wait(self, host: str, state: _Host) -> None:
        left = state.free_at - time.monotonic()
        if left > LONGEST_WAIT_S:
            raise Unreachable("postponed", f"{host} asked to be left alone.", retry_after_s=left)
        while (left := state.free_at - time.monotonic()) > 0:
            self._may_go_on()
            time.sleep(min(left, SLICE_S))

    def _may_go_on(self) -> None:
        if self._stopped():
            raise Unreachable("stopped", "Stopped while waiting for a host.")

    def _of(self, host: str) -> _Host:
        with self._guard:
            return self._hosts.setdefault(host.lower(), _Host())
