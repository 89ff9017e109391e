"""The calls of Telal's HTTP API as values: what to send, and the type of the reply. Nothing here uses the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from telal import replies
from telal.replies import Answer, Article, Citation, Found, Problem, Reply, Sentence, Written

T = TypeVar("T")
R = TypeVar("R", bound=Reply)


@dataclass(frozen=True, slots=True)
class Filters:
    """What an article must fulfil; days are the first and the last, UTC. A language matches by prefix: `sr` finds
    `sr-Latn` and `sr-Cyrl`."""

    published_from: date | None = None
    published_to: date | None = None
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """Returns what is sent of it: nothing that is empty."""
        days = {"from": self.published_from, "to": self.published_to}
        lists = {"languages": self.languages, "outlets": self.outlets, "kinds": self.kinds}
        return {
            **{name: day.isoformat() for name, day in days.items() if day},
            **{name: list(values) for name, values in lists.items() if values},
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and its answer; `standalone` is what was searched for."""

    question: str
    answer: str = ""
    standalone: str = ""


ANY = Filters()


@dataclass(frozen=True, slots=True)
class Interim:
    """Stream event: the answer made of quotes, while a language model is asked.

    The sentences of the model follow. Their verdict is not `quote`, and they belong above the quotes.
    """

    answer: Answer


Event = Found | Citation | Sentence | Interim | Answer
EVENTS: dict[str, type[Found | Citation | Sentence | Answer]] = {
    "passages": Found,
    "citation": Citation,
    "delta": Sentence,
    "interim": Answer,
    "written": Sentence,
    "answer": Answer,
}


class ClientError(Exception):
    """A call failed; `hint` says what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message, self.hint = message, hint


class ProblemError(ClientError):
    """The server refused or failed. `problem` is its reply (RFC 9457), `retry_after_s` when to ask again, in seconds.

    `kind` is that of the problem: `bad-input`, `no-key`, `not-found`, `too-many-requests`, ...
    """

    def __init__(self, problem: Problem, *, retry_after_s: float | None = None) -> None:
        super().__init__(problem.detail, hint=problem.hint)
        self.problem, self.retry_after_s = problem, retry_after_s
        self.kind, self.http_status = problem.type.rsplit("/", 1)[-1], problem.status


class Unreachable(ClientError):
    """No complete reply came: the server cannot be reached, is too slow, or broke off. Trying again may help."""


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
) -> Call[Answer]:
    """Asks a question. Returns an answer whose every sentence has its citations, or a refusal.

    `history`: earlier turns, oldest first. `conversation`: "new" to let the server keep it, afterwards the
    `conversation` of the last answer. `language`: BCP 47, of the question; None: it is recognised. `as_of`: leaves out
    what was published after this day. `about`: id of the article on whose page it is asked; "he" is looked for there.
    """
    body = _sent(
        question=question,
        history=[asdict(turn) for turn in history],
        conversation=conversation,
        language=language,
        as_of=as_of.isoformat() if as_of else None,
        filters=filters.fields(),
        about=about,
    )
    return Call("POST", "/v1/ask", _typed(Answer), body)


def search(query: str, *, limit: int = 10, filters: Filters = ANY) -> Call[replies.Search]:
    """Finds passages for a text, best first; at most two an article, at most 100."""
    return Call("POST", "/v1/search", _typed(replies.Search), _sent(query=query, limit=limit, filters=filters.fields()))


def article(
    article_id: str, *, start: int | None = None, end: int | None = None, revision: int | None = None
) -> Call[Article]:
    """Reads an article.

    With `start` and `end` of a citation (code points), it also has that stretch in its `context`.
    """
    query = {"start": start, "end": end, "revision": revision}
    return Call("GET", f"/v1/articles/{_part(article_id)}", _typed(Article), query=query)


def translation(citation: Citation, language: str) -> Call[Written]:
    """Has the server's language model translate a quote. Nothing is in `sentences` where no translation agrees with the
    original's figures; `notice` says so, or whose wording it is."""
    place = {"passage_id": citation.passage_id, "start": citation.start, "end": citation.end}
    body = {"language": language, "headline": citation.headline, **place}
    return Call("POST", f"/v1/articles/{_part(citation.article_id)}/translation", _typed(Written), body)


def articles(*, cursor: str | None = None, limit: int = 50, filters: Filters = ANY) -> Call[replies.Articles]:
    """Lists a page of articles without their texts, the newest first; `next` is the cursor of the next page."""
    chosen = {name.removesuffix("s"): value for name, value in filters.fields().items()}
    return Call("GET", "/v1/articles", _typed(replies.Articles), query={**chosen, "cursor": cursor, "limit": limit})


def sources() -> Call[replies.Sources]:
    """Lists the outlets, each with its articles by language and its first and last date."""
    return Call("GET", "/v1/sources", _typed(replies.Sources))


def stats() -> Call[replies.Stats]:
    """Counts what the archive holds."""
    return Call("GET", "/v1/stats", _typed(replies.Stats))


def status(language: str = "en") -> Call[replies.Freshness]:
    """Says until when the archive was read, and when the newest article of each outlet came in."""
    return Call("GET", "/v1/status", _typed(replies.Freshness), query={"language": language})


def stories(
    language: str = "en", *, cursor: str | None = None, limit: int = 8, outlets: Sequence[str] = ()
) -> Call[replies.Stories]:
    """Lists a page of the newest stories, one version each, those in the reader's language before others, with a
    question about each; `next` is the cursor of the next page."""
    query = {"language": language, "cursor": cursor, "limit": limit, "outlet": list(outlets)}
    return Call("GET", "/v1/stories", _typed(replies.Stories), query=query)


def story(article_id: str, language: str = "en", *, since: date | None = None) -> Call[replies.WholeStory]:
    """Tells the story that an article belongs to: its course day by day, its versions, the rest of its matter.

    `since`: marks the days that were told of from this day on as `new`.
    """
    query = {"language": language, "since": since.isoformat() if since else None}
    return Call("GET", f"/v1/stories/{_part(article_id)}", _typed(replies.WholeStory), query=query)


def tellings(
    article_id: str,
    language: str = "en",
    *,
    languages: Sequence[str] = (),
    outlets: Sequence[str] = (),
    countries: Sequence[str] = (),
) -> Call[replies.Tellings]:
    """Compares how the independent outlets of a story tell it: differently, most of them, one alone.

    `countries`: of the outlets compared, as in ISO 3166.
    """
    query = {"language": language, "in": list(languages), "outlet": list(outlets), "country": list(countries)}
    return Call("GET", f"/v1/stories/{_part(article_id)}/tellings", _typed(replies.Tellings), query=query)


def page(address: str, language: str = "en") -> Call[replies.Page]:
    """Says what the archive knows of a page of the web: the article that stands there, and questions that it answers.

    A page of a followed outlet that the archive does not hold is fetched at the outlet's next visit.
    """
    return Call("GET", "/v1/page", _typed(replies.Page), query={"address": address, "language": language})


def suggestions(language: str = "en", *, limit: int = 4) -> Call[replies.Suggestions]:
    """Suggests questions in the reader's language that the archive answers; at most 4."""
    return Call("GET", "/v1/suggestions", _typed(replies.Suggestions), query={"language": language, "limit": limit})


def feedback(
    answer_id: str,
    verdict: Literal["helpful", "wrong", "wrong_source"],
    *,
    comment: str = "",
    citation: int | None = None,
    question: str = "",
) -> Call[None]:
    """Reports on an answer; `citation` is the number of a wrong one."""
    body = _sent(id=answer_id, verdict=verdict, comment=comment, citation=citation, question=question)
    return Call("POST", "/v1/feedback", _nothing, body)


def forget(conversation: str) -> Call[None]:
    """Erases a conversation that the server keeps."""
    return Call("DELETE", f"/v1/conversations/{_part(conversation)}", _nothing)


def follow(
    question: str, url: str, *, story: str = "", language: str | None = None, filters: Filters = ANY
) -> Call[replies.Follow]:
    """Has an address told each change of an answer, signed with the `secret` of the reply. Needs a key with the scope
    `follow`. `story`: an article whose story is followed, in place of a question ("")."""
    body = _sent(question=question, story=story, url=url, language=language, filters=filters.fields())
    return Call("POST", "/v1/follows", _typed(replies.Follow), body)


def follows() -> Call[replies.Follows]:
    """Lists what the key follows, and what became of the last delivery of each."""
    return Call("GET", "/v1/follows", _typed(replies.Follows))


def unfollow(follow_id: str) -> Call[None]:
    """Ends a follow of the key."""
    return Call("DELETE", f"/v1/follows/{_part(follow_id)}", _nothing)


def push(records: Iterable[Mapping[str, Any]]) -> Call[replies.Pushed]:
    """Stores articles, at most 50 at a time, each with `title` and `text`. Needs a key with the scope `ingest`."""
    return Call(
        "POST", "/v1/admin/articles", _typed(replies.Pushed), {"articles": [dict(record) for record in records]}
    )


def erase(article_id: str, *, reason: str) -> Call[None]:
    """Erases an article for good. Needs a key with the scope `admin`."""
    return Call("DELETE", f"/v1/admin/articles/{_part(article_id)}", _nothing, query={"reason": reason})


def ready() -> Call[replies.Ready]:
    """Asks whether questions can be answered now. Raises ProblemError (503) when they cannot."""
    return Call("GET", "/readyz", _typed(replies.Ready))


class EventLines:
    """Reads server-sent events from the lines of a stream."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def take(self, line: str) -> Event | None:
        """Takes a line; returns the event that it ends. Raises ProblemError for `error`."""
        if line:
            name, _, value = line.partition(":")
            self._fields[name] = value.removeprefix(" ")  # Telal writes `data` in one line
            return None
        ended, self._fields = self._fields, {}
        return event(ended.get("event", ""), ended.get("data", ""))


def event(name: str, data: str) -> Event | None:
    """Reads an event; None for one that only a newer server has. Raises ProblemError for `error`."""
    if name == "error":
        raise ProblemError(_parsed(Problem, data))
    if name not in EVENTS:
        return None
    value = _parsed(EVENTS[name], data)
    return Interim(value) if name == "interim" and isinstance(value, Answer) else value


def problem_of(reply: httpx.Response) -> ProblemError:
    """Makes the error of a reply with a status from 400 on, also of a proxy's own page.

    The body must have been read.
    """
    try:
        problem = Problem.model_validate_json(reply.content)
    except ValidationError:
        detail = f"{reply.request.url} replied {reply.status_code} {reply.reason_phrase}, and not as Telal does."
        problem = Problem(
            type="/problems/error",
            title=reply.reason_phrase,
            status=reply.status_code,
            detail=detail,
            hint="Is the address Telal's?",
        )
    return ProblemError(problem, retry_after_s=_seconds(reply.headers.get("retry-after", "")))


def _typed(kind: type[R]) -> Callable[[httpx.Response], R]:
    return lambda reply: _parsed(kind, reply.text)


def _parsed(kind: type[R], text: str) -> R:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise Unreachable(
            f"The reply is no {kind.__name__}: {error.errors()[0]['msg']}.", hint="Is the address Telal's?"
        ) from error


def _nothing(reply: httpx.Response) -> None:
    return None


def _sent(**fields: Any) -> dict[str, Any]:
    """Returns the fields of a request that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _part(text: str) -> str:
    return quote(text, safe="")


def _seconds(header: str) -> float | None:
    """Reads the seconds of Retry-After; None for a date, which Telal does not send."""
    return float(header) if header.isdecimal() else None
