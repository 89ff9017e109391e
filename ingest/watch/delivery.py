"""What a visit counts, and how a page becomes a record on its way into the archive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace

from ingest.fetch.fetcher import Manners
from ingest.fetch.outcomes import FetchReply
from ingest.outlets import Outlet
from ingest.raw import Raw
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


def of_page(item: Item, page: FetchReply) -> Item:
    """The state of a page with what was fetched of it."""
    validators, digest = page.validators, digest_of(page.body)
    return replace(item, etag=validators.etag, modified=validators.modified, digest=digest, whole=0)


def digest_of(body: bytes) -> str:
    """A digest of a reply, by which an unchanged one is recognised."""
    return hashlib.sha256(body).hexdigest()[:32]
