"""Retracts and holds articles: at an editor's word, or because their page is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from rag.errors import Erased, NotFound
from rag.store.archive.archive import Archive
from rag.store.archive.write import CHECKS
from rag.store.database.addresses import LIVE_BLOG
from rag.types import Article, ArticleStatus

GONE, NOT_FOUND = 410, 404
TAKEN_OUT = 200  # the page was there, without this entry
Verdict = Literal["unknown", "waiting", "retracted", "erased"]


def record_gone(archive: Archive, url: str, status: int, at: datetime) -> Verdict:
    """Notes that a page is missing. Status 410 retracts its article at once, 404 at the third check, a day apart.

    Returns `unknown` when no article has the address, `waiting` while the article still answers, `retracted`, or
    `erased` when it was erased before. Any other status is ignored. `at` must be aware.
    """
    ids = archive.at_address(url)
    if status not in (GONE, NOT_FOUND) or not ids:
        return "waiting" if ids else "unknown"
    verdicts = [_gone(archive, article_id, status, at) for article_id in ids]
    return "retracted" if "retracted" in verdicts else verdicts[0]


def record_present(archive: Archive, url: str, at: datetime) -> bool:
    """Notes that a page is there. Returns True when it had been missing: then fetch it whole, as a 304 is not enough.

    The page of a live blog had been missing when all its entries had; a single removed entry does not matter.
    """
    states = {article_id: archive.absence(article_id) for article_id in archive.at_address(url)}
    for article_id, state in states.items():
        if state == "missing":
            archive.forget_absence(article_id)
    away = [article_id for article_id, state in states.items() if state in ("gone", "back")]
    if not away or any(find(archive, article_id) for article_id in states.keys() - set(away)):
        return False
    for article_id in away:
        archive.settle_absence(article_id, "back", at)
    return True


def retract(archive: Archive, article_id: str, *, reason: str, at: datetime | None = None) -> bool:
    """Retracts an article: it stays readable but no longer answers. Returns False if it was retracted already.

    Raises NotFound, Erased.
    """
    moment = at or datetime.now(UTC)
    return archive.retract(article_id, {"reason": reason, "at": moment.isoformat(timespec="seconds")}, at=moment)


def hold(archive: Archive, article_id: str, *, reason: str, at: datetime | None = None) -> bool:
    """Holds an article back: no answer uses it and no reader sees it until it is released. Returns False if it was held
    already.

    Raises NotFound, Erased.
    """
    moment = at or datetime.now(UTC)
    was = archive.article(article_id).status.value
    because = {"reason": reason, "at": moment.isoformat(timespec="seconds"), "was": was}
    return archive.hold(article_id, because, at=moment)


def _gone(archive: Archive, article_id: str, status: int, at: datetime) -> Verdict:
    checks = archive.absent(article_id, at)
    if status == NOT_FOUND and checks < CHECKS:
        return "waiting"
    because = {"reason": "vanished", "status": status, "at": at.isoformat(timespec="seconds")}
    try:
        archive.retract(article_id, because, at=at)
    except Erased:
        archive.forget_absence(article_id)
        return "erased"
    archive.settle_absence(article_id, "gone", at)
    return "retracted"


def find(archive: Archive, article_id: str) -> Article | None:
    """Returns the article, or None when it does not exist or was erased."""
    try:
        return archive.article(article_id)
    except (Erased, NotFound):
        return None


def record_returned(archive: Archive, entries: Sequence[Article], at: datetime) -> int:
    """Notes that removed entries of a live blog are listed again. Call it before they are stored. Returns how many."""
    back = [entry.id for entry in entries if archive.absence(entry.id) == "gone"]
    for article_id in back:
        archive.settle_absence(article_id, "back", at)
    return len(back)


def retract_vanished(archive: Archive, entries: Sequence[Article], at: datetime) -> list[str]:
    """Retracts the entries of a live blog that its page no longer lists. Call it after the listed ones are stored.

    Returns their ids. Only entries newer than the oldest listed one go: long blogs drop their first entries, or show
    them elsewhere.
    """
    listed = {entry.id for entry in entries}
    oldest = min((entry.published for entry in entries if entry.published), default=None)
    url = entries[0].url if entries else None
    if oldest is None or url is None:
        return []
    gone = []
    for article_id in archive.at_address(url):
        held = None if article_id in listed else find(archive, article_id)
        answers = held is not None and held.status is not ArticleStatus.RETRACTED
        if held and answers and LIVE_BLOG in held.extra and held.published and held.published > oldest:
            _gone(archive, article_id, TAKEN_OUT, at)
            gone.append(article_id)
    return gone
