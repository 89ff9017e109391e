"""The routes for following a question: a feed for everybody, webhooks for who holds a key."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.auth.access import AccessControl, check_same_origin, needs, network_of
from api.auth.keys import Key
from api.deps import Services, ServicesOf
from api.follow import atom
from api.follow.followed import FollowedQuestion, ask
from api.follow.page import follow_page
from api.follow.schemas import FollowEntry, FollowIn, FollowOut, FollowsOut
from api.follow.store import first_entry
from api.follow.webhooks import Webhook
from api.http.openapi import GUARDED_STATUSES, JSON_BODY, problems
from api.http.plain_pages import as_page, wants_page
from api.routes.archive import FirstDay, LastDay, Names
from api.schemas.replies import article_for_readers
from api.schemas.requests import Language, Text
from ingest.fetch.outcomes import FetchFailed, FetchRefused
from ingest.fetch.poster import Poster
from rag.errors import BadInput, NotFound
from rag.question.prepare import language_of
from rag.types import Filters
from rag.wire import jsonable, pick

router = APIRouter(prefix="/v1", tags=["following"])


def _asked(
    telal: ServicesOf,
    q: Annotated[Text, Query(max_length=2000, description="a question, or a request for news")] = "",
    story: Annotated[Text, Query(max_length=2000, description="in place of `q`: an article that tells the story")] = "",
    language: Annotated[Language | None, Query(description="of the question; default: recognised")] = None,
    first: FirstDay = None,
    last: LastDay = None,
    languages: Annotated[
        list[Language] | None, Query(alias="in", max_length=50, description="of the articles; may be repeated")
    ] = None,
    outlet: Names = None,
    kind: Names = None,
) -> FollowedQuestion:
    """Returns what a feed follows. Raises BadInput, and NotFound or Erased for a story that there is not."""
    filters = Filters(first, last, tuple(languages or ()), tuple(outlet or ()), tuple(kind or ()))
    return _question(telal, q, story, language, filters)


Asked = Annotated[FollowedQuestion, Depends(_asked)]


@router.get(
    "/follow.atom",
    summary="Follow a question in a feed reader",
    response_class=Response,
    dependencies=[Depends(needs("search"))],
    responses={
        200: {"content": {kind: {"schema": {"type": "string"}} for kind in (atom.MEDIA_TYPE, "text/html")}},
        **problems(404, 410, 422, *GUARDED_STATUSES, 503, 507, pages=True),
    },
)
async def follow_feed(request: Request, telal: ServicesOf, asked: Asked) -> Response:
    """An Atom feed with one entry for each change of the answer. Reading it again asks nothing anew.

    The question is followed from the second time on that a feed reader fetches it: who looks once takes no place. A
    browser, whose `Accept` names HTML and no feed, gets a page that says what to do with the address."""
    now, page = datetime.now(UTC), wants_page(request)
    entries = await telal.run(lambda: telal.follows.entries(asked.id, now))
    if entries is None:
        network = await _count(request, telal)
        own = request.headers.get("sec-fetch-site") == "same-origin"  # Telal's page looks; it follows by a button alone
        begins = not (page or own) and await telal.run(lambda: telal.follows.knock(asked.id, network, now))
        found = await telal.run(lambda: ask(telal.quotes, asked))
        if begins:
            entries = await telal.run(lambda: telal.follows.begin(asked, found, now, network=network))
        else:
            entries = [first_entry(asked, found, now)]
    apart = {"vary": "Accept", "x-robots-tag": "noindex, nofollow"}
    if page:
        spoken = asked.language or language_of(asked.question)
        shown = as_page(follow_page(asked.question, entries, spoken, str(request.url)))
        shown.headers.update(apart)
        return shown
    written = _feed(asked, entries, request, now)
    tag = f'W/"{hashlib.sha256(written.encode()).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache", **apart}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(written, headers=headers, media_type=f"{atom.MEDIA_TYPE}; charset=utf-8")


@router.post("/follow.atom", include_in_schema=False, dependencies=[Depends(needs("search"))])
async def follow_here(request: Request, telal: ServicesOf, asked: Asked) -> Response:
    """Follows it at once, as a reader asked by a button: only a page of this server may send this. Returns the feed."""
    check_same_origin(request)
    now = datetime.now(UTC)
    entries = await telal.run(lambda: telal.follows.entries(asked.id, now))
    if entries is None:
        network = await _count(request, telal)
        found = await telal.run(lambda: ask(telal.quotes, asked))
        entries = await telal.run(lambda: telal.follows.begin(asked, found, now, network=network))
    return Response(_feed(asked, entries, request, now), media_type=f"{atom.MEDIA_TYPE}; charset=utf-8")


def _feed(asked: FollowedQuestion, entries: list[FollowEntry], request: Request, now: datetime) -> str:
    spoken, base = asked.language or language_of(asked.question), str(request.base_url)
    return atom.feed(asked, entries, spoken, address=str(request.url), base=base, began=now)


async def _count(request: Request, telal: Services) -> str:
    """Counts a question that a visitor has asked for a feed. Returns a digest of the visitor's network. Raises
    TooManyRequests."""
    access = request.app.state.access
    assert isinstance(access, AccessControl)
    await access.admit(request, "ask", counted_as="follow")
    return await telal.run(lambda: telal.answer_ids.digest(f"network {network_of(request)}"))


KeyHolder = Annotated[Key | None, Depends(needs("follow"))]


@router.post(
    "/follows",
    summary="Have a webhook told",
    status_code=201,
    response_model=FollowOut,
    responses=problems(404, 410, *JSON_BODY, *GUARDED_STATUSES, 503, 507),
)
async def follow(body: FollowIn, request: Request, telal: ServicesOf, key: KeyHolder) -> Response:
    """Sends each change of an answer to an address, signed with the secret of the reply, which is shown once."""
    assert key is not None, "the scope follow is never public"
    poster, now = request.app.state.poster, datetime.now(UTC)
    assert isinstance(poster, Poster)

    def begin() -> Webhook:
        url, error = _checked(poster, body.url)
        asked = _question(telal, body.question, body.story, body.language, body.filters.value())
        if telal.follows.entries(asked.id, now) is None:
            telal.follows.begin(asked, ask(telal.quotes, asked), now)
        return telal.webhooks.add(asked, key.id, url, now, error=error)

    made = await telal.run(begin)
    return JSONResponse({**_shown(made), "secret": made.secret}, status_code=201)


@router.get(
    "/follows",
    summary="List what is followed",
    response_model=FollowsOut,
    responses=problems(*GUARDED_STATUSES, 503),
)
async def follows(telal: ServicesOf, key: KeyHolder) -> Response:
    """Those of the key, withdrawn ones too, with what became of the last delivery."""
    assert key is not None, "the scope follow is never public"
    found = await telal.run(lambda: telal.webhooks.all(key.id))
    return JSONResponse({"follows": [_shown(one) for one in found]})


@router.delete(
    "/follows/{follow}",
    summary="End a webhook",
    status_code=204,
    response_class=Response,
    responses=problems(404, 422, *GUARDED_STATUSES, 503),
)
async def unfollow(
    follow: Annotated[str, Path(pattern="^[0-9a-f]{16}$")], telal: ServicesOf, key: KeyHolder
) -> Response:
    """Sends it nothing more, and removes it. Its key alone may do so, and the desk."""
    assert key is not None, "the scope follow is never public"

    def end() -> None:
        if telal.webhooks.one(follow).key_id != key.id:
            raise NotFound(f"There is no follow {follow!r}.", hint="`GET /v1/follows` lists those of a key.")
        telal.webhooks.remove(follow)

    await telal.run(end)
    return Response(status_code=204)


def _question(telal: Services, question: str, story: str, language: str | None, filters: Filters) -> FollowedQuestion:
    """Returns what is to be followed. Raises BadInput, and NotFound or Erased for a story that there is not."""
    question = question.strip()
    if bool(question) == bool(story):
        raise BadInput("A question or a story is followed, one of the two.", hint="Give `q` (`question`) or `story`.")
    if story:
        question = article_for_readers(telal.engine.archive, story).title
    return FollowedQuestion(question, language, Filters() if story else filters, story)


def _checked(poster: Poster, url: str) -> tuple[str, str]:
    """Returns an address that may be sent to, and what is wrong with it now. Raises BadInput where it never may."""
    try:
        return poster.check(url), ""
    except FetchRefused as error:
        raise BadInput(error.message, hint="Give an address of the public Internet.") from error
    except FetchFailed as error:  # a name that is not known yet
        return url, error.message


def _shown(one: Webhook) -> dict[str, object]:
    """Makes a FollowOut, without the secret."""
    f = one.asked.filters
    filters = {"languages": f.languages, "outlets": f.outlets, "kinds": f.kinds}
    asked = {"question": one.asked.question, "story": one.asked.story, "language": one.asked.language}
    days = {"from": f.published_from, "to": f.published_to}
    stated = pick(one, "id", "url", "began", "delivered", "failing", "ended", "error")
    return {**stated, **asked, "filters": jsonable({**days, **filters}), "secret": ""}
