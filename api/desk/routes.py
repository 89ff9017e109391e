"""The routes of the desk's page, under /desk/api: signing in and out, sessions, the log, and those of its parts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api.auth.access import check_same_origin, needs
from api.auth.keys import Key
from api.desk import articles, follows, pins, questions, reports, sources, trial
from api.desk.deps import CurrentSession, Desk
from api.desk.session import PATH
from rag.wire import jsonable, pick

LOG_PAGE = 100


def require_open_desk(desk: Desk) -> None:
    """Raises 404 while there is no desk."""
    desk.sessions.check_open()


router = APIRouter(prefix=f"{PATH}/api", include_in_schema=False, dependencies=[Depends(require_open_desk)])
for part in (questions, reports, pins, sources, articles, trial, follows):
    router.include_router(part.router)


@router.post("/session")
async def sign_in(request: Request, desk: Desk, key: Annotated[Key | None, Depends(needs("admin"))]) -> Response:
    """Begins a session for the holder of an admin key. Raises RequestRefused, TooManyRequests."""
    check_same_origin(request)
    assert key is not None, "the scope admin is never public"
    response = Response(status_code=204)
    editor = await desk.telal.run(lambda: desk.sessions.begin(key, request, response))
    await desk.telal.run(lambda: desk.acts.add(editor, "session.begin", ""))
    return response


@router.get("/session")
def signed_in(session: CurrentSession) -> dict[str, Any]:
    """Returns the editor, the end of the session, and the token that every change must send."""
    return {"editor": session.editor.name, "ends": jsonable(session.open.ends), "csrf": session.csrf}


@router.delete("/session")
def sign_out(desk: Desk, session: CurrentSession) -> Response:
    """Ends the session on every machine."""
    response = Response(status_code=204)
    desk.sessions.end(session, response)
    desk.acts.add(session.editor, "session.end", "")
    return response


@router.get("/sessions")
def open_sessions(desk: Desk, session: CurrentSession) -> dict[str, Any]:
    """Lists the open sessions: whose, since when, from which network. `here` marks the one that asks."""
    return {
        "sessions": [
            pick(one, "editor", "began", "ends", "network")
            | {"here": one.digest == session.open.digest, "own": one.key_id == session.editor.key_id}
            for one in desk.sessions.all()
        ]
    }


@router.delete("/sessions", status_code=204)
def sign_out_everywhere(desk: Desk, session: CurrentSession) -> None:
    """Ends every session of the editor, this one too."""
    desk.acts.add(session.editor, "session.end", "", sessions=desk.sessions.end_all(session))


@router.get("/log")
def log(desk: Desk, _: CurrentSession, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Lists the editors' acts, the newest first. No route changes one."""
    found = desk.acts.newest(before=before, limit=LOG_PAGE + 1)
    page = found[:LOG_PAGE]
    following = page[-1].number if len(found) > LOG_PAGE else None
    altered = desk.acts.find_altered()
    return JSONResponse({"acts": [jsonable(act) for act in page], "next": following, "altered": altered})
