"""What a fetch ends with: a reply, a permanent refusal, or a failure that may pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.raw import Place, RawRecord
from ingest.sources.charset import decode
from rag.errors import BadInput, PermanentError, TransientError


@dataclass(frozen=True, slots=True)
class FetchReply:
    """A reply: 200 with its unpacked body, or 304 without one. `url` is the address after redirects."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case, repeated ones joined by ", "
    body: bytes = b""

    @property
    def not_modified(self) -> bool:
        return self.status == 304

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    @property
    def modified(self) -> str:
        return self.headers.get("last-modified", "")

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; "" when the server names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class FetchRefused(PermanentError):
    """The page cannot or must not be stored, and trying again soon will not help. `reason` is stable for machines."""

    kind = "fetch-refused"

    def __init__(self, reason: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class RightsReserved(FetchRefused):
    """The owner of the page reserves its rights; `said_in` names the place: page, header or file."""

    def __init__(self, reason: str, said_in: str, policy: str = "") -> None:
        more = f"; its policy: {policy[:200]}" if policy else ""
        super().__init__(reason, f"The page's owner says {reason} in the {said_in}{more}.")
        self.said_in = said_in


class FetchFailed(TransientError):
    """The page cannot be fetched now. Trying again may help, after `retry_after_s` seconds where the server says so."""

    kind = "fetch-failed"

    def __init__(self, reason: str, message: str, *, retry_after_s: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.retry_after_s = retry_after_s


CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)


def page_record(page: FetchReply, given: Mapping[str, Any], place: Place) -> RawRecord:
    """Makes a record of a page. Fields in `given` take precedence.

    Raises FetchRefused when the page is empty or in no known character set.
    """
    if not page.body.strip():
        raise FetchRefused("empty", "The page is empty.")
    found = CHARSET.search(page.headers.get("content-type", ""))
    try:
        decoded = decode(page.body, declared=found[1] if found else "")
    except BadInput as error:
        raise FetchRefused("charset", error.message, hint=error.hint) from error
    fields = {"html": decoded.text, "url": page.url, **given}
    return RawRecord(fields, place, size=len(page.body), notice=decoded.notice)
