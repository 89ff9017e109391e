"""The desk's routes for the confidence from which Telal answers: what another one would change, setting it, and the
archive's own curve of judged answers."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from api.desk.deps import CurrentSession, Desk
from rag.answer.own_curve import LEAST_JUDGED, OwnCurve, WrongShare, own_curve
from rag.errors import BadInput

router = APIRouter()


@router.get("/threshold")
def threshold(desk: Desk, _: CurrentSession, days: Annotated[int, Query(ge=1, le=366)] = 30) -> dict[str, Any]:
    """Returns the threshold in force, and the confidence of each question of the last days, in thousandths; also whole
    questions where they are kept.

    Telal answers questions from the threshold on. It shows the others with doubt from `partial` on, or from the
    threshold if that is lower. From `one_in_ten` and `one_in_twenty` on so many of its answers are wrong: of the suites
    that it was fitted on, or of the answers judged here where that `curve` was adopted.
    """
    desk.telal.recorder.flush()
    now = datetime.now(UTC)
    since = now - timedelta(days=days - 1)
    engine = desk.telal.engine
    chosen = engine.chosen_threshold()
    kept = (one for one in desk.question_log.list_kept(now, limit=1000) if one.at >= since)
    judged = desk.judged.all()
    return {
        "threshold": engine.threshold(),
        "set": chosen is not None,
        "wrong_share": chosen if isinstance(chosen, WrongShare) else None,
        **{wrong.value: engine.threshold_for(wrong) for wrong in WrongShare},
        "partial": engine.fitted.thresholds.partial,
        "confidences": sorted(desk.question_log.since(since.date()).confidences.items()),
        "questions": [
            {"question": one.question, "language": one.language, "confidence": one.confidence}
            for one in kept
            if one.confidence is not None
        ],
        "judged": len(judged),
        "least_judged": LEAST_JUDGED,
        "curve": _curve(own_curve(judged)),
        "adopted": _curve(engine.adopted_curve()),
    }


def _curve(curve: OwnCurve | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    levels = {wrong.value: curve.threshold(wrong) for wrong in WrongShare}
    return {"judged": curve.judged, "steps": [astuple(step) for step in curve.steps], **levels}


@router.put("/threshold", status_code=204)
def set_threshold(
    threshold: Annotated[WrongShare | Annotated[float, Body(ge=0, le=1)] | None, Body(embed=True)],
    desk: Desk,
    editor: CurrentSession,
) -> None:
    """Sets the confidence from which Telal answers, or how many of its answers may be wrong, on every machine from the
    next question on. null: as the server's setting says."""
    desk.telal.engine.choose_threshold(threshold)
    desk.acts.add(editor.editor, "threshold.set", "", threshold=threshold)


@router.put("/curve", status_code=204)
def adopt_curve(adopt: Annotated[bool, Body(embed=True)], desk: Desk, editor: CurrentSession) -> None:
    """Adopts the curve of the answers judged so far, or goes back to the thresholds that come with Telal.

    Raises BadInput while too few answers are judged.
    """
    curve = own_curve(desk.judged.all()) if adopt else None
    if adopt and curve is None:
        raise BadInput(
            f"Fewer than {LEAST_JUDGED} answers have been judged.", hint="Judge more of them under “Try it”."
        )
    desk.telal.engine.adopt_curve(curve)
    desk.acts.add(editor.editor, "curve.adopt" if curve else "curve.drop", "", judged=curve.judged if curve else 0)


@router.post("/judged", status_code=204)
def judge(
    confidence: Annotated[float, Body(ge=0, le=1)], right: Annotated[bool, Body()], desk: Desk, _: CurrentSession
) -> None:
    """Keeps an editor's verdict on an answer that was asked for at the desk, without a word of it."""
    desk.judged.add(confidence, right)
