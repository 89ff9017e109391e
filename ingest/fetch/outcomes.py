"""The outcomes of a fetch: a page as a raw record, a permanent refusal, or a failure that may pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.raw import Place, Raw
from ingest.sources.charset import decode
from rag.errors import BadInput, PermanentError, TransientError


@dataclass(frozen=True, slots=True)
class Validators:
    """The validators a server gave, so that it can say "not modified"; "" when it gave none."""

    etag: str = ""
    modified: str = ""


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
    def validators(self) -> Validators:
        return Validators(self.headers.get("etag", ""), self.headers.get("last-modified", ""))

    @property
    def content_type(self) -> str:
        """Without parameters, in lower case; "" when none is named."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Refused(PermanentError):
    """The page cannot or must not be taken in, and retrying soon will not help. `reason` is stable for machines."""

    kind = "fetch-refused"

    def __init__(self, reason: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class Reserved(Refused):
    """The page's owner forbids taking it in; `said_in` says where."""

    def __init__(self, reason: str, said_in: str, policy: str = "") -> None:
        more = f"; its policy: {policy[:200]}" if policy else ""
        super().__init__(reason, f"The page's owner says {reason} in the {said_in}{more}.")
        self.said_in = said_in


class Unreachable(TransientError):
    """The page cannot be fetched now; retrying may help, not before `retry_after_s` if the server said so."""

    kind = "fetch-failed"

    def __init__(self, reason: str, message: str, *, retry_after_s: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.retry_after_s = retry_after_s


CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)


def page_as_raw(page: FetchReply, given: Mapping[str, Any], place: Place) -> Raw:
    """The record of a page; `given` fields take precedence. Raises Refused when it cannot be read as text or is
    empty."""
    if not page.body.strip():
        raise Refused("empty", "The page is empty.")
    found = CHARSET.search(page.headers.get("content-type", ""))
    try:
        decoded = decode(page.body, declared=found[1] if found else "")
    except BadInput as error:
        raise Refused("charset", error.message, hint=error.hint) from error
    fields = {"html": decoded.text, "url": page.url, **given}
    return Raw(fields, place, size=len(page.body), notice=decoded.notice)
