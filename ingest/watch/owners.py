"""Names the holders of claims, and ends the claims of those of this machine that were killed."""

from __future__ import annotations

import os
import socket
import uuid

from ingest.watch.state import WatchState


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


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
