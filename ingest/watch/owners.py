"""Names the holders of claims, and ends the claims of those of this machine that were killed."""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import Callable
from typing import TypeVar

from ingest.watch.state import WatchState
from rag.errors import ArchiveBusy

T = TypeVar("T")
TRIES = 3


def new_owner() -> str:
    """Machine, process, and a part that no other runner has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def end_claims_of_the_dead(state: WatchState) -> None:
    """Claims of processes of this machine that are no more end now; of other machines when their time is over."""
    for owner in state.owners():
        host, _, rest = owner.partition(":")
        pid = rest.partition(":")[0]
        if host == socket.gethostname() and pid.isdigit() and not _alive(int(pid)):
            state.release(owner)


def patiently(act: Callable[[], T]) -> T:
    """A write that ends a claim is worth waiting for: an erasure or a backup may hold the archive for seconds.

    Raises ArchiveBusy after three tries.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(ArchiveBusy):  # it has waited for its turn before it gives up
            return act()
    return act()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
