"""The desk's routes for the confidence from which Telal answers: what another one would change, and setting it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from api.desk.deps import CurrentSession, Desk

router = APIRouter()


@router.get("/threshold")
def threshold(desk: Desk, _: CurrentSession, days: Annotated[int, Query(ge=1, le=366)] = 30) -> dict[str, Any]:
    """Returns the threshold in force, and the confidence of each question of the last days, in thousandths; also whole
    questions where they are kept.

    Telal answers questions from the threshold on. It shows the others with doubt from `partial` on, or from the
    threshold if that is lower. From `one_in_ten` and `one_in_twenty` on so many of its answers are wrong.
    """
    desk.telal.recorder.flush()
    now = datetime.now(UTC)
    since = now - timedelta(days=days - 1)
    engine = desk.telal.engine
    kept = (one for one in desk.question_log.list_kept(now, limit=1000) if one.at >= since)
    return {
        "threshold": engine.threshold(),
        "set": engine.chosen_threshold() is not None,
        "one_in_ten": engine.fitted.thresholds.one_in_ten,
        "one_in_twenty": engine.fitted.thresholds.one_in_twenty,
        "partial": engine.fitted.thresholds.partial,
        "confidences": sorted(desk.question_log.since(since.date()).confidences.items()),
        "questions": [
            {"question": one.question, "language": one.language, "confidence": one.confidence}
            for one in kept
            if one.confidence is not None
        ],
    }


@router.put("/threshold", status_code=204)
def set_threshold(
    threshold: Annotated[float | None, Body(embed=True, ge=0, le=1)], desk: Desk, editor: CurrentSession
) -> None:
    """Sets the confidence from which Telal answers, on every machine from the next question on. null: as the server's
    setting says."""
    desk.telal.engine.choose_threshold(threshold)
    desk.acts.add(editor.editor, "threshold.set", "", threshold=threshold)
