"""What SQLite's and the system's errors mean: the archive's own errors, which say what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rag.errors import ArchiveBroken, ArchiveBusy, DiskFull, ReadOnly, TelalError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def translate(error: Exception, path: Path) -> TelalError:
    """The error of ours that says what the database's or the system's error means."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):
        return _system(cause, path)
    if isinstance(cause, PoolTimeout):
        return busy(path)
    name = str(getattr(cause, "sqlite_errorname", ""))
    known = _BY_NAME.get(name) or _BY_NAME.get("_".join(name.split("_")[:2]))
    if known is not None:
        return known(path)
    return ArchiveBroken(
        f"The archive {path} cannot be used: {name or type(cause).__name__}: {cause}.", hint="Run `telal doctor`."
    )


def _system(error: OSError, path: Path) -> TelalError:
    if error.errno in _FULL:
        return _full(path)
    if error.errno in _REFUSED:
        return read_only(path)
    return ArchiveBroken(f"The archive {path} cannot be used: {error.strerror or error}.", hint="Check TELAL_DATA_DIR.")


def busy(path: Path) -> TelalError:
    """The error for a lock that somebody else keeps."""
    return ArchiveBusy(f"Another writer holds the archive {path}.", hint="Try again when it has ended.")


def read_only(path: Path) -> TelalError:
    """The error for a file or directory that may not be written."""
    return ReadOnly(f"The archive {path} may not be written.", hint="Give this user write access to its directory.")


def _full(path: Path) -> TelalError:
    return DiskFull(
        f"No room left for the archive {path}; nothing stored is lost.", hint="Free some space, then try again."
    )


def broken(path: Path) -> TelalError:
    """The error for a file that is no database, or no longer."""
    return ArchiveBroken(
        f"{path} is damaged or is not Telal's archive.",
        hint="Move it away and ingest again, or restore a backup; `telal doctor` shows what is readable.",
    )


def moved(path: Path) -> TelalError:
    """The error for a file that is not the one that was opened."""
    return ArchiveBroken(f"The archive {path} was moved, deleted or replaced while in use.", hint="Start again.")


def _unopenable(path: Path) -> TelalError:
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.R_OK | os.W_OK)):
        return read_only(path)
    return ArchiveBroken(f"The archive {path} cannot be opened.", hint="Check that it is a file, and its permissions.")


_BY_NAME = {
    "SQLITE_BUSY": busy,
    "SQLITE_LOCKED": busy,
    "SQLITE_READONLY": read_only,
    "SQLITE_READONLY_DBMOVED": moved,
    "SQLITE_PERM": read_only,
    "SQLITE_FULL": _full,
    "SQLITE_IOERR_SHMSIZE": _full,  # the log's shared memory file could not grow
    "SQLITE_CORRUPT": broken,
    "SQLITE_NOTADB": broken,
    "SQLITE_CANTOPEN": _unopenable,
}
