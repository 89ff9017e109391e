"""The desk's routes for what is followed: every feed and webhook, and ending one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Body

from api.desk.deps import CurrentSession, Desk, DeskServices
from api.schemas.requests import Name
from api.stops import stops
from rag.wire import jsonable, pick

router = APIRouter()


@router.get("/follows")
def followed(desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Lists the questions that are followed, and the webhooks, ended ones too."""
    return list_follows(desk)


def list_follows(desk: DeskServices) -> dict[str, Any]:
    """Returns the questions that are followed, and the webhooks of any key."""
    questions = [{"id": one.id, "question": one.asked.question} for one in desk.telal.follows.all()]
    hooks = [
        pick(one, "id", "began", "delivered", "failing", "ended", "error")
        | {"question": one.asked.question, "key": one.key_id, "host": urlsplit(one.url).hostname}
        for one in desk.telal.webhooks.all()
    ]
    bounds = {"most": desk.telal.settings.server.follows, **stops(desk.telal.database)}
    return {"questions": questions, "webhooks": jsonable(hooks), "bounds": bounds}


@router.post("/follows/end", status_code=204)
def end(follow: Annotated[Name, Body(embed=True)], desk: Desk, editor: CurrentSession) -> None:
    """Withdraws a webhook, or ends a feed with all that was told in it. Raises NotFound."""
    if follow in {one.id for one in desk.telal.follows.all()}:
        desk.telal.follows.remove(follow)
    else:
        desk.telal.webhooks.one(follow)
        desk.telal.webhooks.end(follow, "The newsroom withdrew it.", datetime.now(UTC))
    desk.acts.add(editor.editor, "follow.end", follow)
