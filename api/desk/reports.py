"""The desk's routes for the answers that readers reported, and how each report was settled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path
from sqlalchemy import delete, insert, select

from api.desk.deps import CurrentSession, Desk
from api.reader_data.feedback import Feedback, FeedbackStore
from api.schemas.requests import Text
from rag.errors import NotFound
from rag.store.database.database import Database
from rag.store.database.desk_tables import settled_reports
from rag.store.database.rows import micros, moment
from rag.wire import jsonable

MOST_REPORTS = 200

router = APIRouter()


@router.get("/reports")
def reports(desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Lists reports, the newest first and open ones before settled ones. Also counts praise, and says whether there is
    room for more."""
    file = FeedbackStore(desk.database)
    said = list(file.all())
    settled = settlements(desk.database)
    rows = [_row(one) | {"settled": settled.get(_digest(one))} for one in reversed(said) if _is_report(one)]
    rows.sort(key=lambda row: row["settled"] is not None)  # stable
    helpful = sum(one.verdict == "helpful" for one in said)
    open_ones = sum(row["settled"] is None for row in rows)
    return {"open": open_ones, "helpful": helpful, "full": file.full, "reports": rows[:MOST_REPORTS]}


@router.delete("/reports", status_code=204)
def clear(desk: Desk, editor: CurrentSession) -> None:
    """Erases settled reports and praise. Open reports stay."""
    settled = settlements(desk.database)
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
    settle_report(desk.database, report, editor.editor.name, outcome, word)
    desk.acts.add(editor.editor, "report.settle", report, outcome=outcome, word=word)


def settlements(database: Database) -> dict[str, Any]:
    """Returns by the report's digest when, by whom, how (`outcome`: mended, right, none) and with what word it was
    settled."""
    with database.reading() as connection:
        rows = [row._asdict() for row in connection.execute(select(settled_reports))]
    return {row.pop("report"): jsonable(row | {"at": moment(row["at"])}) for row in rows}


def settle_report(database: Database, report: str, editor: str, outcome: str, word: str) -> None:
    """Records how a report was settled, in place of an earlier record."""
    row = {"report": report, "at": micros(datetime.now(UTC)), "editor": editor, "outcome": outcome, "word": word}
    with database.writing() as connection:
        connection.execute(delete(settled_reports).where(settled_reports.c.report == report))
        connection.execute(insert(settled_reports), row)


def _is_report(one: Feedback) -> bool:
    return one.verdict != "helpful"


def _row(one: Feedback) -> dict[str, Any]:
    return {**asdict(one), "report": _digest(one)}


def _digest(one: Feedback) -> str:
    """Returns the id of a report, the same as long as the report is kept."""
    return hashlib.sha256(json.dumps(asdict(one), sort_keys=True).encode()).hexdigest()[:32]
