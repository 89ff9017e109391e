"""HTTP to a system under test: JSON and server-sent events, with one time limit for a whole reply; the only httpx."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from eval.core.cases import TargetFailed, TargetRefused


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One server-sent event; `name` is "message" when the server gives none."""

    name: str
    data: str


class Client:
    """Requests under one base address. Safe to use from many threads. Every trouble is TargetFailed."""

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

    def stream(self, path: str, body: Mapping[str, Any]) -> Iterator[ServerEvent]:
        """The events of the reply as they come; a JSON reply that is no stream comes as one event `json`."""
        deadline = time.monotonic() + self._timeout_s
        try:
            with self._http.stream("POST", f"{self.base}{path}", json=dict(body)) as reply:
                if "text/event-stream" not in reply.headers.get("content-type", "") or reply.is_error:
                    reply.read()
                    yield ServerEvent("json", json.dumps(self._json(reply)))
                    return
                yield from events(self._in_time(reply.iter_lines(), deadline))
        except httpx.HTTPError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _in_time(self, lines: Iterable[str], deadline: float) -> Iterator[str]:
        for line in lines:
            if time.monotonic() > deadline:
                raise TargetFailed(f"The reply took more than {self._timeout_s:g} s.", hint="--timeout allows more.")
            yield line

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


def events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """Server-sent events of lines, by the HTML standard: comments and unfinished events are passed over."""
    name, data = "message", list[str]()
    for line in lines:
        if not line:
            if data:
                yield ServerEvent(name, "\n".join(data))
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)


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
    """Seconds of Retry-After; a date there counts as none."""
    try:
        return max(0.0, float(reply.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
