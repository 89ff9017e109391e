"""Which process may write the indexes of a data directory: the one that holds the lock on its owner file."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from rag.errors import DirectoryOwned
from rag.store.upkeep.index_directory import writing_failed

_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a data directory; `address` is where it serves, empty when it does not."""

    pid: int
    address: str = ""

    def __str__(self) -> str:
        return f"process {self.pid}" + (f" at {self.address}" if self.address else "")


class OwnerLock:
    """An exclusive flock, so the kernel frees it however its process ends. The file itself is never removed:

    a waiting process could otherwise lock a file that no longer has a name.
    """

    def __init__(self, data_dir: Path, *, address: str = "") -> None:
        self._path = data_dir / "owner.lock"
        self._address = address
        self._handle: int | None = None
        self._guard = threading.Lock()

    @property
    def held(self) -> bool:
        """Does this object hold the lock?"""
        return self._handle is not None

    def acquire(self) -> bool:
        """Try to become the owner, without waiting; raises ReadOnly or DiskFull when the file cannot be written."""
        with self._guard:
            if self._handle is not None:
                return True
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                raise writing_failed(error, self._path) from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            self._handle = handle
            self._write(Owner(os.getpid(), self._address))
            return True

    def require(self) -> None:
        """Become the owner or raise DirectoryOwned, which names the process that is.

        Waits a little for an owner without an address: that is a command, which soon ends.
        """
        end = time.monotonic() + _PATIENCE_S
        while not self.acquire():
            owner = self.owner()
            if time.monotonic() < end and not (owner and owner.address):
                time.sleep(0.05)
                continue
            raise DirectoryOwned(
                f"The data directory {self._path.parent} is in use by {owner or 'another process'}.",
                hint="Stop that process, or give this one another TELAL_DATA_DIR.",
            )

    def owner(self) -> Owner | None:
        """The process that the file names; None when nobody holds the lock or it says nothing readable."""
        try:
            fields = json.loads(self._path.read_text("utf-8"))
            return Owner(int(fields["pid"]), str(fields["address"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def announce(self, address: str) -> None:
        """Write the address at which the owner serves into the file, for others to read."""
        self._address = address
        with self._guard:
            if self._handle is not None:
                self._write(Owner(os.getpid(), address))

    def release(self) -> None:
        """Give the ownership back; again is harmless."""
        with self._guard:
            if self._handle is not None:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._handle, 0)
                os.close(self._handle)
                self._handle = None

    def _write(self, owner: Owner) -> None:
        """What it says is for people only, so a full disk must not cost the ownership."""
        assert self._handle is not None
        text = json.dumps({"pid": owner.pid, "address": owner.address}).encode()
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, text, 0)
