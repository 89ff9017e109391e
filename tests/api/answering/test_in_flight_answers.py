"""Who asks the same at the same time reads one answer, as long as the archive is as it was."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from rag.errors import ArchiveBusy

ASK = {"question": "Who signed it?"}


def until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


def asked_at_once(client, bodies):
    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(lambda body: client.post("/v1/ask", json=body), bodies))


def test_the_same_question_is_answered_once_for_all(serve, engine):
    engine.pause_s = 0.1
    replies = asked_at_once(serve(engine, concurrency=1), [ASK] * 12)
    assert engine.begun == 1
    answers = [reply.json() for reply in replies]
    assert len({answer.pop("id") for answer in answers}) == 12, "each has a name of its own, for feedback"
    assert all(answer == answers[0] for answer in answers) and answers[0]["status"] == "answered"


def test_a_stream_that_is_joined_late_has_all_events(serve, engine, events_of):
    engine.pause_s, engine.events = 0.02, 20
    client = serve(engine)
    with client.stream("POST", "/v1/ask", json={**ASK, "stream": True}) as first:
        events = events_of(first.iter_lines())
        seen = [next(events) for _ in range(8)]
        with client.stream("POST", "/v1/ask", json={**ASK, "stream": True}) as second:
            whole = list(events_of(second.iter_lines()))
        seen += events
    assert engine.begun == 1
    assert [(number, name) for number, name, _ in whole] == [(number, name) for number, name, _ in seen]
    assert len(whole) == 24


def test_what_differs_in_anything_is_another_answer(serve, engine):
    engine.pause_s = 0.1
    bodies = [
        ASK,
        {"question": "Who signed it"},
        {**ASK, "language": "tr"},
        {**ASK, "as_of": "2025-04-01"},
        {**ASK, "filters": {"outlets": ["Outlet"]}},
        {**ASK, "history": [{"question": "a", "answer": "b"}]},
    ]
    asked_at_once(serve(engine, concurrency=8), bodies)
    assert engine.begun == len(bodies)


def test_after_a_change_of_the_archive_nothing_is_joined(serve, engine):
    """What was erased before the question must not be in its answer, what was pushed before it may not be missing."""
    engine.pause_s = 0.15
    changes = [1]
    engine.archive.last_change = lambda: changes[0]
    client = serve(engine)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.post, "/v1/ask", json=ASK)
        until(lambda: engine.running == 1)
        changes[0] = 2
        second = pool.submit(client.post, "/v1/ask", json=ASK)
        assert (first.result().status_code, second.result().status_code) == (200, 200)
    assert engine.begun == 2


def test_a_finished_answer_is_not_kept(client, engine):
    client.post("/v1/ask", json=ASK)
    client.post("/v1/ask", json=ASK)
    assert engine.begun == 2


def test_the_others_read_on_when_the_first_goes(serve, engine, events_of):
    engine.pause_s, engine.events = 0.02, 30
    client = serve(engine)
    body = {**ASK, "stream": True}
    with client.stream("POST", "/v1/ask", json=body) as first, client.stream("POST", "/v1/ask", json=body) as second:
        next(first.iter_lines())
        events = events_of(second.iter_lines())
        next(events)
        first.close()
        assert [name for _, name, _ in events].count("delta") == 31
    assert engine.begun == 1


def test_the_work_ends_when_all_have_gone(serve, engine):
    engine.pause_s, engine.events = 0.05, 10_000
    client = serve(engine)
    body = {**ASK, "stream": True}
    with client.stream("POST", "/v1/ask", json=body) as first, client.stream("POST", "/v1/ask", json=body) as second:
        next(first.iter_lines())
        next(second.iter_lines())
        assert engine.begun == engine.running == 1
    until(lambda: engine.running == 0, seconds=1.0)
    engine.events = 0
    assert client.post("/v1/ask", json=ASK).json()["status"] == "answered"
    assert engine.begun == 2, "an answer that was given up is not joined"


def test_a_fault_is_everybodys(serve, engine):
    engine.pause_s, engine.fail_at, engine.fault = 0.1, 0, ArchiveBusy("The archive is busy.")
    replies = asked_at_once(serve(engine), [ASK] * 3)
    assert {reply.status_code for reply in replies} == {503} and engine.begun == 1
    engine.fail_at = None
    assert serve(engine).post("/v1/ask", json=ASK).status_code == 200
