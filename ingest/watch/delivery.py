"""What a visit to a source delivers, and the state of a page that was refused, failed or rejected."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime

from ingest.fetch.fetcher import Manners
from ingest.fetch.outcomes import FetchReply, Refused, Unreachable
from ingest.outlets import Outlet
from ingest.raw import Raw, RejectedRecord
from ingest.watch.schedule import next_try
from ingest.watch.state import Item, Source
from rag.store.database.rows import micros

NO_REPLY = FetchReply("", 0)


@dataclass(slots=True)
class Visit:
    """What one visit has found so far. `pending` counts unsettled deliveries."""

    source: Source
    outlet: Outlet
    reply: FetchReply = NO_REPLY  # the list at hand, without its body
    listed: int = 0
    handed: int = 0
    stored: int = 0
    rejected: int = 0
    refused: int = 0
    failed: int = 0
    unchanged: bool = False
    cut: bool = False  # the visit's limit was reached
    aborted: str = ""  # why nothing of this visit counts as dealt with
    pending: int = 0
    lock: threading.Condition = field(default_factory=threading.Condition)

    def hand_on(self) -> None:
        with self.lock:
            self.pending += 1
            self.handed += 1

    def settle(self) -> None:
        with self.lock:
            self.pending -= 1
            self.lock.notify_all()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record on its way into the archive, with the state to record for its page when it is stored."""

    raw: Raw
    item: Item
    visit: Visit
    url: str


def manners(outlet: Outlet) -> Manners:
    """How the outlet's servers are treated."""
    return Manners(delay_s=outlet.delay_s, agreed=bool(outlet.agreement))


def mark_refused(item: Item, error: Refused, now: datetime, *, again: bool = False) -> Item:
    """The page was refused permanently. With `again` it is tried a few more times: lists can be ahead."""
    if again:
        return mark_failed(item, error, now)
    return replace(item, state="refused", reason=error.reason, due=None)


def mark_failed(item: Item, error: Refused | Unreachable, now: datetime) -> Item:
    """The page cannot be fetched now; after some tries it is given up."""
    due = next_try(item.tries + 1, now)
    state = "failed" if due else "refused"
    return replace(item, state=state, reason=error.reason, tries=item.tries + 1, due=micros(due) if due else None)


def mark_rejected(delivery: Delivery, record: RejectedRecord) -> Item:
    """The page holds no article, for the reason of `record`."""
    return replace(delivery.item, state="rejected", reason=record.reason, due=None)


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
        self.unchanged += visit.unchanged
        for name in ("stored", "rejected", "refused", "failed"):
            setattr(self, name, getattr(self, name) + getattr(visit, name))
