"""One visit to a source as values: what it counts, the records that it fetches, the totals of a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace

from ingest.fetch.outcomes import FetchReply
from ingest.outlets import OutletConfig
from ingest.raw import RawRecord
from ingest.watch.schema import PageState, SourceState

ARTICLE_KINDS = {"agency": "agency"}  # an outlet's kind -> its articles' kind, where that says something
MISSING = {"gone": 410, "not-found": 404}  # reasons of a refusal by which a page is missing


@dataclass(slots=True)
class Visit:
    """A visit under way, and what it has counted so far."""

    source: SourceState
    outlet: OutletConfig
    reply: FetchReply = FetchReply("", 0)  # with the list that is being read, without its body
    listed: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    checked: int = 0
    unchanged: bool = False
    cut: bool = False  # the visit's limit was reached


@dataclass(slots=True)
class RunTotals:
    """The counts of all visits of a run."""

    visits: int = 0
    unchanged: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    errors: int = 0
    checked: int = 0

    def add(self, visit: Visit, error: str) -> None:
        """Adds a visit that has ended."""
        self.visits += 1
        self.errors += bool(error)
        for field in fields(self):
            if hasattr(visit, field.name):
                setattr(self, field.name, getattr(self, field.name) + getattr(visit, field.name))


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
    validators, digest = reply.validators, digest_of(reply.body)
    return replace(page, etag=validators.etag, modified=validators.modified, digest=digest, whole=0)


def digest_of(body: bytes) -> str:
    """Returns a digest of a reply's body, by which an unchanged one is recognised."""
    return hashlib.sha256(body).hexdigest()[:32]
