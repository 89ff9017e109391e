"""Asks a running Telal from Python: `Telal` waits for each reply, `AsyncTelal` is for asyncio. Both have the same
calls.

Needs httpx and pydantic, and nothing else of Telal. A `ClientError` is a `ProblemError` when the server refuses or
fails, and `Unreachable` when no complete reply comes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx

from telal import calls
from telal.calls import Call, ClientError, Event, Filters, Interim, ProblemError, Turn, Unreachable
from telal.replies import Answer, Article, Citation, Found, Sentence

__all__ = [
    "Answer",
    "Article",
    "AsyncTelal",
    "Citation",
    "ClientError",
    "Event",
    "Filters",
    "Found",
    "Interim",
    "ProblemError",
    "Sentence",
    "Telal",
    "Turn",
    "Unreachable",
]

ADDRESS = "http://127.0.0.1:8000"
P = ParamSpec("P")
T = TypeVar("T")


def _waiting(make: Callable[P, Call[T]]) -> Callable[Concatenate[Telal, P], T]:
    @wraps(make)
    def method(self: Telal, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.send(make(*args, **kwargs))

    return method


def _awaited(make: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncTelal, P], Awaitable[T]]:
    @wraps(make)
    async def method(self: AsyncTelal, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.send(make(*args, **kwargs))

    return method


def _streamed(make: Callable[P, Call[Answer]]) -> Callable[Concatenate[Telal, P], Iterator[Event]]:
    def method(self: Telal, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Event]:
        return self._events(make(*args, **kwargs))

    return method


def _streamed_async(make: Callable[P, Call[Answer]]) -> Callable[Concatenate[AsyncTelal, P], AsyncIterator[Event]]:
    def method(self: AsyncTelal, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Event]:
        return self._events(make(*args, **kwargs))

    return method


class Telal:
    """A connection to one server. Safe to use from several threads; close it, or use it in `with`.

    `stream` has the arguments of `ask`. It yields the passages, then citations and sentences as they are ready, and the
    whole answer last. Where a language model is asked, it also yields `Interim`, the answer without it, and then its
    sentences. Leaving the loop early stops the server's work. `reader_token`: what a publisher signed for the reader.
    """

    def __init__(
        self,
        address: str = ADDRESS,
        *,
        key: str | None = None,
        reader_token: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=address,
            headers=_headers(key, reader_token),
            timeout=timeout_s,
            transport=transport,
            follow_redirects=True,
        )

    ask = _waiting(calls.ask)
    stream = _streamed(calls.ask)
    search = _waiting(calls.search)
    article = _waiting(calls.article)
    translation = _waiting(calls.translation)
    articles = _waiting(calls.articles)
    sources = _waiting(calls.sources)
    stats = _waiting(calls.stats)
    status = _waiting(calls.status)
    stories = _waiting(calls.stories)
    story = _waiting(calls.story)
    tellings = _waiting(calls.tellings)
    page = _waiting(calls.page)
    suggestions = _waiting(calls.suggestions)
    feedback = _waiting(calls.feedback)
    forget = _waiting(calls.forget)
    follow = _waiting(calls.follow)
    follows = _waiting(calls.follows)
    unfollow = _waiting(calls.unfollow)
    push = _waiting(calls.push)
    erase = _waiting(calls.erase)
    ready = _waiting(calls.ready)

    def send(self, call: Call[T]) -> T:
        """Sends a call and returns its reply. Raises ProblemError, Unreachable."""
        try:
            reply = self._http.send(call.request(self._http))
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        return _read(call, reply)

    def _events(self, call: Call[Answer]) -> Iterator[Event]:
        whole = False
        try:
            with self._http.stream(call.method, call.path, json=_streaming(call)) as reply:
                if reply.is_error:
                    reply.read()
                    raise calls.problem_of(reply)
                sent = calls.EventLines()
                for line in reply.iter_lines():
                    if (event := sent.take(line)) is not None:
                        whole = isinstance(event, Answer)
                        yield event
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        _check_complete(whole)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class AsyncTelal:
    """Telal for asyncio and trio: every call is awaited, `stream` is an asynchronous iterator."""

    def __init__(
        self,
        address: str = ADDRESS,
        *,
        key: str | None = None,
        reader_token: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=address,
            headers=_headers(key, reader_token),
            timeout=timeout_s,
            transport=transport,
            follow_redirects=True,
        )

    ask = _awaited(calls.ask)
    stream = _streamed_async(calls.ask)
    search = _awaited(calls.search)
    article = _awaited(calls.article)
    translation = _awaited(calls.translation)
    articles = _awaited(calls.articles)
    sources = _awaited(calls.sources)
    stats = _awaited(calls.stats)
    status = _awaited(calls.status)
    stories = _awaited(calls.stories)
    story = _awaited(calls.story)
    tellings = _awaited(calls.tellings)
    page = _awaited(calls.page)
    suggestions = _awaited(calls.suggestions)
    feedback = _awaited(calls.feedback)
    forget = _awaited(calls.forget)
    follow = _awaited(calls.follow)
    follows = _awaited(calls.follows)
    unfollow = _awaited(calls.unfollow)
    push = _awaited(calls.push)
    erase = _awaited(calls.erase)
    ready = _awaited(calls.ready)

    async def send(self, call: Call[T]) -> T:
        """Sends a call and returns its reply. Raises ProblemError, Unreachable."""
        try:
            reply = await self._http.send(call.request(self._http))
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        return _read(call, reply)

    async def _events(self, call: Call[Answer]) -> AsyncIterator[Event]:
        whole = False
        try:
            async with self._http.stream(call.method, call.path, json=_streaming(call)) as reply:
                if reply.is_error:
                    await reply.aread()
                    raise calls.problem_of(reply)
                sent = calls.EventLines()
                async for line in reply.aiter_lines():
                    if (event := sent.take(line)) is not None:
                        whole = isinstance(event, Answer)
                        yield event
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        _check_complete(whole)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()


def _headers(key: str | None, reader_token: str | None) -> dict[str, str]:
    given = {"Authorization": f"Bearer {key}" if key else "", "X-Telal-Reader": reader_token or ""}
    return {name: value for name, value in given.items() if value}


def _read(call: Call[T], reply: httpx.Response) -> T:
    if reply.is_error:
        raise calls.problem_of(reply)
    return call.read(reply)


def _streaming(call: Call[Answer]) -> dict[str, object]:
    return {**(call.body or {}), "stream": True}


def _check_complete(complete: bool) -> None:
    if not complete:
        raise Unreachable("The stream ended before the answer was whole.", hint="Ask again.")


def _unreachable(error: Exception) -> Unreachable:
    what = "took too long" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
    return Unreachable(f"No whole reply came: {what}.", hint="Is the server running, and the address right?")
