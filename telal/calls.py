"""The calls of Telal's HTTP API as values: what to send, and the type of the reply. Nothing here uses the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from api.follow.schemas import FollowIn, FollowOut, FollowsOut
from api.schemas.answers import AnswerOut, ArticleOut, CitationOut, Found, Problem, ReadyOut, SearchOut
from api.schemas.archive import (
    ArticlesOut,
    PageOut,
    PushedOut,
    SourcesOut,
    StatsOut,
    StatusOut,
    StoriesOut,
    SuggestionsOut,
    TellingsOut,
    WholeStoryOut,
)
from api.schemas.requests import AskIn, FeedbackIn, FiltersIn, SearchIn, TranslationIn, TurnIn
from rag.errors import TelalError, TransientError
from rag.types import Filters, Sentence, Turn, Written

T = TypeVar("T")
ANY = Filters()


@dataclass(frozen=True, slots=True)
class Interim:
    """Stream event: the answer made of quotes, while a language model is asked.

    The sentences of the model follow. Their verdict is not `quote`, and they belong above the quotes.
    """

    answer: AnswerOut


Event = Found | CitationOut | Sentence | Interim | AnswerOut
EVENTS: dict[str, type[Found | CitationOut | Sentence | AnswerOut]] = {
    "passages": Found,
    "citation": CitationOut,
    "delta": Sentence,
    "interim": AnswerOut,
    "written": Sentence,
    "answer": AnswerOut,
}


class ProblemError(TelalError):
    """The server refused or failed. `problem` is its reply (RFC 9457), `retry_after_s` when to ask again, in seconds.

    `kind` is that of the problem: `bad-input`, `no-key`, `not-found`, `too-many-requests`, ...
    """

    def __init__(self, problem: Problem, *, retry_after_s: float | None = None) -> None:
        super().__init__(problem.detail, hint=problem.hint)
        self.problem, self.retry_after_s = problem, retry_after_s
        self.kind, self.http_status = problem.type.rsplit("/", 1)[-1], problem.status


class Unreachable(TransientError):
    """No complete reply came: the server cannot be reached, is too slow, or broke off."""

    kind = "unreachable"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and the function that reads its reply. Fields of `query` that are None are not sent."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    read: Callable[[httpx.Response], T]
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] = field(default_factory=dict)

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        params = {name: value for name, value in self.query.items() if value is not None}
        return http.build_request(self.method, self.path, params=params, json=self.body)


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    conversation: str | None = None,
    language: str | None = None,
    as_of: date | None = None,
    filters: Filters = ANY,
    about: str | None = None,
) -> Call[AnswerOut]:
    """Asks a question. Returns an answer whose every sentence has its citations, or a refusal.

    `history`: earlier turns, oldest first. `conversation`: "new" to let the server keep it, afterwards the
    `conversation` of the last answer. `language`: BCP 47, of the question; None: it is recognised. `as_of`: leaves out
    what was published after this day. `about`: id of the article on whose page it is asked; "he" is looked for there.
    """
    body = AskIn(
        question=question,
        history=tuple(TurnIn(**asdict(turn)) for turn in history),
        conversation=conversation,
        language=language,
        as_of=as_of,
        filters=_filters(filters),
        about=about,
    )
    return Call("POST", "/v1/ask", _typed(AnswerOut), _sent(body))


def search(query: str, *, limit: int = 10, filters: Filters = ANY) -> Call[SearchOut]:
    """Finds passages for a text, best first; at most two an article, at most 100."""
    return Call(
        "POST",
        "/v1/search",
        _typed(SearchOut),
        _sent(SearchIn(query=query, limit=limit, filters=_filters(filters))),
    )


def article(
    article_id: str, *, start: int | None = None, end: int | None = None, revision: int | None = None
) -> Call[ArticleOut]:
    """Reads an article.

    With `start` and `end` of a citation (code points), it also has that stretch in its `context`.
    """
    query = {"start": start, "end": end, "revision": revision}
    return Call("GET", f"/v1/articles/{_part(article_id)}", _typed(ArticleOut), query=query)


def translation(citation: CitationOut, language: str) -> Call[Written]:
    """Has the server's language model translate a quote. Nothing is in `sentences` where no translation agrees with the
    original's figures; `notice` says so, or whose wording it is."""
    body = TranslationIn(
        language=language,
        passage_id=citation.passage_id,
        start=citation.start,
        end=citation.end,
        headline=citation.headline,
    )
    return Call("POST", f"/v1/articles/{_part(citation.article_id)}/translation", _typed(Written), _sent(body))


def articles(*, cursor: str | None = None, limit: int = 50, filters: Filters = ANY) -> Call[ArticlesOut]:
    """Lists a page of articles without their texts, the newest first; `next` is the cursor of the next page."""
    days = {"from": filters.published_from, "to": filters.published_to}
    query = {name: day.isoformat() for name, day in days.items() if day}
    lists = {"language": filters.languages, "outlet": filters.outlets, "kind": filters.kinds}
    chosen = {name: list(values) for name, values in lists.items() if values}
    return Call("GET", "/v1/articles", _typed(ArticlesOut), query={**query, **chosen, "cursor": cursor, "limit": limit})


def sources() -> Call[SourcesOut]:
    """Lists the outlets, each with its articles by language and its first and last date."""
    return Call("GET", "/v1/sources", _typed(SourcesOut))


def stats() -> Call[StatsOut]:
    """Counts what the archive holds."""
    return Call("GET", "/v1/stats", _typed(StatsOut))


def status(language: str = "en") -> Call[StatusOut]:
    """Says until when the archive was read, and when the newest article of each outlet came in."""
    return Call("GET", "/v1/status", _typed(StatusOut), query={"language": language})


def stories(
    language: str = "en", *, cursor: str | None = None, limit: int = 8, outlets: Sequence[str] = ()
) -> Call[StoriesOut]:
    """Lists a page of the newest stories, one version each, those in the reader's language before others, with a
    question about each; `next` is the cursor of the next page."""
    query = {"language": language, "cursor": cursor, "limit": limit, "outlet": list(outlets)}
    return Call("GET", "/v1/stories", _typed(StoriesOut), query=query)


def story(article_id: str, language: str = "en", *, since: date | None = None) -> Call[WholeStoryOut]:
    """Tells the story that an article belongs to: its course day by day, its versions, the rest of its matter.

    `since`: marks the days that were told of from this day on as `new`.
    """
    query = {"language": language, "since": since.isoformat() if since else None}
    return Call("GET", f"/v1/stories/{_part(article_id)}", _typed(WholeStoryOut), query=query)


def tellings(
    article_id: str,
    language: str = "en",
    *,
    languages: Sequence[str] = (),
    outlets: Sequence[str] = (),
    countries: Sequence[str] = (),
) -> Call[TellingsOut]:
    """Compares how the independent outlets of a story tell it: differently, most of them, one alone.

    `countries`: of the outlets compared, as in ISO 3166.
    """
    query = {"language": language, "in": list(languages), "outlet": list(outlets), "country": list(countries)}
    return Call("GET", f"/v1/stories/{_part(article_id)}/tellings", _typed(TellingsOut), query=query)


def page(address: str, language: str = "en") -> Call[PageOut]:
    """Says what the archive knows of a page of the web: the article that stands there, and questions that it answers.

    A page of a followed outlet that the archive does not hold is fetched at the outlet's next visit.
    """
    return Call("GET", "/v1/page", _typed(PageOut), query={"address": address, "language": language})


def suggestions(language: str = "en", *, limit: int = 4) -> Call[SuggestionsOut]:
    """Suggests questions in the reader's language that the archive answers; at most 4."""
    return Call("GET", "/v1/suggestions", _typed(SuggestionsOut), query={"language": language, "limit": limit})


def feedback(
    answer_id: str,
    verdict: Literal["helpful", "wrong", "wrong_source"],
    *,
    comment: str = "",
    citation: int | None = None,
    question: str = "",
) -> Call[None]:
    """Reports on an answer; `citation` is the number of a wrong one."""
    body = FeedbackIn(id=answer_id, verdict=verdict, comment=comment, citation=citation, question=question)
    return Call("POST", "/v1/feedback", _nothing, _sent(body))


def forget(conversation: str) -> Call[None]:
    """Erases a conversation that the server keeps."""
    return Call("DELETE", f"/v1/conversations/{_part(conversation)}", _nothing)


def follow(
    question: str, url: str, *, story: str = "", language: str | None = None, filters: Filters = ANY
) -> Call[FollowOut]:
    """Has an address told each change of an answer, signed with the `secret` of the reply. Needs a key with the scope
    `follow`. `story`: an article whose story is followed, in place of a question ("")."""
    body = FollowIn(question=question, story=story, url=url, language=language, filters=_filters(filters))
    return Call("POST", "/v1/follows", _typed(FollowOut), _sent(body))


def follows() -> Call[FollowsOut]:
    """Lists what the key follows, and what became of the last delivery of each."""
    return Call("GET", "/v1/follows", _typed(FollowsOut))


def unfollow(follow_id: str) -> Call[None]:
    """Ends a follow of the key."""
    return Call("DELETE", f"/v1/follows/{_part(follow_id)}", _nothing)


def push(records: Iterable[Mapping[str, Any]]) -> Call[PushedOut]:
    """Stores articles, at most 50 at a time, each with `title` and `text`. Needs a key with the scope `ingest`."""
    return Call("POST", "/v1/admin/articles", _typed(PushedOut), {"articles": [dict(record) for record in records]})


def erase(article_id: str, *, reason: str) -> Call[None]:
    """Erases an article for good. Needs a key with the scope `admin`."""
    return Call("DELETE", f"/v1/admin/articles/{_part(article_id)}", _nothing, query={"reason": reason})


def ready() -> Call[ReadyOut]:
    """Asks whether questions can be answered now. Raises ProblemError (503) when they cannot."""
    return Call("GET", "/readyz", _typed(ReadyOut))


def event(name: str, data: str) -> Event | None:
    """Reads a server-sent event; None for one that only a newer server has. Raises ProblemError for `error`."""
    if name == "error":
        raise ProblemError(_parsed(Problem, data))
    if name not in EVENTS:
        return None
    value = _parsed(EVENTS[name], data)
    return Interim(value) if name == "interim" and isinstance(value, AnswerOut) else value


def problem_of(reply: httpx.Response) -> ProblemError:
    """Makes the error of a reply with a status from 400 on, also of a proxy's own page.

    The body must have been read.
    """
    try:
        problem = Problem.model_validate_json(reply.content, extra="ignore")
    except ValidationError:
        detail = f"{reply.request.url} replied {reply.status_code} {reply.reason_phrase}, and not as Telal does."
        problem = Problem(
            type="/problems/error",
            title=reply.reason_phrase,
            status=reply.status_code,
            detail=detail,
            hint="Is the address Telal's?",
            instance=reply.request.url.path,
        )
    return ProblemError(problem, retry_after_s=_seconds(reply.headers.get("retry-after", "")))


def _typed(kind: type[T]) -> Callable[[httpx.Response], T]:
    return lambda reply: _parsed(kind, reply.text)


def _parsed(kind: type[T], text: str) -> T:
    """Parses a reply. Fields that only a newer server has are ignored."""
    try:
        value: T = _adapter(kind).validate_json(text, extra="ignore")
    except ValidationError as error:
        raise Unreachable(
            f"The reply is no {kind.__name__}: {error.errors()[0]['msg']}.", hint="Is the address Telal's?"
        ) from error
    return value


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)  # making one takes 40 ms


def _nothing(reply: httpx.Response) -> None:
    return None


def _sent(body: BaseModel) -> dict[str, Any]:
    return body.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _filters(filters: Filters) -> FiltersIn:
    return FiltersIn(**asdict(filters))


def _part(text: str) -> str:
    return quote(text, safe="")


def _seconds(header: str) -> float | None:
    """Reads the seconds of Retry-After; None for a date, which Telal does not send."""
    return float(header) if header.isdecimal() else None
