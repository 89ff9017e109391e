"""What the checks of a page mean for its article: vanished, retracted, back again."""

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
    """A page answered that it is not there. 410 retracts its article at once, 404 at the third check a day apart.

    `unknown`: no article stands at the address; `waiting`: counted, still answering; `erased`: it was before.
    Any other status means nothing here and counts for nothing. `at` must be aware.
    """
    ids = archive.at_address(url)
    if status not in (GONE, NOT_FOUND) or not ids:
        return "waiting" if ids else "unknown"
    verdicts = [_gone(archive, article_id, status, at) for article_id in ids]
    return "retracted" if "retracted" in verdicts else verdicts[0]


def record_present(archive: Archive, url: str, at: datetime) -> bool:
    """A page answered with its article. True when it had vanished: then what it says must be fed in full (no 304).

    A live blog's page had vanished when all its entries had; of one that was taken out alone it says nothing.
    """
    states = {article_id: archive.absence(article_id) for article_id in archive.at_address(url)}
    for article_id, state in states.items():
        if state == "missing":
            archive.forget_absence(article_id)
    away = [article_id for article_id, state in states.items() if state in ("gone", "back")]
    if not away or any(_is_there(archive, article_id) for article_id in states.keys() - set(away)):
        return False
    for article_id in away:
        archive.settle_absence(article_id, "back", at)
    return True


def taken_out(archive: Archive, article_id: str, at: datetime) -> Verdict:
    """An entry of a live blog stands on its page no more, while older ones do: retracted at once."""
    return _gone(archive, article_id, TAKEN_OUT, at)


def retract(archive: Archive, article_id: str, *, reason: str, at: datetime | None = None) -> bool:
    """An editor's or a notice's retraction: the article stays readable and answers no more. False when it was already.

    Raises NotFound, Erased.
    """
    moment = at or datetime.now(UTC)
    return archive.retract(article_id, {"reason": reason, "at": moment.isoformat(timespec="seconds")}, at=moment)


def hold(archive: Archive, article_id: str, *, reason: str, at: datetime | None = None) -> bool:
    """Hold an article back: it answers nothing and is shown to no reader until it is let go. False: it was already.

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


def _is_there(archive: Archive, article_id: str) -> bool:
    try:
        return archive.article(article_id) is not None
    except Erased:
        return False


def record_returned(archive: Archive, entries: Sequence[Article], at: datetime) -> int:
    """Entries that had been taken out and are listed again count as news; how many. Before they are taken in."""
    back = [entry.id for entry in entries if archive.absence(entry.id) == "gone"]
    for article_id in back:
        archive.settle_absence(article_id, "back", at)
    return len(back)


def retract_vanished(archive: Archive, entries: Sequence[Article], at: datetime) -> list[str]:
    """Retract the held entries of a blog that its page lists no more; their ids. After the listed ones were taken in.

    Only what is newer than the oldest listed entry: long blogs drop their first entries, or show them elsewhere.
    """
    listed = {entry.id for entry in entries}
    oldest = min((entry.published for entry in entries if entry.published), default=None)
    url = entries[0].url if entries else None
    if oldest is None or url is None:
        return []
    gone = []
    for article_id in archive.at_address(url):
        held = None if article_id in listed else _answering(archive, article_id)
        if held is not None and LIVE_BLOG in held.extra and held.published and held.published > oldest:
            taken_out(archive, article_id, at)
            gone.append(article_id)
    return gone


def _answering(archive: Archive, article_id: str) -> Article | None:
    try:
        article = archive.article(article_id)
    except (Erased, NotFound):
        return None
    return article if article.status is not ArticleStatus.RETRACTED else None
