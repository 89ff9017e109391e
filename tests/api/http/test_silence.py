"""A question that waits for a silent database is given back, so that a proxy asks another machine."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx
import pytest
from pydantic import SecretStr
from starlette.responses import PlainTextResponse

from api.app import build_app
from api.http.middleware import SilenceMiddleware
from api.readiness import WAITS_S, Readiness
from rag.config import ArchiveSettings

ASK = {"question": "Who signed it?"}


@pytest.fixture
def client(serving_app, engine, settings):
    """Of a server whose archive is said to be in PostgreSQL."""
    there = settings.model_copy(update={"archive": ArchiveSettings(url=SecretStr("postgresql://telal@127.0.0.1/t"))})
    with serving_app(build_app(engine, there)) as address, httpx.Client(base_url=address, timeout=20) as made:
        yield made


@pytest.fixture
def silence(engine, monkeypatch):
    """Called, the database says nothing more, until the test ends: neither to searches nor to who asks how it is."""
    over = threading.Event()

    def hang(*_: object, **__: object) -> int:
        over.wait(30)
        return 1

    def begin() -> None:
        monkeypatch.setattr(engine.archive, "last_change", hang)
        monkeypatch.setattr(engine, "search", hang)
        engine.pause_s = 4  # of a question

    yield begin
    over.set()


@pytest.mark.parametrize(("path", "body"), [("/v1/search", {"query": "x"}), ("/v1/ask", ASK)])
def test_what_waits_for_a_silent_database_is_given_back_within_two_seconds(client, silence, path, body):
    silence()
    begun = time.monotonic()
    reply = client.post(path, json=body)
    assert (reply.status_code, reply.json()["type"]) == (503, "/problems/archive-unavailable")
    assert "Retry-After" in reply.headers
    assert time.monotonic() - begun < 3
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(("on_server", "blocked_s", "said"), [(True, 0, True), (False, 0, False), (True, 1.5, False)])
def test_only_a_server_is_silent_and_only_to_a_process_that_is_not_short_of_time(
    engine, silence, on_server, blocked_s, said
):
    silence()
    ready = Readiness(engine, on_server=on_server)

    async def ask() -> bool:
        asked = asyncio.ensure_future(ready.silent())
        await asyncio.sleep(0)
        time.sleep(blocked_s)
        return await asked

    assert asyncio.run(ask()) is said
    ready.close()


def test_an_answer_that_only_takes_long_is_waited_for(client, engine):
    engine.pause_s = 0.8
    assert client.post("/v1/ask", json=ASK).status_code == 200


def test_a_stream_that_has_begun_ends_with_an_error_that_says_so(client, engine, silence, events_of):
    def script(question, tell=engine._script):
        for number, event in enumerate(tell(question)):
            if number == 3:
                silence()
            yield event

    engine._script = script
    with client.stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
        events = list(events_of(reply.iter_lines()))
    assert events[0][1] == "passages" and events[-1][1] == "error"
    assert events[-1][2]["type"] == "/problems/archive-unavailable"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/ask", 503),
        ("POST", "/mcp", 503),
        ("GET", "/v1/stories", 503),
        ("POST", "/v1/feedback", 200),  # its sender could not tell whether it was stored
        ("POST", "/v1/admin/articles", 200),
        ("GET", "/metrics", 200),
    ],
)
def test_only_what_may_be_asked_again_is_given_back(method, path, status):
    async def slow(scope, receive, send):
        await asyncio.sleep(2 * WAITS_S)
        await PlainTextResponse("whole")(scope, receive, send)

    async def silent() -> bool:
        return True

    async def ask() -> int:
        transport = httpx.ASGITransport(SilenceMiddleware(slow, silent=silent))
        async with httpx.AsyncClient(transport=transport, base_url="http://telal.example") as client:
            return (await client.request(method, path)).status_code

    assert asyncio.run(ask()) == status
