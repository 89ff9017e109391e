"""The routes for what the archive holds: outlets, counts, stories, articles page by page, one article, suggestions."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import StringConstraints
from starlette.responses import JSONResponse, Response

from api.answering.suggestions import (
    suggest,
    suggest_for_articles,
    suggest_for_stories,
    suggest_further,
)
from api.answering.worker_threads import unless_gone
from api.auth.access import needs
from api.deps import ServicesOf
from api.http.openapi import GUARDED_STATUSES, JSON_BODY, problems
from api.schemas.answers import ArticleOut
from api.schemas.archive import (
    ArticlesOut,
    SourcesOut,
    StatsOut,
    StoriesOut,
    SuggestionsOut,
    read_cursor,
    read_place,
    write_cursor,
    write_place,
)
from api.schemas.replies import (
    article_for_readers,
    article_reply,
    context_of,
    safe_url,
    story_reply,
    tellings_reply,
    whole_story_reply,
)
from api.schemas.requests import Day, FurtherIn, Language, Name, TranslationIn
from rag.answer.latest import NEWEST
from rag.errors import BadInput
from rag.shown import cut_story
from rag.types import Article, Filters, Tellings, WholeStory, Written
from rag.wire import jsonable, pick

MOST_FURTHER = 3

router = APIRouter(prefix="/v1", tags=["archive"], dependencies=[Depends(needs("search"))])
article_router = APIRouter(prefix="/v1", tags=["articles"])

FirstDay = Annotated[Day | None, Query(alias="from", description="YYYY-MM-DD, inclusive")]
LastDay = Annotated[Day | None, Query(alias="to", description="YYYY-MM-DD, inclusive")]
Languages = Annotated[list[Language] | None, Query(max_length=50, description="may be repeated")]
Names = Annotated[list[Name] | None, Query(max_length=100, description="may be repeated")]

Country = Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$")]
Cursor = Annotated[str | None, Query(min_length=1, max_length=8000, description="`next` of the page before")]
ArticleId = Annotated[str, Path(description="as in a citation", max_length=2000)]


@router.get("/sources", summary="List outlets", response_model=SourcesOut, responses=problems(*GUARDED_STATUSES, 503))
def sources(telal: ServicesOf) -> Response:
    """Every outlet with its articles in each language, and its first and last date."""
    found = telal.engine.archive.outlets()
    return JSONResponse({"outlets": jsonable(found), "notices": telal.notices(found)})


@router.get("/stats", summary="Figures", response_model=StatsOut, responses=problems(*GUARDED_STATUSES, 503))
def stats(telal: ServicesOf) -> Response:
    """How much the archive holds, and how far the indexes are."""
    held = telal.engine.archive.stats()
    counts = pick(held, "articles", "passages", "revisions", "erased", "last_change")
    by = {"languages": dict(held.by_language), "outlets": len(held.by_outlet)}
    days = pick(held, "first_published", "last_published")
    return JSONResponse({**counts, **by, **days, "notices": telal.notices(held.by_outlet)})


@router.get(
    "/articles",
    tags=["articles"],
    summary="List articles",
    response_model=ArticlesOut,
    responses=problems(404, 422, *GUARDED_STATUSES, 503),
)
def articles(
    telal: ServicesOf,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    first: FirstDay = None,
    last: LastDay = None,
    language: Languages = None,
    outlet: Names = None,
    kind: Names = None,
) -> Response:
    """The newest first, undated ones last, without their texts."""
    filters = Filters(first, last, tuple(language or ()), tuple(outlet or ()), tuple(kind or ()))
    after = read_cursor(cursor) if cursor is not None else None
    found = telal.engine.archive.articles(filters=filters, after=after, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return JSONResponse({"articles": [_listed(a) for a in page], "next": following, "notices": telal.notices(page)})


@router.get(
    "/stories",
    tags=["articles"],
    summary="The newest stories",
    response_model=StoriesOut,
    responses=problems(404, 422, *GUARDED_STATUSES, 503),
)
async def stories(
    telal: ServicesOf,
    cursor: Cursor = None,
    language: Annotated[Language, Query(description="the reader's")] = "en",
    limit: Annotated[int, Query(ge=1, le=8)] = 8,
    outlet: Names = None,
) -> Response:
    """The newest first, one version each, those in the reader's language before others, with a question about each."""
    place = read_place(cursor) if cursor is not None else NEWEST

    def find() -> dict[str, Any]:
        filters = Filters(outlets=tuple(outlet or ()))
        page = telal.engine.latest(language, filters=filters, place=place, limit=limit)
        found, following = page.stories, page.following and write_place(page.following)
        asked = {one.article_id: one for one in suggest_for_stories(found, language)}
        told = [{**story_reply(s), "question": jsonable(asked[s.article_id])} for s in found if s.article_id in asked]
        return {"stories": told, "next": following, "notices": telal.notices(found)}

    return JSONResponse(await telal.run(find))


@router.get(
    "/stories/{article_id:path}/tellings",
    tags=["articles"],
    summary="A story as others tell it",
    response_model=Tellings,
    responses=problems(404, 410, 422, *GUARDED_STATUSES, 503),
)
async def tellings(
    article_id: ArticleId,
    telal: ServicesOf,
    language: Annotated[Language, Query(description="the reader's")] = "en",
    tags: Annotated[list[Language] | None, Query(alias="in", max_length=50, description="languages compared")] = None,
    outlet: Names = None,
    country: Annotated[list[Country] | None, Query(max_length=50, description="of the outlets: ISO 3166, RS")] = None,
) -> Response:
    """What its independent sources tell differently, what most of them tell, and what one alone tells; copies count
    once."""
    filters = Filters(languages=tuple(tags or ()), outlets=tuple(outlet or ()))

    def find() -> dict[str, Any]:
        article_for_readers(telal.engine.archive, article_id)
        told = telal.engine.tellings(article_id, language, filters=filters, countries=tuple(country or ()))
        return tellings_reply(told, telal.notices((article_id,)))

    return JSONResponse(await telal.run(find))


@router.get(
    "/stories/{article_id:path}",
    tags=["articles"],
    summary="A story whole",
    response_model=WholeStory,
    responses=problems(404, 410, 422, *GUARDED_STATUSES, 503),
)
async def story(
    article_id: ArticleId,
    request: Request,
    telal: ServicesOf,
    language: Annotated[Language, Query(description="the reader's")] = "en",
    since: Annotated[Day | None, Query(description="YYYY-MM-DD: days that were told of since are marked `new`")] = None,
) -> Response:
    """The story that an article tells: its course day by day word for word, its versions, the rest of its matter."""

    sight = await telal.sight(request)

    def find() -> dict[str, Any]:
        archive = telal.engine.archive
        article_for_readers(archive, article_id)
        told = cut_story(telal.engine.story(article_id, language, since=since), archive.article, sight.level)
        return whole_story_reply(told, telal.notices((article_id,)))

    return JSONResponse(await telal.run(find))


@router.get(
    "/suggestions",
    tags=["questions"],
    summary="Questions to begin with",
    response_model=SuggestionsOut,
    responses=problems(422, *GUARDED_STATUSES, 503),
)
async def suggestions(
    telal: ServicesOf,
    language: Annotated[Language, Query(description="the reader's")] = "en",
    limit: Annotated[int, Query(ge=1, le=4)] = 4,
) -> Response:
    """Questions in the reader's language that the newest stories answer."""

    def find() -> dict[str, Any]:
        found = suggest(telal.engine, language, limit=limit)
        return {"suggestions": jsonable(found), "notices": telal.notices(found)}

    return JSONResponse(await telal.run(find))


@router.post(
    "/suggestions",
    tags=["questions"],
    summary="Questions to go on with",
    response_model=SuggestionsOut,
    responses=problems(*JSON_BODY, *GUARDED_STATUSES, 503),
)
async def further(body: FurtherIn, telal: ServicesOf) -> Response:
    """After an answer (`asked`): what else its articles were asked about. After a refusal: a question about each.

    Nothing is asked of the engine for them, so they count as a search.
    """
    coming = (
        suggest_further(telal.engine, body.asked, body.articles, body.language)
        if body.asked
        else suggest_for_articles(telal.engine, body.articles, body.language)
    )
    found = await telal.run(lambda: list(islice(coming, MOST_FURTHER)))
    return JSONResponse({"suggestions": jsonable(found)})


def _listed(article: Article) -> dict[str, Any]:
    names = ("id", "title", "outlet", "language", "published", "modified", "kind", "section", "revision", "status")
    return {**pick(article, *names), "url": safe_url(article.url)}


_FAR = 2**31 - 1

Offset = Annotated[int | None, Query(ge=0, le=_FAR, description="code points, of the passage to show in its context")]
Revision = Annotated[int | None, Query(ge=1, le=_FAR, description="default: the current one")]


@article_router.get(
    "/articles/{article_id:path}",
    summary="Read an article",
    response_model=ArticleOut,
    dependencies=[Depends(needs("search"))],
    responses=problems(404, 410, 422, *GUARDED_STATUSES, 503),
)
def article(
    article_id: ArticleId,
    request: Request,
    telal: ServicesOf,
    start: Offset = None,
    end: Offset = None,
    revision: Revision = None,
) -> Response:
    """An article as far as its outlet allows; with `start` and `end` also that stretch in its context, cut on sentence
    borders."""
    sight = telal.rights.sight(request)
    if (start is None) != (end is None):
        raise BadInput("Of start and end only one is given.", hint="Give both, as a citation has them, or none.")
    found = article_for_readers(telal.engine.archive, article_id, revision=revision)
    body = article_reply(found, telal.engine.archive.clusters([article_id]).get(article_id), sight.level)
    if start is not None and end is not None:
        body["context"] = asdict(context_of(found, start, end, sight.level(found)))
    return JSONResponse(body)


@article_router.post(
    "/articles/{article_id:path}/translation",
    summary="Translate a passage",
    response_model=Written,
    dependencies=[Depends(needs("ask"))],
    responses=problems(404, 410, *JSON_BODY, *GUARDED_STATUSES, 503, 504),
)
async def translation(article_id: ArticleId, body: TranslationIn, request: Request, telal: ServicesOf) -> Response:
    """The sentences of a passage that `start` to `end` touches, by the language model: shown whole, beside what they
    translate, or not at all where a number or date would not be that of the original. Counts as a question."""
    asked = telal.translations.of(article_id, body, await telal.sight(request), telal.may_translate)
    return JSONResponse(jsonable(await unless_gone(request, asked)))
