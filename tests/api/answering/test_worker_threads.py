"""Language models that hang, and the queue for worker threads, each by itself."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import ExitStack

import pytest

from api.answering import worker_threads
from api.answering.worker_threads import StoppableModel, stop_asked
from api.http.errors import Busy
from rag.errors import ChatUnavailable


class Model:
    """Says a piece, then nothing until it is let go."""

    name = "silent"

    def __init__(self) -> None:
        self.go_on, self.closed = threading.Event(), threading.Event()

    def stream(self, system, user):
        try:
            yield "piece"
            self.go_on.wait(5)
            yield "another"
            yield "third"
        finally:
            self.closed.set()


def test_a_silent_model_is_left_at_once():
    model, stop = Model(), threading.Event()
    stop_asked.set(stop)
    stream = StoppableModel(model).stream("s", "u")
    assert next(stream) == "piece"
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(ChatUnavailable):
        next(stream)
    assert time.monotonic() - begun < 1
    model.go_on.set()
    assert model.closed.wait(2)
    stop_asked.set(None)


@pytest.mark.parametrize("stop", [None, threading.Event()])
def test_a_model_that_speaks_is_heard_to_the_end(stop):
    model = Model()
    model.go_on.set()
    stop_asked.set(stop)
    assert list(StoppableModel(model).stream("s", "u")) == ["piece", "another", "third"]
    assert StoppableModel(model).name == "silent"
    stop_asked.set(None)


def test_a_models_failure_is_passed_on():
    class Broken(Model):
        def stream(self, system, user):
            yield "piece"
            raise ChatUnavailable("gone")

    stop_asked.set(threading.Event())
    with pytest.raises(ChatUnavailable, match="gone"):
        list(StoppableModel(Broken()).stream("s", "u"))
    stop_asked.set(None)


def test_the_gate_is_fair_and_loses_no_slot():
    async def run():
        through, order = worker_threads.AdmissionQueue(slots=2, queue=3, wait_s=0.2), []

        async def visit(n, stay_s):
            try:
                with through.place():
                    await through.enter()
                    order.append(n)
                    await asyncio.sleep(stay_s)
                    through.leave()
            except Busy:
                order.append(f"busy {n}")

        await asyncio.gather(*(visit(n, 0.02) for n in range(6)))
        assert order == [0, 1, "busy 5", 2, 3, 4]
        order.clear()
        long = [asyncio.create_task(visit(n, 0.5)) for n in range(2)]
        await asyncio.sleep(0)
        impatient, gone = asyncio.create_task(visit("late", 0)), asyncio.create_task(visit("gone", 0))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.gather(*long, impatient, gone, return_exceptions=True)
        assert order == [0, 1, "busy late"]
        await asyncio.gather(visit("x", 0), visit("y", 0))
        assert order[3:] == ["x", "y"]

    asyncio.run(run())


def test_who_will_wait_too_long_after_all_hears_it_when_that_is_known():
    async def run():
        gate, order = worker_threads.AdmissionQueue(slots=1, queue=9, wait_s=30, work_s=1.0), []

        async def visit(n):
            try:
                with gate.place():
                    await gate.enter()
                    order.append(n)
            except Busy:
                order.append(f"busy {n}")

        tasks = [asyncio.create_task(visit(n)) for n in range(9)]
        await asyncio.sleep(0)
        gate.leave(41.0)  # six seconds a piece from now on, by the mean: the last of eight would wait for 48
        await asyncio.sleep(0.01)
        assert sorted(map(str, order)) == ["0", "1", "busy 5", "busy 6", "busy 7", "busy 8"]
        for _ in range(3):
            gate.leave()
        await asyncio.gather(*tasks)
        assert order[-3:] == [2, 3, 4]

    asyncio.run(run())


def test_one_queue_passes_before_another_but_not_for_ever(monkeypatch):
    async def run():
        first = worker_threads.AdmissionQueue(slots=1, queue=9, wait_s=5)
        second, order = worker_threads.AdmissionQueue(slots=1, queue=9, wait_s=5, after=first), []

        async def visit(through, name, stay_s=0.0):
            await through.enter()
            order.append(name)
            await asyncio.sleep(stay_s)
            through.leave()

        await asyncio.gather(visit(first, 1, 0.02), visit(first, 2), visit(second, "late"), visit(first, 3))
        assert order == [1, 2, 3, "late"]
        monkeypatch.setattr(worker_threads, "PATIENCE_S", 0.05)
        await asyncio.gather(visit(first, 4, 0.3), visit(first, 5), visit(second, "impatient"))
        assert order[4:] == [4, "impatient", 5]

    asyncio.run(run())


def test_who_would_wait_too_long_hears_it_at_once_and_when_to_come_back():
    async def run():
        gate = worker_threads.AdmissionQueue(slots=2, queue=99, wait_s=10, work_s=1.0)
        with ExitStack() as line:
            for _ in range(22):  # two are served, of the others the last in ten seconds; none has entered yet
                line.enter_context(gate.place())
            with pytest.raises(Busy), gate.place():
                pass
            for _ in range(200):  # it learns that the work takes four times as long
                gate.leave(4.0)
            with pytest.raises(Busy) as told, gate.place():
                pass
            assert told.value.retry_after_s == 32  # 21 before me at 4 s, two at a time: 42 s, of which I wait 10
        with gate.place():
            pass

    asyncio.run(run())
