"""A fetched page as a raw record: its text in the right character set, its address, and what its owner reserves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ingest.fetch.outcomes import Fetched, Refused
from ingest.sources.charset import decode
from rag.errors import BadInput

CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageRecord:
    """The fields of a record, and what the operator should know of how the page was read."""

    fields: dict[str, Any]
    notice: str = ""


def page_record(page: Fetched) -> PageRecord:
    """`html` and `url`. Raises Refused when the page cannot be read as text or is empty."""
    if not page.body.strip():
        raise Refused("empty", "The page is empty.", status=page.status)
    found = CHARSET.search(page.headers.get("content-type", ""))
    try:
        decoded = decode(page.body, declared=found[1] if found else "")
    except BadInput as error:
        raise Refused("charset", error.message, hint=error.hint) from error
    return PageRecord({"html": decoded.text, "url": page.url}, decoded.notice)
