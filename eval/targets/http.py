"""A running Telal over HTTP (POST /ask, POST /search), and the HTTP client of all targets. The only import of httpx."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx
from httpx_sse import ServerSentEvent, connect_sse

from eval.core.cases import Case, Reply, TargetFailed, TargetRefused, Timing
from eval.targets.replies import to_passage, to_reply
from rag.types import Passage


class Client:
    """Requests under one base address. Safe to use from many threads. Every failure raises TargetFailed."""

    def __init__(self, base: str, *, timeout_s: float = 60.0, key: str | None = None) -> None:
        self.base = base.rstrip("/")
        self._timeout_s = timeout_s
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(headers=headers, timeout=timeout_s, follow_redirects=True)

    def get(self, path: str) -> Any:
        """The JSON at a path; None when there is nothing (404, 410)."""
        try:
            reply = self._http.get(f"{self.base}{path}")
        except httpx.HTTPError as error:
            raise self._failed(error) from error
        if reply.status_code in (404, 410):
            return None
        return self._json(reply)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON of the reply."""
        try:
            return self._json(self._http.post(f"{self.base}{path}", json=dict(body)))
        except httpx.HTTPError as error:
            raise self._failed(error) from error

    def stream(self, path: str, body: Mapping[str, Any]) -> Iterator[ServerSentEvent]:
        """The events of the reply as they come; a JSON reply that is no stream comes as one event `json`."""
        deadline = time.monotonic() + self._timeout_s
        try:
            with connect_sse(self._http, "POST", f"{self.base}{path}", json=dict(body)) as source:
                reply = source.response
                if "text/event-stream" not in reply.headers.get("content-type", "") or reply.is_error:
                    reply.read()
                    yield ServerSentEvent("json", json.dumps(self._json(reply)))
                    return
                yield from self._in_time(source.iter_sse(), deadline)
        except httpx.HTTPError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _in_time(self, events: Iterable[ServerSentEvent], deadline: float) -> Iterator[ServerSentEvent]:
        for event in events:
            if time.monotonic() > deadline:
                raise TargetFailed(f"The reply took more than {self._timeout_s:g} s.", hint="--timeout allows more.")
            yield event

    def _json(self, reply: httpx.Response) -> Any:
        if reply.is_error:
            raise TargetRefused(
                f"{self.base} answered {reply.status_code}: {_reason(reply)}",
                status=reply.status_code,
                retry_after_s=_patience(reply),
            )
        try:
            return reply.json()
        except ValueError as error:
            raise TargetFailed(f"{self.base} answered what is not JSON: {reply.text[:200]!r}") from error

    def _failed(self, error: httpx.HTTPError) -> TargetFailed:
        if isinstance(error, httpx.TimeoutException):
            return TargetFailed(
                f"{self.base} did not answer within {self._timeout_s:g} s.", hint="--timeout allows more."
            )
        if isinstance(error, httpx.ConnectError):
            return TargetFailed(f"{self.base} cannot be reached: {error}.", hint="Is the server running?")
        return TargetFailed(f"{self.base} broke off: {error or type(error).__name__}.")


def _reason(reply: httpx.Response) -> str:
    """What a JSON error says of itself: problem+json, or OpenAI's form."""
    try:
        body = reply.json()
    except ValueError:
        return reply.text[:200] or reply.reason_phrase
    if not isinstance(body, dict):
        return str(body)[:200]
    inner = body.get("error")
    told = inner.get("message") if isinstance(inner, dict) else inner
    return str(body.get("detail") or body.get("title") or told or body)[:200]


def _patience(reply: httpx.Response) -> float | None:
    """The seconds of Retry-After; None for a date."""
    try:
        return max(0.0, float(reply.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


_UNPROCESSABLE = 422  # Telal's own way to say that this is no question
RANKING = 20  # passages asked of /search; /ask shows as many as its server is set to


class HttpTarget:
    """A running Telal; the address ends in /v1."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.name = client.base

    def ask(self, case: Case) -> Reply:
        started = time.perf_counter()
        try:
            return self._search(case, started) if case.search_only else self._answer(case, started)
        except TargetRefused as error:
            if error.status != _UNPROCESSABLE:
                raise
            return Reply("refused", refusal_reason="bad-input", notices=(error.message,))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TargetFailed(f"{self.name} answered in another form than Telal's: {error!r}") from error

    def text(self, article_id: str) -> str | None:
        """The text of an article that the suite's documents do not hold."""
        found = self._client.get(f"/articles/{quote(article_id, safe='')}")
        return str(found["text"]) if found and isinstance(found.get("text"), str) else None

    def _search(self, case: Case, started: float) -> Reply:
        body = {"query": case.question, "filters": {"languages": list(case.search_in)}, "limit": RANKING}
        found = self._client.post("/search", body)
        spent = _since(started)
        passages = tuple(to_passage(h["passage"]) for h in found["hits"])
        return Reply("answered", passages, timing=Timing(spent, None, spent))

    def _answer(self, case: Case, started: float) -> Reply:
        first_event: float | None = None
        first_word: float | None = None
        ranking: tuple[Passage, ...] | None = None
        for event in self._client.stream("/ask", _body(case)):
            first_event = first_event or _since(started)
            if event.event == "passages":
                ranking = tuple(to_passage(p) for p in json.loads(event.data)["passages"])
            elif event.event == "delta":
                first_word = first_word or _since(started)
            elif event.event == "error":
                raise _told(event)
            elif event.event in ("answer", "json"):
                timing = Timing(first_event, first_word, _since(started))
                return to_reply(json.loads(event.data), ranking, timing)
        raise TargetFailed(f"{self.name}: the stream broke off before the answer was whole.")


def _body(case: Case) -> dict[str, Any]:
    history: Sequence[dict[str, str]] = [{"question": t.question, "answer": t.answer} for t in case.history]
    body: dict[str, Any] = {"question": case.question, "history": history, "stream": True}
    if case.search_in:
        body["filters"] = {"languages": list(case.search_in)}
    return body | ({"as_of": case.as_of.isoformat()} if case.as_of else {})


def _told(event: ServerSentEvent) -> TargetFailed:
    problem = json.loads(event.data)
    return TargetFailed(f"{problem.get('title', 'error')}: {problem.get('detail', event.data[:200])}")


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
