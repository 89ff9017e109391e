"""POST /v1/ask over a real server."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from pydantic import TypeAdapter

from api.schemas.answers import AnswerOut
from rag.errors import ArchiveBusy
from rag.types import Filters, Turn

ASK = {"question": "Who signed it?"}


def unlike(number):
    """A question of its own, so that no other's answer is joined."""
    return {"question": f"Who signed number {number}?"}


def until(true, seconds=3.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def test_json_reply_is_as_described(client):
    reply = client.post("/v1/ask", json=ASK)
    assert reply.status_code == 200
    body = reply.json()
    TypeAdapter(AnswerOut).validate_python(body)
    assert body["id"] == reply.headers["x-request-id"]
    assert body["text"] == "The ministers signed it in Tirana on 18 March.[1]"
    around, quoted = body["citations"][0]["context"], body["citations"][0]
    assert around["text"][quoted["start"] - around["start"] :].startswith(quoted["quote"])


def test_refusal_is_an_answer_too(serve, engine):
    engine.refuse = True
    body = serve(engine).post("/v1/ask", json=ASK).json()
    TypeAdapter(AnswerOut).validate_python(body)
    assert body["status"] == "refused"
    assert body["refusal"]["nearest"][0]["article_id"] == "a/1"


def test_everything_asked_reaches_the_engine(client, engine):
    filters = {"from": "2024-01-01", "to": "2024-12-31", "languages": ["sr"], "outlets": ["N1"], "kinds": ["report"]}
    history = [{"question": "a", "answer": "b"}]
    client.post("/v1/ask", json={**ASK, "language": "sr-Cyrl", "history": history, "filters": filters, "as_of": None})
    (asked,) = engine.asked
    assert asked[0] == "Who signed it?"
    assert asked[1].languages == ("sr",) and str(asked[1].published_from) == "2024-01-01"
    assert asked[2:] == ((Turn("a", "b"),), None, "sr-Cyrl")
    client.post("/v1/ask", json=ASK)
    assert engine.asked[1][1] == Filters()


def test_stream_sends_typed_events_with_growing_ids(client, events_of):
    with client.stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert reply.headers["x-accel-buffering"] == "no"
        assert reply.headers["cache-control"] == "no-store"
        events = list(events_of(reply.iter_lines()))
    assert [name for _, name, _ in events] == ["passages", "citation", "delta", "answer"]
    assert [number for number, _, _ in events] == ["1", "2", "3", "4"]
    answer = events[-1][2]
    TypeAdapter(AnswerOut).validate_python(answer)
    assert answer["id"] == events[0][2]["id"] == reply.headers["x-request-id"]
    assert events[0][2]["passages"][0]["article_id"] == "a/1"
    assert events[1][2]["quote"] == answer["citations"][0]["quote"]
    assert events[2][2] == answer["sentences"][0] and events[2][2]["verdict"] == "quote"


def test_bad_question_gets_its_status_even_for_a_stream(client):
    reply = client.post("/v1/ask", json={"question": " ", "stream": True})
    assert reply.status_code == 422
    assert reply.json()["detail"] == "The question is empty."


def test_failure_in_mid_stream_is_an_error_event(serve, engine, events_of):
    engine.fail_at = 2
    with serve(engine).stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
        events = list(events_of(reply.iter_lines()))
    assert [name for _, name, _ in events] == ["passages", "citation", "error"]
    assert events[-1][2]["status"] == 500
    assert "secret" not in str(events[-1])


def test_transient_failure_says_when_to_come_back(serve, engine):
    engine.fail_at, engine.fault = 0, ArchiveBusy("The archive at /secret/path is busy.")
    reply = serve(engine).post("/v1/ask", json={**ASK, "stream": True})
    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) > 0
    assert "secret" not in reply.text


def test_unexpected_failure_leaks_nothing(serve, engine):
    engine.fail_at = 1
    reply = serve(engine).post("/v1/ask", json=ASK)
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert "secret" not in reply.text and "boom" not in reply.text
    assert reply.headers["x-request-id"]


def test_heartbeat_while_nothing_happens(serve, engine):
    engine.pause_s = 0.3
    with serve(engine, heartbeat_s=0.1).stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
        assert ": ping" in list(reply.iter_lines())


@pytest.mark.parametrize("stream", [True, False])
def test_work_stops_when_the_client_goes(serve, engine, stream):
    engine.pause_s, engine.events = 0.05, 10_000
    client = serve(engine)
    address = urlsplit(str(client.base_url))
    body = b'{"question": "q", "stream": %s}' % (b"true" if stream else b"false")
    with socket.create_connection((address.hostname, address.port)) as raw:
        head = b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        raw.sendall(head % len(body) + body)
        until(lambda: engine.running == 1)
        time.sleep(0.2)
    gone = time.monotonic()
    until(lambda: engine.running == 0)
    assert engine.ended_at - gone < 1.0
    assert client.post("/v1/search", json={"query": "x"}).status_code == 200  # its slot is free again


def test_only_so_many_at_once_the_others_wait(serve, engine):
    engine.pause_s = 0.05
    client = serve(engine, concurrency=2)
    replies: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: replies.append(client.post("/v1/ask", json=unlike(n)).status_code))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [200] * 8
    assert engine.begun == 8 and engine.most_writing <= 2


def test_too_many_get_a_clear_503(serve, engine):
    engine.pause_s, engine.events = 0.2, 10
    client = serve(engine, concurrency=1, queue=0)
    with client.stream("POST", "/v1/ask", json={**ASK, "stream": True}):
        reply = client.post("/v1/ask", json=unlike(1))
    assert reply.status_code == 503
    assert reply.json()["type"] == "/problems/busy"
    assert int(reply.headers["retry-after"]) > 0


def test_a_wait_that_is_too_long_is_given_up(serve, engine):
    engine.pause_s = 0.6
    client = serve(engine, concurrency=1, queue_wait_s=0.2)
    with ThreadPoolExecutor(2) as pool:
        replies = [pool.submit(client.post, "/v1/ask", json=unlike(n)) for n in range(2)]
    assert sorted(reply.result().status_code for reply in replies) == [200, 503]
    engine.pause_s = 0
    assert client.post("/v1/ask", json=ASK).status_code == 200


def test_overload_is_told_at_once(serve, engine):
    """122 of 304 readers who asked at once got 504 after a minute: now each is served in time or hears it first."""
    engine.pause_s = 0.1
    client = serve(engine, concurrency=1, queue_wait_s=1.2, answer_timeout_s=3)
    order: list[int] = []

    def ask(n: int) -> None:
        reply = client.post("/v1/ask", json=unlike(n))
        order.append(reply.status_code)
        assert reply.status_code == 200 or int(reply.headers["retry-after"]) >= 2

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(ask, range(40)))
    assert set(order) == {200, 503} and order.count(200) >= 3
    assert order[-2:] == [200, 200], "somebody heard it after others had been served"


def test_an_answer_has_a_time_limit(serve, engine, events_of):
    engine.pause_s, engine.events = 0.05, 10_000
    client = serve(engine, answer_timeout_s=0.5)
    assert client.post("/v1/ask", json=ASK).status_code == 504
    with client.stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
        *_, (_, name, data) = events_of(reply.iter_lines())
    assert (name, data["type"]) == ("error", "/problems/timed-out")
    until(lambda: engine.running == 0)


def test_line_ends_of_every_kind_stay_inside_their_event(serve, engine, events_of):
    text = "a\ndata: {}\r\n\r\nevent: answer\rdata: x\u2028\u2029\x85\x0b\x0c end"
    from dataclasses import replace

    engine.about = replace(engine.about, text=text, title=text)
    with serve(engine).stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
        events = list(events_of(reply.read().decode().split("\n")))
    assert [name for _, name, _ in events] == ["passages", "citation", "delta", "answer"]
    assert events[1][2]["quote"] == text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://a.example/\n", "//x", "file:///x"])
def test_only_web_addresses_reach_a_page(serve, engine, events_of, url):
    from dataclasses import replace

    engine.about = replace(engine.about, url=url)
    client = serve(engine)
    assert client.post("/v1/ask", json=ASK).json()["citations"][0]["url"] is None
    with client.stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
        for _, name, data in events_of(reply.iter_lines()):
            shown = {"passages": lambda d: d["passages"][0], "citation": lambda d: d}.get(name)
            assert shown is None or shown(data)["url"] is None
    assert client.post("/v1/search", json={"query": "x"}).json()["hits"][0]["passage"]["url"] is None
    engine.archive.articles_by_id["a/1"] = engine.about
    assert client.get("/v1/articles/a/1").json()["url"] is None
