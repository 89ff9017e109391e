"""Pushing and erasing articles. Closed to everybody without a secret key that has the scope."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api.access import needs
from api.deps import Services, Telal
from api.openapi import GUARDED, JSON_BODY, problems
from api.requests import PushIn
from api.schemas_archive import PushedOut
from ingest.pipeline import Pipeline, Watch, identity
from ingest.raw import Rejected
from rag.store.archive import Archive

router = APIRouter(prefix="/v1/admin", tags=["administration"])


@router.post(
    "/articles",
    summary="Push articles",
    response_model=PushedOut,
    dependencies=[Depends(needs("ingest"))],
    responses=problems(*JSON_BODY, *GUARDED, 503, 507),
)
async def push(body: PushIn, telal: Telal) -> Response:
    """Takes in articles as `telal ingest` does: new, changed or known already. They are searchable within a second.

    What is rejected is named by its place in the list, with the reason; the others are stored.
    """
    return JSONResponse(await telal.run(lambda: _pushed(body.articles, telal)))


@router.delete(
    "/articles/{article_id:path}",
    summary="Erase an article",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs("admin"))],
    responses=problems(404, 422, *GUARDED, 503, 507),
)
async def erase(
    article_id: Annotated[str, Path(max_length=2000)],
    telal: Telal,
    reason: Annotated[str, Query(min_length=1, max_length=1000, description="kept in the tombstone")],
) -> Response:
    """Removes text, revisions, passages and vectors for good; a tombstone without text stays."""
    await telal.run(lambda: telal.engine.archive.erase(article_id, reason=reason))
    return Response(status_code=204)


def _pushed(records: tuple[dict[str, Any], ...], telal: Services) -> dict[str, Any]:
    rejected: list[dict[str, Any]] = []

    def reject(record: Rejected) -> None:
        rejected.append({"place": record.place.line or 0, "reason": record.reason, "detail": record.detail})

    embedder, settings = telal.engine.embedder, telal.settings
    report = Pipeline(_writable(telal), embedder, settings).run(records, Watch(rejected=reject))
    counts = {name: getattr(report, name) for name in ("read", "new", "changed", "unchanged", "erased")}
    return {**counts, "rejected": rejected}


def _writable(telal: Services) -> Archive:
    """The engine's own database, never the file opened a second time: closing any handle of a SQLite file drops all

    the locks that this process holds on it, and the next `telal ingest` took itself for the last one and removed the
    log from under the server (found by tests/api/soak.py).
    """
    return Archive(telal.engine.archive._database, identity(telal.settings, telal.engine.embedder))
