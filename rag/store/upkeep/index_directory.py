"""The directory of an index on disk, and the lock that decides which process may write it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import threading
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from zlib import crc32

from rag.errors import DirectoryOwned, DiskFull, ReadOnly

_CLEAN = ".clean"  # ends the name of the mark beside a directory
_BLOCK = 1 << 20  # bytes read at once


class IndexDirectory:
    """The directories `<name>-<n>` of one index under `root`; the file `<name>.current` names the one in use."""

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._name = name
        self._pointer = root / f"{name}.current"
        self._last = 0  # Chroma remembers paths: none is used twice in a process

    def current(self) -> Path | None:
        """The directory in use; None when there is none or it is gone."""
        name, _ = self._read()
        directory = self._root / name
        return directory if _number(directory, self._name) and directory.is_dir() else None

    def building_change(self) -> int:
        """The archive's last change when the building of the current directory began."""
        return self._read()[1]

    def fresh(self) -> Path:
        """A new, empty directory with a number that none had before."""
        self._root.mkdir(parents=True, exist_ok=True)
        known = (_number(path, self._name) for path in (*self._root.iterdir(), self._root / self._read()[0]))
        self._last = 1 + max(self._last, *known)
        directory = self._root / f"{self._name}-{self._last}"
        directory.mkdir()
        return directory

    def adopt(self, directory: Path, *, begun: int) -> None:
        """Make `directory` the current one, at once and for good."""
        write_atomically(self._pointer, f"{directory.name} {begun}\n")

    def sweep(self, *, keep: Path | None) -> None:
        """Remove every directory and mark of this index but those of `keep`; the marks first, and for good, so that
        what a kill leaves of a directory has none."""
        found = [path for path in self._root.iterdir() if _number(path, self._name)] if self._root.is_dir() else []
        gone = [path for path in found if keep is None or path.name.removesuffix(_CLEAN) != keep.name]
        if marks := [path for path in gone if path.suffix == _CLEAN]:
            for path in marks:
                path.unlink(missing_ok=True)
            _sync(self._root)
        for path in gone:
            shutil.rmtree(path, ignore_errors=True)

    def remove(self) -> None:
        """Remove all there is of this index."""
        self.sweep(keep=None)
        self._pointer.unlink(missing_ok=True)

    def _read(self) -> tuple[str, int]:
        try:
            name, begun = self._pointer.read_text("utf-8").split()
            return name, int(begun)
        except (OSError, ValueError):  # ValueError: garbage in it
            return "", 0


def _number(path: Path, name: str) -> int:
    """The n of `<name>-<n>` or `<name>-<n>.clean`; 0 for any other file."""
    start, _, number = path.name.removesuffix(_CLEAN).rpartition("-")
    return int(number) if start == name and number.isdecimal() else 0


class Mark(Enum):
    """How the directory of an index was left."""

    CLEAN = "closed, and as it was then"
    NONE = "not closed"
    OTHER = "closed, and changed since"


def mark_clean(directory: Path) -> None:
    """Marks a closed index's directory as closed cleanly, with the sizes and checksums of its files."""
    for path in _files(directory):
        _sync(path)
    _sync(directory)
    write_atomically(_mark(directory), json.dumps(_picture(directory)))


def read_mark(directory: Path, *, take: bool) -> Mark:
    """How the directory was left. `take`: the mark is removed, before the index is opened for writing."""
    try:
        marked = json.loads(_mark(directory).read_text("utf-8"))
        known = all(isinstance(seen, dict) for seen in marked.values())  # an older Telal wrote lists
    except (OSError, ValueError, AttributeError):
        return Mark.NONE
    if take:
        _mark(directory).unlink(missing_ok=True)
        _sync(directory.parent)
    if not known:
        return Mark.NONE
    return Mark.CLEAN if marked == _picture(directory) else Mark.OTHER


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file's content so that a crash leaves the old or the new."""
    draft = path.with_name(path.name + ".draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def write_error(error: OSError, path: Path) -> DiskFull | ReadOnly:
    """The error to raise for an OSError when `path` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"No room left for {path}.", hint="Free some space; nothing stored is lost.")
    return ReadOnly(f"{path} may not be written: {error.strerror}.", hint="Give this user write access to it.")


def _mark(directory: Path) -> Path:
    return directory.with_name(directory.name + _CLEAN)


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def _picture(directory: Path) -> dict[str, dict[str, int]]:
    """Size and CRC-32 of every file: 0.3 s for the 250 MB of Chroma's 100,000 passages."""
    return {
        str(path.relative_to(directory)): {"size": path.stat().st_size, "crc": _crc(path)} for path in _files(directory)
    }


def _crc(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found = crc32(block, found)
    return found


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that owns a data directory; `address` is where it serves, "" when it does not."""

    pid: int
    address: str = ""

    def __str__(self) -> str:
        return f"process {self.pid}" + (f" at {self.address}" if self.address else "")


class OwnerLock:
    """The lock of a data directory's owner: an exclusive flock, which the kernel frees however the process ends.

    The file is never removed: else a waiting process could lock a file that no longer has a name.
    """

    def __init__(self, data_dir: Path, *, address: str = "") -> None:
        self._path = data_dir / "owner.lock"
        self._address = address
        self._handle: int | None = None
        self._guard = threading.Lock()

    @property
    def locked(self) -> bool:
        """Does this object hold the lock?"""
        return self._handle is not None

    def acquire(self) -> bool:
        """Try to become the owner, without waiting; raises ReadOnly or DiskFull when the file cannot be written."""
        with self._guard:
            if self._handle is not None:
                return True
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise write_error(error, self._path) from error
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

    def served_at(self) -> str:
        """The address of the server that holds the lock now; "" where none does."""
        owner = self.owner()
        if owner is None or not owner.address:
            return ""
        with self._path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return owner.address
        return ""  # it was killed, and the file still names it

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
