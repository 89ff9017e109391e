"""What PostgreSQL's errors mean: the archive's own errors, which say what to do."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rag.errors import ArchiveBroken, ArchiveBusy, ArchiveUnavailable, BadSettings, DiskFull, ReadOnly, TelalError


def translate(error: Exception, name: str) -> TelalError:
    """The error of ours that says what the database's means. Codes are those of SQLSTATE, by their beginnings."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = str(getattr(cause, "sqlstate", None) or "")
    if isinstance(cause, PoolTimeout):
        return busy(name)
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if not code:  # no word from the server: it could not be reached, or the connection was lost
        return _by_words(said, name)
    for length in (5, 2):
        if (known := _BY_CODE.get(code[:length])) is not None:
            return known(name)
    return ArchiveBroken(f"The archive {name} cannot be used: {code}: {said}.", hint="Run `telal doctor`.")


def busy(name: str) -> TelalError:
    """The error for a lock that somebody else keeps, or a server with too much to do."""
    return ArchiveBusy(f"Another writer holds the archive {name}.", hint="Try again when it has ended.")


def _by_words(said: str, name: str) -> TelalError:
    """A refusal at the door carries its code in no field, only in words."""
    for words, known in _BY_WORDS.items():
        if words in said:
            return known(name)
    return _unreachable(name)


def _unreachable(name: str) -> TelalError:
    return ArchiveUnavailable(
        f"The database {name} cannot be reached at the moment.", hint="Look whether the server runs and can be reached."
    )


def _late(name: str) -> TelalError:
    return ArchiveBusy(f"The database {name} took too long to answer.", hint="Try again; see its load.")


def _refused(name: str) -> TelalError:
    return BadSettings(f"The database {name} refuses this user or password.", hint="Correct TELAL_ARCHIVE__URL.")


def _absent(name: str) -> TelalError:
    return BadSettings(f"There is no database {name}.", hint="Make it with `createdb`, or correct TELAL_ARCHIVE__URL.")


def _read_only(name: str) -> TelalError:
    return ReadOnly(
        f"The archive {name} may not be written.", hint="Name the primary server, and a user who owns the tables."
    )


def _full(name: str) -> TelalError:
    return DiskFull(f"No room left for the archive {name}; nothing stored is lost.", hint="Free some, then try again.")


def _broken(name: str) -> TelalError:
    return ArchiveBroken(f"The archive {name} is damaged.", hint="Restore a backup; the server's log says more.")


_BY_CODE = {
    "08": _unreachable,  # connection exceptions
    "23": busy,  # a row that somebody else made at the same moment
    "25006": _read_only,
    "25P03": _late,  # idle in transaction for too long
    "28": _refused,
    "3D": _absent,
    "40": busy,  # rolled back: a deadlock, or a conflict with a standby's recovery
    "42501": _read_only,
    "53100": _full,
    "53": busy,  # no memory, too many connections
    "55P03": busy,  # lock_timeout
    "57014": _late,  # statement_timeout
    "57": _unreachable,  # the server stops, starts or has crashed
    "58": _broken,  # an error of its file system
    "XX": _broken,
}
_BY_WORDS = {
    "password authentication failed": _refused,
    "no password supplied": _refused,
    "no pg_hba.conf entry": _refused,
    'FATAL:  role "': _refused,
    'FATAL:  database "': _absent,
}
