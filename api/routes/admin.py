"""The routes that store and erase articles. They need a secret key with the scope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api.auth.access import needs
from api.deps import Services, ServicesOf
from api.http.openapi import GUARDED_STATUSES, JSON_BODY, problems
from api.reader_data.erasure import erasable_stores
from api.schemas.archive import CertificateOut, NamingOut, PushedOut
from api.schemas.requests import ErasureIn, PushIn
from ingest.lifecycle.erasure import ErasableStore, ids_of, remove
from ingest.lifecycle.erasure import erase as erase_all
from ingest.pipeline import Pipeline, RunCallbacks, identity
from ingest.raw import RejectedRecord
from rag.errors import BadInput
from rag.store.archive.archive import Archive
from rag.wire import jsonable, pick

PATIENCE_S = 20.0  # of a request, for another process that owns the indexes

router = APIRouter(prefix="/v1/admin", tags=["administration"])


@router.post(
    "/articles",
    summary="Push articles",
    response_model=PushedOut,
    dependencies=[Depends(needs("ingest"))],
    responses=problems(*JSON_BODY, *GUARDED_STATUSES, 503, 507),
)
async def push(body: PushIn, telal: ServicesOf) -> Response:
    """Takes in articles as `telal ingest` does: new, changed or known already. They are searchable within a second.

    What is rejected is named by its place in the list, with the reason; the others are stored.
    """
    return JSONResponse(await telal.run(lambda: push_records(body.articles, telal)))


@router.delete(
    "/articles/{article_id:path}",
    summary="Erase an article",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs("admin"))],
    responses=problems(404, 422, *GUARDED_STATUSES, 503, 507),
)
async def erase(
    article_id: Annotated[str, Path(max_length=2000)],
    telal: ServicesOf,
    reason: Annotated[str, Query(min_length=1, max_length=1000, description="kept in the tombstone")],
) -> Response:
    """Removes text, revisions, passages and vectors for good, and what quotes them; a tombstone without text stays."""
    stores = _stores(telal, [article_id])
    await telal.run(lambda: remove(telal.engine.archive, [article_id], reason=reason, stores=stores))
    return Response(status_code=204)


@router.post(
    "/erasures",
    summary="Erase articles and certify it",
    response_model=CertificateOut,
    dependencies=[Depends(needs("admin"))],
    responses=problems(404, *JSON_BODY, *GUARDED_STATUSES, 503, 507),
)
async def erase_certified(body: ErasureIn, telal: ServicesOf) -> Response:
    """Erases by id or address, waits for the indexes, then searches every file of the data directory.

    `left` names files in which something was found after all; it must be empty.
    """
    return JSONResponse(await telal.run(lambda: _certify(body, telal)))


@router.get(
    "/naming",
    summary="List the articles that name a person",
    response_model=NamingOut,
    dependencies=[Depends(needs("admin"))],
    responses=problems(422, *GUARDED_STATUSES, 503),
)
async def naming(telal: ServicesOf, name: Annotated[str, Query(min_length=2, max_length=200)]) -> Response:
    """In either script and any case, earlier revisions included; look at them before you erase them by their ids."""
    found = await telal.run(lambda: telal.engine.archive.mentions(name))
    rows = [{"id": m.article.id, "outlet": m.article.outlet, "url": m.article.url, "around": m.around} for m in found]
    return JSONResponse({"articles": rows})


def _certify(body: ErasureIn, telal: Services) -> dict[str, Any]:
    ids = ids_of(telal.engine.archive, ids=body.ids, url=body.url)
    if not ids:
        raise BadInput("Nothing was named to be erased.", hint="Give ids or url.")
    return erase_for_good(ids, body.reason, telal)


def erase_for_good(ids: list[str], reason: str, telal: Services) -> dict[str, Any]:
    """Erases articles from everything that Telal keeps, searches for what is left, and returns a CertificateOut."""
    engine, folder = telal.engine, telal.settings.data_dir
    stores = _stores(telal, ids)
    made = erase_all(engine.archive, engine.indexes, folder, ids, reason=reason, stores=stores, patience_s=PATIENCE_S)
    return {**jsonable(made), "clean": made.clean, "file": FilePath(made.file).name}


def _stores(telal: Services, ids: Sequence[str]) -> list[ErasableStore]:
    """Returns what may hold words of these articles, with what this process keeps."""
    translations = ErasableStore("translations", lambda marks: telal.translations.forget(ids))
    return [*erasable_stores(telal.settings.data_dir, telal.database), translations]


def push_records(records: tuple[dict[str, Any], ...], telal: Services) -> dict[str, Any]:
    """Stores records and returns a PushedOut: how many were new, changed or known, and which were rejected."""
    rejected: list[dict[str, Any]] = []

    def reject(record: RejectedRecord) -> None:
        rejected.append({"place": record.place.line or 0, "reason": record.reason, "detail": record.detail})

    embedder, settings = telal.engine.embedder, telal.settings
    report = Pipeline(writable(telal), embedder, settings).run(records, RunCallbacks(rejected=reject))
    return {**pick(report, "read", "new", "changed", "unchanged", "erased"), "rejected": rejected}


def writable(telal: Services) -> Archive:
    """Returns the archive for writing articles, over the engine's open database.

    The file must not be opened twice: closing any handle of a SQLite file drops all locks that the process holds on it.
    The next `telal ingest` then took itself for the last user of the file, and removed the log from under the server.
    """
    return Archive(telal.engine.archive.database, identity(telal.settings, telal.engine.embedder))
