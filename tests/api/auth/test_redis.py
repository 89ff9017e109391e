"""Limits counted in Redis, shared by servers and workers. Skipped where there is no redis-server."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from support.servers import ProgramMissing, Redis, Wire

pytest.importorskip("redis", reason="pip install 'telal[redis]'")

from redis.asyncio import ConnectionPool  # noqa: E402
from redis.exceptions import TimeoutError as RedisTimeout  # noqa: E402

pytestmark = pytest.mark.slow

ASK = {"question": "q"}


@pytest.fixture
def redis() -> Iterator[Redis]:
    try:
        server = Redis().start()
    except ProgramMissing as error:
        pytest.skip(str(error))
    yield server
    server.stop()


def test_two_servers_count_together_and_outlive_redis(serve, engine, redis, caplog):
    one, other = (serve(engine, limits_url=redis.url, ask_limit="3/minute") for _ in range(2))
    assert [c.post("/v1/ask", json=ASK).status_code for c in (one, other, one, other)] == [200, 200, 200, 429]
    redis.stop()
    assert one.post("/v1/ask", json=ASK).status_code == 200
    assert "nobody is limited" in caplog.text
    redis.start()  # it kept nothing: counts begin anew
    time.sleep(1.2)  # so long nobody waits for it
    assert [c.post("/v1/ask", json=ASK).status_code for c in (one, other, one, other)] == [200, 200, 200, 429]


def test_a_connection_that_does_not_close_in_time_fails_no_request(serve, engine, redis, monkeypatch):
    """As on a machine that is so busy that half a second is too short."""
    client = serve(engine, limits_url=redis.url, ask_limit="3/minute")
    assert client.post("/v1/ask", json=ASK).status_code == 200
    disconnect, tried = ConnectionPool.disconnect, []

    async def slow(pool, **how) -> None:
        await disconnect(pool, **how)
        tried.append(how)
        raise RedisTimeout("Timed out closing connection")

    monkeypatch.setattr(ConnectionPool, "disconnect", slow)
    redis.stop()
    redis.start()  # what is kept is dead
    assert client.post("/v1/ask", json=ASK).status_code == 200
    assert tried


def test_a_redis_that_is_silent_holds_nobody_up(serve, engine, redis):
    """As on a network that drops what it sees: connections stay open, nothing comes back."""
    wire = Wire(redis.port)
    client = serve(engine, limits_url=f"redis://127.0.0.1:{wire.port}", ask_limit="2/minute")
    assert client.post("/v1/ask", json=ASK).status_code == 200
    wire.silence()
    spent = []
    for _ in range(4):
        begun = time.monotonic()
        assert client.post("/v1/ask", json=ASK).status_code == 200
        spent.append(time.monotonic() - begun)
    assert max(spent) < 10 and sum(spent) < 20, spent  # one waits; those after it know
    wire.mend()
    end = time.monotonic() + 30
    while client.post("/v1/ask", json=ASK).status_code != 429:
        assert time.monotonic() < end, "it counts no more"
        time.sleep(0.2)
    wire.close()


@pytest.mark.slow
def test_workers_have_one_count(telal, told, redis):
    """Sixty visits to two workers with a limit of twenty: in memory 42 passed."""
    limits = {"TELAL_SERVER__LIMITS_URL": redis.url, "TELAL_SERVER__READ_LIMIT": "20/minute"}
    address = told(telal("serve", "--port", "0", "--workers", "2", **limits))

    def visit(n: int) -> int:
        with httpx.Client(timeout=120) as client:  # a connection of its own: any worker takes it
            return client.get(f"{address}/v1/stats").status_code

    with ThreadPoolExecutor(6) as readers:
        codes = Counter(readers.map(visit, range(60)))
    assert codes == {200: 20, 429: 40}
