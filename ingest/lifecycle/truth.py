"""Turns checks of a page into changes of its article: vanished, retracted, back again."""

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
TAKEN_OUT = 200  # the page answered, without it
Verdict = Literal["unknown", "waiting", "retracted", "erased"]


def record_gone(archive: Archive, url: str, status: int, at: datetime) -> Verdict:
    """Records that a page is missing. 410 retracts its article at once, 404 at the third check a day apart.

    `unknown`: no article has the address; `waiting`: counted, the article still answers; `erased`: it was erased
    before. Any other status is ignored. `at` must be aware.
    """
    ids = archive.at_address(url)
    if status not in (GONE, NOT_FOUND) or not ids:
        return "waiting" if ids else "unknown"
    verdicts = [_gone(archive, article_id, status, at) for article_id in ids]
    return "retracted" if "retracted" in verdicts else verdicts[0]


def record_present(archive: Archive, url: str, at: datetime) -> bool:
    """Records that a page answered with its article. True when it had vanished: then its content must be fed in full
    (no 304).

    The page of a live blog counts as vanished only when all its entries had; a single removed entry does not matter.
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
    """Retracts an article at an editor's or a notice's word: it stays readable but no longer answers. False if it was
    already retracted.

    Raises NotFound, Erased.
    """
    moment = at or datetime.now(UTC)
    return archive.retract(article_id, {"reason": reason, "at": moment.isoformat(timespec="seconds")}, at=moment)


def hold(archive: Archive, article_id: str, *, reason: str, at: datetime | None = None) -> bool:
    """Holds an article: it answers nothing and no reader is shown it until it is released. False if it was held
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
    """The article, if it is there and not erased."""
    try:
        return archive.article(article_id)
    except (Erased, NotFound):
        return None


def record_returned(archive: Archive, entries: Sequence[Article], at: datetime) -> int:
    """Marks removed entries that are listed again as news, before they are stored. Returns how many."""
    back = [entry.id for entry in entries if archive.absence(entry.id) == "gone"]
    for article_id in back:
        archive.settle_absence(article_id, "back", at)
    return len(back)


def retract_vanished(archive: Archive, entries: Sequence[Article], at: datetime) -> list[str]:
    """Retracts the entries of a live blog that its page does not list any more; call it after taking in the listed
    ones.

    Returns their ids. Only entries newer than the oldest listed one: long blogs drop their first entries, or show them
    elsewhere.
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
