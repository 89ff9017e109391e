"""The desk's routes for what readers asked, whether their questions are kept whole, and the answers they reported."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query

from api.desk.deps import CurrentSession, Desk
from api.reader_data.feedback import Feedback, FeedbackStore
from api.schemas.requests import Text
from rag.errors import Erased, NotFound
from rag.store.archive.archive import Archive
from rag.wire import jsonable, pick

MOST_STORIES, MOST_REPORTS = 20, 200
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
        "stories": _stories(found.stories, archive, ("answered", "hedged", "conflicting")),
        "missing": _stories(found.stories, archive, ("refused",)),
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


@router.get("/reports")
def reports(desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Lists reports, the newest first and open ones before settled ones. Also counts praise, and says whether there is
    room for more."""
    file = FeedbackStore(desk.database)
    said = list(file.all())
    settled = desk.settlements.all()
    rows = [_row(one) | {"settled": jsonable(settled.get(_digest(one)))} for one in reversed(said) if _is_report(one)]
    rows.sort(key=lambda row: row["settled"] is not None)  # stable
    helpful = sum(one.verdict == "helpful" for one in said)
    open_ones = sum(row["settled"] is None for row in rows)
    return {"open": open_ones, "helpful": helpful, "full": file.full, "reports": rows[:MOST_REPORTS]}


@router.delete("/reports", status_code=204)
def clear(desk: Desk, editor: CurrentSession) -> None:
    """Erases settled reports and praise. Open reports stay."""
    settled = desk.settlements.all()
    gone = FeedbackStore(desk.database).erase(lambda one: not _is_report(one) or _digest(one) in settled)
    desk.acts.add(editor.editor, "report.clear", "", reports=gone)


@router.post("/reports/{report}", status_code=204)
def settle(
    report: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    outcome: Annotated[Literal["mended", "right", "none"], Body()],
    desk: Desk,
    editor: CurrentSession,
    word: Annotated[Text, Body(max_length=500)] = "",
) -> None:
    """Settles a report, with a word of the editor. Raises NotFound."""
    reported = next((one for one in FeedbackStore(desk.database).all() if _digest(one) == report), None)
    if reported is None:
        raise NotFound("This report no longer exists.", hint="Reload the list.")
    desk.settlements.settle(report, editor.editor.name, outcome, word)
    desk.acts.add(editor.editor, "report.settle", report, outcome=outcome, word=word)


def _is_report(one: Feedback) -> bool:
    return one.verdict != "helpful"


def _row(one: Feedback) -> dict[str, Any]:
    return {**asdict(one), "report": _digest(one)}


def _digest(one: Feedback) -> str:
    """Returns the id of a report, the same as long as the report is kept."""
    return hashlib.sha256(json.dumps(asdict(one), sort_keys=True).encode()).hexdigest()[:32]
