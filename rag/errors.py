"""Telal's errors, one tree. Each says what happened and what to do next.

TelalError
├── PermanentError              trying again will not help
│   ├── BadInput                a question, a record or a parameter is not usable
│   ├── BadSettings             a setting is unknown or out of range
│   ├── NotFound                no such article
│   ├── Erased                  the article was erased and left a tombstone
│   ├── ModelMissing            the embedding model's files are not there
│   ├── ModelBroken             a model's files are damaged, or it is not of the expected form
│   ├── ModelMismatch           the archive was built with another model or chunking
│   ├── ArchiveTooNew           the data directory was written by a newer Telal
│   ├── ArchiveBroken           the archive's database cannot be read
│   ├── ReadOnly                the data directory cannot be written
│   ├── DiskFull                no room left on the disk
│   └── NotInstalled            an optional dependency is missing
└── TransientError              trying again later may help
    ├── ArchiveBusy             another process holds the archive's write lock
    ├── ClockBehind             this machine's clock is behind what the archive has seen
    ├── ArchiveUnavailable      the archive's database server cannot be reached
    ├── DirectoryOwned          another process owns the indexes of this data directory
    └── ChatUnavailable         the language model failed or is too slow
"""

from __future__ import annotations

__all__ = [
    "ArchiveBroken",
    "ArchiveBusy",
    "ArchiveTooNew",
    "ArchiveUnavailable",
    "BadInput",
    "BadSettings",
    "ChatUnavailable",
    "ClockBehind",
    "DirectoryOwned",
    "DiskFull",
    "Erased",
    "ModelBroken",
    "ModelMismatch",
    "ModelMissing",
    "NotFound",
    "NotInstalled",
    "PermanentError",
    "ReadOnly",
    "ReplyCut",
    "TelalError",
    "TransientError",
]


class TelalError(Exception):
    """Base of all. `message` says what happened, `hint` what to do; `kind` is stable for machines."""

    kind = "error"
    http_status = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class PermanentError(TelalError):
    """Trying again will not help."""


class TransientError(TelalError):
    """Trying again later may help."""

    http_status = 503


class BadInput(PermanentError):
    """A question, a record or a parameter is not usable."""

    kind, http_status = "bad-input", 422


class BadSettings(PermanentError):
    """A setting is unknown or out of range."""

    kind = "bad-settings"


class NotFound(PermanentError):
    """Not found."""

    kind, http_status = "not-found", 404


class Erased(PermanentError):
    """The article was erased and left a tombstone."""

    kind, http_status = "erased", 410


class ModelMissing(PermanentError):
    """The embedding model's files are not there."""

    kind, http_status = "model-missing", 503


class ModelBroken(PermanentError):
    """The model's files are damaged."""

    kind, http_status = "model-broken", 503


class ModelMismatch(PermanentError):
    """The archive was built with another model or chunking."""

    kind, http_status = "model-mismatch", 503


class ArchiveTooNew(PermanentError):
    """The data directory was written by a newer Telal."""

    kind, http_status = "archive-too-new", 503


class ArchiveBroken(PermanentError):
    """The archive's database cannot be read."""

    kind, http_status = "archive-broken", 503


class ReadOnly(PermanentError):
    """The data directory cannot be written."""

    kind, http_status = "read-only", 503


class DiskFull(PermanentError):
    """No room left on the disk."""

    kind, http_status = "disk-full", 507


class NotInstalled(PermanentError):
    """An optional dependency is missing."""

    kind, http_status = "not-installed", 501


class ArchiveBusy(TransientError):
    """Another process holds the archive's write lock."""

    kind = "archive-busy"


class ClockBehind(TransientError):
    """This machine's clock was set back: dates cannot be judged by it."""

    kind, http_status = "clock-behind", 503


class ArchiveUnavailable(TransientError):
    """The archive's database server cannot be reached."""

    kind = "archive-unavailable"


class DirectoryOwned(TransientError):
    """Another process owns the indexes of this data directory."""

    kind = "directory-owned"


class ChatUnavailable(TransientError):
    """The language model failed or is too slow."""

    kind = "chat-unavailable"


class ReplyCut(ChatUnavailable):
    """The language model's reply was cut off at its longest, TELAL_CHAT__MAX_TOKENS."""


class NobodyWaits(ChatUnavailable):
    """The answer is not waited for any more, so the language model was left."""
