"""What a fetch ends in: a reply, a refusal for good, or a failure that may pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.errors import PermanentError, TransientError


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave last time so that it can say "not modified"; "" when it gave none."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A reply: 200 with its unpacked body, or 304 without one. `url` is the address after redirects."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case, repeated ones joined by ", "
    body: bytes = b""

    @property
    def not_modified(self) -> bool:
        return self.status == 304

    @property
    def validators(self) -> Validators:
        return Validators(self.headers.get("etag", ""), self.headers.get("last-modified", ""))

    @property
    def content_type(self) -> str:
        """Without parameters, in lower case; "" when none is named."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Refused(PermanentError):
    """It is not to be had, or not to be taken: asking again soon will not help. `reason` is stable for machines."""

    kind = "fetch-refused"

    def __init__(self, reason: str, message: str, *, status: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.status = status


class Unreachable(TransientError):
    """It may be had later; not before `retry_after_s`, when the server said so."""

    kind = "fetch-failed"

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.status = status
        self.retry_after_s = retry_after_s


Failure = Refused | Unreachable
