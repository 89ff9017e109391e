"""A resolver that hangs costs a visit its time and no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from faulty_server import Faulty, send

from ingest.fetch import addresses
from ingest.fetch.addresses import Lookup
from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import Unreachable
from ingest.outlets import Outlet


class Hanging:
    """Answers nothing about `host` until it is let go."""

    def __init__(self, host: str = "") -> None:
        self.host = host
        self.go = threading.Event()
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        if host == self.host or not self.host:
            self.go.wait(60)
        return ["127.0.0.1"]


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    resolver = Hanging()
    yield resolver
    resolver.go.set()


def plenty() -> float:
    return 60.0


def test_an_answer_and_an_error_are_handed_on() -> None:
    def missing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert Lookup(lambda host, port: [f"{host}:{port}"])("a", 80, plenty) == ["a:80"]
    with pytest.raises(OSError, match="no such name"):
        Lookup(missing)("a", 80, plenty)


def test_a_late_answer_is_none(hanging: Hanging) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match="takes too long") as caught:
        Lookup(hanging, limit_s=0.3)("slow.example", 80, plenty)
    assert caught.value.reason == "dns"
    assert time.monotonic() - started < 2


def test_the_callers_own_deadline_holds_too(hanging: Hanging) -> None:
    def over() -> float:
        raise Unreachable("stopped", "Stopped.")

    with pytest.raises(Unreachable, match="Stopped"):
        Lookup(hanging)("slow.example", 80, over)


def test_look_ups_that_hang_do_not_heap_up(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "HANGING_MOST", 2)
    look = Lookup(hanging, limit_s=0.1)
    for _ in range(4):
        with pytest.raises(Unreachable):
            look("slow.example", 80, plenty)
    assert hanging.asked == 2
    hanging.go.set()
    end = time.monotonic() + 5
    while look._room._value < 2 and time.monotonic() < end:
        time.sleep(0.02)
    assert look("slow.example", 80, plenty) == ["127.0.0.1"]


def test_a_fetch_ends_at_its_deadline(hanging: Hanging, fetcher: Callable[..., Fetcher]) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable):
        fetcher(resolve=hanging, fetch_timeout_s=0.5).get("http://slow.example/", "page")
    assert time.monotonic() - started < 5


def test_a_stop_does_not_wait_for_the_resolver(hanging: Hanging, fetcher: Callable[..., Fetcher]) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        fetcher(resolve=hanging, stopped=stop.is_set).get("http://slow.example/", "page")
    assert caught.value.reason == "stopped"
    assert time.monotonic() - started < 4


def test_one_outlets_resolver_does_not_hold_the_others(desk: Any, faulty: Faulty) -> None:
    hanging = Hanging("slow.example")
    url = faulty.on("/feed", send('<rss version="2.0"><channel><title>F</title></channel></rss>', kind="text/xml"))
    quick = desk.settings.model_copy(
        update={"ingest": desk.settings.ingest.model_copy(update={"fetch_timeout_s": 1.0})}
    )
    slow = Outlet(name="Slow", feeds=("http://slow.example/feed",))
    totals = desk.run(slow, Outlet(name="Fine", feeds=(url,)), settings=quick, resolve=hanging)
    hanging.go.set()
    assert (totals.visits, totals.errors) == (2, 1)
