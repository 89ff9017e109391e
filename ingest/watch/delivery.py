"""What a visit counts, and how a page becomes a record on its way into the archive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from ingest.fetch.fetcher import Fetcher, Manners
from ingest.fetch.outcomes import FetchReply, Refused, page_record
from ingest.outlets import Outlet
from ingest.raw import Place, Raw
from ingest.watch.schema import Item, Source

ARTICLE_KINDS = {"agency": "agency"}  # an outlet's kind -> its articles' kind, where that says something
MISSING = {"gone": 410, "not-found": 404}  # reasons of a refusal by which a page is missing


@dataclass(slots=True)
class Visit:
    """What one visit has found so far."""

    source: Source
    outlet: Outlet
    reply: FetchReply = FetchReply("", 0)  # the list at hand, without its body
    listed: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    checked: int = 0
    unchanged: bool = False
    cut: bool = False  # the visit's limit was reached


@dataclass(slots=True)
class Totals:
    """What the run did in all its visits."""

    visits: int = 0
    unchanged: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    errors: int = 0
    checked: int = 0

    def add(self, visit: Visit, error: str) -> None:
        """Count a visit that has ended."""
        self.visits += 1
        self.errors += bool(error)
        for field in fields(self):
            if hasattr(visit, field.name):
                setattr(self, field.name, getattr(self, field.name) + getattr(visit, field.name))


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record on its way into the archive, with the state to record for its page when it is stored."""

    raw: Raw
    item: Item
    url: str


def manners(outlet: Outlet | None) -> Manners:
    """How the outlet's servers are treated."""
    return Manners(delay_s=outlet.delay_s, agreed=bool(outlet.agreement)) if outlet else Manners()


def given_by(outlet: Outlet) -> dict[str, str]:
    """The fields that hold for every article of an outlet."""
    given = {"outlet": outlet.name, "language": outlet.language, "kind": ARTICLE_KINDS.get(outlet.kind, "")}
    return {name: value for name, value in given.items() if value}


def page_as_raw(fetcher: Fetcher, page: FetchReply, given: dict[str, Any], *, agreed: bool) -> Raw:
    """The record of a fetched page; `given` fields take precedence. Raises Refused when its owner reserves it or it
    cannot be read."""
    reserved = fetcher.reservations.find(page, agreed=agreed)
    if reserved is not None:
        raise Refused(reserved.reason, str(reserved))
    record = page_record(page)
    return Raw({**record.fields, **given}, Place(page.url), size=len(page.body), notice=record.notice)


def digest_of(body: bytes) -> str:
    """A digest of a reply, by which an unchanged one is recognised."""
    return hashlib.sha256(body).hexdigest()[:32]
