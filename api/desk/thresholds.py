"""The confidence from which Telal answers: tried on what readers asked, then set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from api.desk.room import CurrentSession, Desk
from api.schemas.requests import Input

router = APIRouter()


class ThresholdIn(Input):
    """From which confidence on Telal answers; null: back to the server's setting."""

    threshold: float | None = Field(ge=0, le=1)


@router.get("/threshold")
def threshold(desk: Desk, _: CurrentSession, days: Annotated[int, Query(ge=1, le=366)] = 30) -> dict[str, Any]:
    """The threshold in force, and how sure Telal was of each question since so many days, in thousandths; whole
    questions where they are kept. At another threshold Telal would answer those from it on; it would show the others
    with doubt from `partial` on, or from the threshold where that is lower.
    """
    desk.telal.recorder.flush()
    now = datetime.now(UTC)
    since = now - timedelta(days=days - 1)
    engine = desk.telal.engine
    kept = (one for one in desk.question_log.list_kept(now, limit=1000) if one.at >= since)
    return {
        "threshold": engine.threshold(),
        "set": engine.chosen_threshold() is not None,
        "partial": engine.fitted.thresholds.partial,
        "confidences": sorted(desk.question_log.since(since.date()).confidences.items()),
        "questions": [
            {"question": one.question, "language": one.language, "confidence": one.confidence}
            for one in kept
            if one.confidence is not None
        ],
    }


@router.put("/threshold", status_code=204)
def set_threshold(body: ThresholdIn, desk: Desk, editor: CurrentSession) -> None:
    """In force on every machine from the next question on."""
    desk.telal.engine.choose_threshold(body.threshold)
    desk.acts.add(editor.editor, "threshold.set", "", threshold=body.threshold)
