"""The route GET /v1/page: what the archive knows of the page on which the widget stands."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api.answering.suggestions import suggest_for_page
from api.auth.access import needs, origin_of
from api.deps import Services, ServicesOf
from api.http.openapi import GUARDED_STATUSES, problems
from api.schemas.archive import PageOut
from api.schemas.replies import page_reply, safe_url
from api.schemas.requests import Language, Text
from ingest.outlets import site_outlets
from ingest.watch.wanted import WantedPages
from rag.answer.cite import as_versions
from rag.errors import BadInput, Erased, NotFound, TelalError
from rag.store.database.addresses import canonical
from rag.types import ANSWERING_STATUSES, Article, Passage

router = APIRouter(prefix="/v1", tags=["articles"])

Address = Annotated[Text | None, Query(min_length=1, max_length=2000, description="of the page: its canonical link")]
Id = Annotated[Text | None, Query(min_length=1, max_length=2000, description="of the article, in place of an address")]


@router.get(
    "/page",
    summary="What is known of a page",
    response_model=PageOut,
    dependencies=[Depends(needs("search", counted_as="ask"))],
    responses=problems(422, *GUARDED_STATUSES, 503),
)
async def page(
    request: Request,
    telal: ServicesOf,
    address: Address = None,
    article: Id = None,
    language: Annotated[Language, Query(description="the reader's")] = "en",
) -> Response:
    """The article that stands on a page, questions about it, and how many tell its story. A page of a followed
    outlet that is not held is fetched at the outlet's next visit, never by this call."""
    if (address is None) == (article is None):
        raise BadInput("A page has one address or one article.", hint="Send `address` or `article`.")
    if address is not None and safe_url(address) is None:
        raise BadInput("This is no address of a web page.", hint="Send one that begins with https://.")
    origin = origin_of(request)

    def find() -> tuple[Article, Passage] | None:
        found = _held(telal, [article] if article is not None else telal.engine.archive.at_address(address or ""))
        if found is None and address is not None:
            _want(telal, address, origin)
        return found

    held = await telal.run(find)
    if held is None:
        return JSONResponse(page_reply(PageOut(None)))
    found, opening = held
    articles, outlets = await telal.run(lambda: telal.story_counts.of(found.id))
    (version,) = as_versions([opening])
    return JSONResponse(page_reply(PageOut(version, suggest_for_page(found, language), articles, outlets)))


def _held(telal: Services, ids: list[str]) -> tuple[Article, Passage] | None:
    """Returns the newest of these articles that may answer, with its first passage."""
    archive = telal.engine.archive
    openings = archive.openings(ids)
    for one in sorted(openings.values(), key=lambda p: str(p.published or ""), reverse=True):
        with contextlib.suppress(NotFound, Erased):
            article = archive.article(one.article_id)
            if article.status in ANSWERING_STATUSES:
                return article, one
    return None


def _want(telal: Services, address: str, origin: str) -> None:
    """Notes a page for its outlet's next visit. A site may only name pages of its own; a note that cannot be written
    now is no failure of the reader's."""
    if origin and urlsplit(canonical(origin)).netloc != urlsplit(canonical(address)).netloc:
        return
    with contextlib.suppress(TelalError):
        outlets = site_outlets(telal.settings, telal.database)
        WantedPages(telal.engine.archive).note(address, outlets, now=datetime.now(UTC))
