"""Answers that readers reported, and how editors settled them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from api.desk.room import Desk, Room, Signed
from api.kept.feedback import Feedback, FeedbackFile
from api.schemas.requests import Input, Text
from rag.errors import NotFound
from rag.wire import jsonable

MOST = 200

router = APIRouter()


class SettleIn(Input):
    """How a report was settled, in the editor's words."""

    outcome: Literal["mended", "right", "none"]
    word: Text = Field("", max_length=500)


@router.get("/reports")
def reports(desk: Desk, _: Signed) -> dict[str, Any]:
    """The newest first, open ones before settled ones; and how many readers found an answer helpful."""
    said = list(_file(desk).all())
    settled = desk.settlements.all()
    rows = [_row(one) | {"settled": jsonable(settled.get(_digest(one)))} for one in reversed(said) if _is_report(one)]
    rows.sort(key=lambda row: row["settled"] is not None)  # stable
    helpful = sum(one.verdict == "helpful" for one in said)
    return {"open": sum(row["settled"] is None for row in rows), "helpful": helpful, "reports": rows[:MOST]}


@router.post("/reports/{report}", status_code=204)
def settle(report: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], body: SettleIn, desk: Desk, editor: Signed) -> None:
    """Raises NotFound."""
    if not any(_digest(one) == report for one in _file(desk).all()):
        raise NotFound("There is no such report any more.", hint="Reload the list.")
    desk.settlements.settle(report, editor.editor.name, body.outcome, body.word)
    desk.acts.add(editor.editor, "report.settle", report, outcome=body.outcome, word=body.word)


def _file(desk: Room) -> FeedbackFile:
    return FeedbackFile(desk.telal.settings.data_dir, desk.telal.database)


def _is_report(one: Feedback) -> bool:
    return one.verdict != "helpful"


def _row(one: Feedback) -> dict[str, Any]:
    return {**asdict(one), "report": _digest(one)}


def _digest(one: Feedback) -> str:
    """A report's name: the same for as long as it is kept."""
    return hashlib.sha256(json.dumps(asdict(one), sort_keys=True).encode()).hexdigest()[:32]
