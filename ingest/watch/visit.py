"""One visit to a source as values: what it counts, and the records that it fetches."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace

from ingest.fetch.outcomes import FetchReply
from ingest.outlets import OutletConfig
from ingest.raw import RawRecord
from ingest.watch.schema import PageState, SourceState

ARTICLE_KINDS = {"agency": "agency"}  # an outlet's kind -> its articles' kind, where that says something
MISSING = {"gone": 410, "not-found": 404}  # reasons of a refusal by which a page is missing


@dataclass(slots=True)
class VisitCounts:
    """What a visit, or all visits of a run, came to."""

    visits: int = 0
    unchanged: int = 0
    errors: int = 0
    listed: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    checked: int = 0

    def add(self, other: VisitCounts) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(slots=True)
class Visit:
    """A visit under way."""

    source: SourceState
    outlet: OutletConfig
    counts: VisitCounts = field(default_factory=lambda: VisitCounts(visits=1))
    reply: FetchReply = FetchReply("", 0)  # with the list that is being read, without its body
    cut: bool = False  # the visit's limit was reached


@dataclass(frozen=True, slots=True)
class FetchedRecord:
    """A fetched record, and the state to note for its page once the record is stored."""

    record: RawRecord
    page: PageState

    @property
    def url(self) -> str:
        return self.record.place.source


def outlet_fields(outlet: OutletConfig) -> dict[str, str]:
    """Returns the record fields that are the same for every article of an outlet."""
    given = {"outlet": outlet.name, "language": outlet.language, "kind": ARTICLE_KINDS.get(outlet.kind, "")}
    return {name: value for name, value in given.items() if value}


def with_reply(page: PageState, reply: FetchReply) -> PageState:
    """Returns the state of a page with the validators and the digest of a reply."""
    return replace(page, etag=reply.etag, modified=reply.modified, digest=digest_of(reply.body), whole=0)


def digest_of(body: bytes) -> str:
    """Returns a digest of a reply's body, by which an unchanged one is recognised."""
    return hashlib.sha256(body).hexdigest()[:32]
