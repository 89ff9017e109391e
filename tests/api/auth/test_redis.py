"""Limits counted in Redis, shared by two servers. Skipped where there is no redis-server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

import pytest

pytest.importorskip("redis", reason="pip install 'telal[redis]'")


@pytest.fixture
def redis(tmp_path):
    """A Redis of our own: its address, and what ends it."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is missing (Debian: apt-get install redis-server)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [program, "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}", process
    process.terminate()
    process.wait()


def test_two_servers_count_together_and_outlive_redis(serve, engine, redis, caplog):
    url, process = redis
    one, other = (serve(engine, limits_url=url, ask_limit="3/minute") for _ in range(2))
    ask = {"question": "q"}
    assert [c.post("/v1/ask", json=ask).status_code for c in (one, other, one, other)] == [200, 200, 200, 429]
    process.terminate()
    process.wait()
    assert one.post("/v1/ask", json=ask).status_code == 200
    assert "nobody is limited" in caplog.text
