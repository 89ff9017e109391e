"""The desk's routes for what readers asked, and whether their questions are kept whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query

from api.desk.deps import CurrentSession, Desk
from api.stops import stops
from rag.errors import Erased, NotFound
from rag.store.archive.archive import Archive
from rag.wire import jsonable, pick

MOST_STORIES = 20
LISTED_FIELDS = ("title", "outlet", "language", "published", "kind", "status", "revision")

router = APIRouter()


@router.get("/asked")
def count_questions(desk: Desk, _: CurrentSession, days: Annotated[int, Query(ge=1, le=366)] = 30) -> dict[str, Any]:
    """Counts questions of the last days by day, language and story, and lists whole questions where they are kept."""
    desk.telal.recorder.flush()
    now = datetime.now(UTC)
    found, archive = desk.question_log.since((now - timedelta(days=days - 1)).date()), desk.archive
    kept = desk.question_log.keeping_days()
    return {
        "days": _rows("day", {(day.isoformat(), outcome): n for (day, outcome), n in found.days.items()}),
        "languages": _ranked(_rows("language", found.languages)),
        "stories": _stories(found.stories, archive, ("answered", "hedged", "conflicting", "contradicted")),
        "missing": _stories(found.stories, archive, ("refused",)),
        "untranslated": stops(desk.telal.database)["translations"],
        "sought": [{"name": name, "count": n} for name, n in Counter(found.sought).most_common(MOST_STORIES)],
        "keep_days": kept,
        "questions": [jsonable(one) for one in desk.question_log.list_kept(now)] if kept else [],
    }


@router.put("/keeping", status_code=204)
def keep(days: Annotated[Literal[0, 7, 30, 90], Body(embed=True)], desk: Desk, editor: CurrentSession) -> None:
    """Keeps whole questions for so many days from now on. With 0, erases those that were kept."""
    desk.question_log.keep(days)
    desk.telal.recorder.keep(days > 0)
    desk.acts.add(editor.editor, "questions.keep", "", days=days)


def _rows(name: str, counts: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Makes one row a value, with one column an outcome."""
    rows: dict[str, dict[str, Any]] = {}
    for (value, outcome), count in sorted(counts.items()):
        rows.setdefault(value, {name: value})[outcome] = count
    return list(rows.values())


def _ranked(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: -sum(n for n in row.values() if isinstance(n, int)))


def _stories(
    counts: Mapping[tuple[str, str], int], archive: Archive, outcomes: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Lists the articles that most questions with these outcomes led to, with no word of a reader."""
    total: Counter[str] = Counter()
    for (article_id, outcome), count in counts.items():
        if article_id and outcome in outcomes:
            total[article_id] += count
    return [{"count": n, **describe_article(archive, one)} for one, n in total.most_common(MOST_STORIES)]


def describe_article(archive: Archive, article_id: str) -> dict[str, Any]:
    """Describes an article as lists show it; without a title when it was erased."""
    try:
        article = archive.article(article_id)
    except (NotFound, Erased):
        return {"id": article_id, "title": "", "outlet": "", "language": "und", "status": "erased"}
    return pick(article, "id", *LISTED_FIELDS)
