"""Reads one page again now, whatever its feed says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchRefused, page_record
from ingest.lifecycle import retraction
from ingest.outlets import OutletConfig
from ingest.pipeline import CommittedArticle, Pipeline, RunCallbacks
from ingest.raw import Place, RejectedRecord
from ingest.watch.schema import page_key
from ingest.watch.state import WatchState
from ingest.watch.visit import MISSING, outlet_fields, with_reply
from rag.types import Article

Became = Literal["new", "changed", "unchanged", "rejected", "waiting", "retracted", "unknown", "erased"]


@dataclass(frozen=True, slots=True)
class RereadResult:
    """What came of a page. `articles`: the ids of its articles; `reason`: why it was rejected, in a few words.

    `waiting`: the page is missing, and its article is retracted at the third such check, a day apart; `unknown`: it is
    missing and was never in the archive.
    """

    became: Became
    articles: tuple[str, ...] = ()
    reason: str = ""


def read_again(url: str, *, pipeline: Pipeline, fetcher: Fetcher, outlets: Sequence[OutletConfig]) -> RereadResult:
    """Fetches a page and stores what it says now.

    Raises FetchRefused when it may not be fetched or its owner reserves it, FetchFailed when it cannot be fetched at
    the moment.
    """
    archive, now = pipeline.archive, datetime.now(UTC)
    held = next(filter(None, (retraction.find(archive, one) for one in archive.at_address(url))), None)
    outlet = outlet_of(url, outlets, held)
    try:
        page = fetcher.get(url, "page", delay_s=outlet.delay_s if outlet else None)
    except FetchRefused as error:
        if error.reason not in MISSING:
            raise
        return RereadResult(
            retraction.record_gone(archive, url, MISSING[error.reason], now), tuple(archive.at_address(url))
        )
    given = outlet_fields(outlet) if outlet else {"outlet": held.outlet} if held and held.outlet else {}
    given |= {"published": held.published.isoformat()} if held and held.published else {}
    fetcher.reservations.check(page, agreed=bool(outlet and outlet.agreement))
    record = page_record(page, given, Place(page.url))
    retraction.record_present(archive, url, now)
    done: list[CommittedArticle] = []
    rejected: list[RejectedRecord] = []
    report = pipeline.run([record], RunCallbacks(committed=done.extend, rejected=rejected.append))
    articles = tuple(one.article_id for one in done) or tuple(archive.at_address(url))
    if rejected:
        return RereadResult("rejected", articles, rejected[0].reason)
    if report.erased:
        return RereadResult("erased", articles)
    state, key = WatchState.of(archive), page_key(url)
    state.settle([with_reply(one, page) for one in state.read_pages([key]).values()])  # what the next check compares
    if not done:
        return RereadResult("unchanged", articles)
    return RereadResult("new" if all(one.outcome == "new" for one in done) else "changed", articles)


def outlet_of(url: str, outlets: Sequence[OutletConfig], held: Article | None) -> OutletConfig | None:
    """Returns the outlet of the article stored from a page, else an outlet with a source on the same host."""
    name = held.outlet.casefold() if held else ""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    hosts = {o.name: {(urlsplit(u).hostname or "").removeprefix("www.") for _, u in o.sources()} for o in outlets}
    return next((o for o in outlets if o.name.casefold() == name), None) or next(
        (o for o in outlets if host in hosts[o.name]), None
    )
