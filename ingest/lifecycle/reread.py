"""Reads one page again now, whatever its feed says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchReply, Refused, page_as_raw
from ingest.lifecycle import truth
from ingest.outlets import Outlet
from ingest.pipeline import CommittedArticle, Pipeline, Watch
from ingest.raw import Place, Raw, RejectedRecord
from ingest.watch.delivery import MISSING, given_by, manners, of_page
from ingest.watch.schema import item_key
from ingest.watch.state import WatchState
from rag.types import Article

Became = Literal["new", "changed", "unchanged", "rejected", "waiting", "retracted", "unknown", "erased"]


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """The outcome for a page. `articles`: the ids in it; `reason`: why it was rejected, in a few words.

    `waiting`: the page is missing, which counts only at the third check, a day apart; `unknown`: it is missing and was
    never in the archive.
    """

    became: Became
    articles: tuple[str, ...] = ()
    reason: str = ""


def read_again(url: str, *, pipeline: Pipeline, fetcher: Fetcher, outlets: Sequence[Outlet]) -> ReadAgain:
    """Fetches the page politely and takes in its present content.

    Raises Refused when it may not be fetched or its owner reserves it, Unreachable when it cannot be fetched at the
    moment.
    """
    archive, now = pipeline.archive, datetime.now(UTC)
    held = next(filter(None, (truth.find(archive, one) for one in archive.at_address(url))), None)
    outlet = outlet_of(url, outlets, held)
    try:
        page = fetcher.get(url, "page", manners=manners(outlet))
    except Refused as error:
        if error.reason not in MISSING:
            raise
        return ReadAgain(truth.record_gone(archive, url, MISSING[error.reason], now), tuple(archive.at_address(url)))
    given = given_by(outlet) if outlet else {"outlet": held.outlet} if held and held.outlet else {}
    given |= {"published": held.published.isoformat()} if held and held.published else {}
    fetcher.reservations.check(page, agreed=bool(outlet and outlet.agreement))
    raw = page_as_raw(page, given, Place(page.url))
    truth.record_present(archive, url, now)
    found = _taken_in(raw, pipeline)
    if found.became in ("new", "changed", "unchanged"):
        _note(WatchState.of(archive), url, page)
    return found if found.articles else replace(found, articles=tuple(archive.at_address(url)))


def outlet_of(url: str, outlets: Sequence[Outlet], held: Article | None) -> Outlet | None:
    """The outlet of a page: that of the article stored from it, else by the host of the outlet's sources."""
    name = held.outlet.casefold() if held else ""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    hosts = {o.name: {(urlsplit(u).hostname or "").removeprefix("www.") for _, u in o.sources()} for o in outlets}
    return next((o for o in outlets if o.name.casefold() == name), None) or next(
        (o for o in outlets if host in hosts[o.name]), None
    )


def _taken_in(raw: Raw, pipeline: Pipeline) -> ReadAgain:
    done: list[CommittedArticle] = []
    rejected: list[RejectedRecord] = []
    watch = Watch(committed=done.extend, rejected=rejected.append)
    report = pipeline.run([raw], watch)
    if rejected:
        return ReadAgain("rejected", reason=rejected[0].reason)
    if report.erased:
        return ReadAgain("erased")
    if not done:
        return ReadAgain("unchanged")
    new = all(one.outcome == "new" for one in done)
    return ReadAgain("new" if new else "changed", tuple(one.article_id for one in done))


def _note(state: WatchState, url: str, page: FetchReply) -> None:
    """Records what was read, for the next check by the watch to compare with."""
    item = state.read_items([item_key(url)]).get(item_key(url))
    if item is not None:
        state.settle([of_page(item, page)])
