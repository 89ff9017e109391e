"""Asks every source once and tells what it answered; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.table import Table

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import Refused, Unreachable
from ingest.outlets import Outlet
from ingest.watch.delivery import manners
from ingest.watch.state import Source
from ingest.watch.visit import live_source
from rag.config import IngestSettings

NAMES = {"feeds": "feed", "sitemaps": "sitemap", "wordpress": "WordPress", "lists": "list"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What one source answered. `says`: entries and the newest, or why there are none."""

    outlet: str
    kind: str
    url: str
    ok: bool
    says: str


def check_outlets(outlets: Sequence[Outlet], fetcher: Fetcher, settings: IngestSettings) -> list[Checked]:
    """Every source of the outlets, several hosts at a time, in the order of the outlets."""
    asked = [(outlet, kind, url) for outlet in outlets for kind, url in outlet.sources()]
    with ThreadPoolExecutor(max_workers=settings.concurrency) as pool:
        return list(pool.map(lambda one: _check(one, fetcher, settings), asked))


def _check(asked: tuple[Outlet, str, str], fetcher: Fetcher, settings: IngestSettings) -> Checked:
    outlet, kind, url = asked
    live = live_source(Source("", outlet.name, kind, url), outlet)
    since = datetime.now(UTC) - timedelta(days=settings.reach_days)
    try:
        reply = fetcher.get(live.address("", since), live.kind, manners=manners(outlet))
        listing = live.read(reply, since)
    except (Refused, Unreachable) as error:
        return Checked(outlet.name, NAMES[kind], url, False, f"{error.reason}: {error.message}")
    newest = max((e.dated for e in listing.entries if e.dated), default=None)
    parts = [f"{len(listing.entries)} articles"]
    parts += [f"{len(listing.more)} more lists"] if listing.more else []
    parts += [f"newest {newest:%Y-%m-%d %H:%M} UTC"] if newest else []
    parts += [f"{len(listing.rejected)} unusable"] if listing.rejected else []
    parts += [f"moved to {reply.url}"] if kind != "wordpress" and reply.url.rstrip("/") != url.rstrip("/") else []
    return Checked(outlet.name, NAMES[kind], url, True, ", ".join(parts))


def checked_table(checked: Sequence[Checked]) -> Table:
    """A line a source."""
    table = Table(box=None, pad_edge=False)
    for name in ("outlet", "source", "", "answer"):
        table.add_column(name, overflow="fold")
    for one in checked:
        table.add_row(one.outlet, f"{one.kind} {one.url}", "ok" if one.ok else "NO", one.says)
    return table
