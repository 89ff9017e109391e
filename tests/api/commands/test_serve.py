"""`telal serve` as a process over the starter corpus: starting, refusing to start, stopping, several workers."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from api.auth.keys import KeyStore
from rag.config import Settings
from rag.store.archive.archive import Archive

ASK = {"question": "Who signed the Tirana agreement?"}


def test_serves_answers_and_stops_cleanly(telal, told, tmp_path):
    """Meanwhile a second server on the same directory is refused, and says who has it."""
    server = telal("serve", "--port", "0", TELAL_SERVER__LOG_FORMAT="json")
    address = told(server)
    second = telal("serve", "--port", "0")
    with httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/readyz").json()["status"] == "ready"
        body = client.post("/v1/ask", json=ASK).json()
        assert "Pirro Vengu" in body["text"]
        for c in body["citations"]:
            article = client.get(f"/v1/articles/{c['article_id']}").json()
            assert article["text"][c["start"] : c["end"]] == c["quote"]
        cyrillic = client.post("/v1/ask", json={"question": "Ко је потписао споразум у Тирани?"}).json()
        assert cyrillic["status"] == "answered" and cyrillic["language"] == "sr-Cyrl"
        assert json.loads((tmp_path / "data/owner.lock").read_text())["address"] == address
        process = Path(f"/proc/{server.pid}")
        assert "/torch/" not in (process / "maps").read_text()
        assert int(re.search(r"VmRSS:\s+(\d+)", (process / "status").read_text())[1]) < 900_000  # kB
    _, said = second.communicate(timeout=60)
    assert second.returncode == 2
    assert str(server.pid) in said and address in said and "Traceback" not in said
    server.send_signal(signal.SIGTERM)
    assert server.wait(20) == 0
    assert (tmp_path / "data/owner.lock").read_text() == ""  # given back after the indexes were closed


def test_a_taken_port_is_told_at_once(telal):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = telal("serve", "--port", str(port))
        _, said = server.communicate(timeout=30)
    assert server.returncode == 2
    assert f"127.0.0.1:{port}" in said and "--port" in said and "Traceback" not in said


@pytest.mark.slow
def test_workers_share_the_archive_and_the_keys(telal, told, tmp_path):
    alone = telal("serve", "--port", "0", "--workers", "2")
    assert alone.wait(60) == 2  # each would count by itself
    none = {f"TELAL_SERVER__{name}_LIMIT": "none" for name in ("ASK", "READ")}
    server = telal("serve", "--port", "0", "--workers", "2", TELAL_SERVER__REQUIRE_KEY="true", **none)
    address = told(server)
    archive = Archive.open(Settings(data_dir=tmp_path / "data"))
    store = KeyStore(archive.database)
    created = store.create("bot", kind="secret")

    def seen() -> set[int]:
        """Each on a connection of its own, so that both workers are met."""
        headers = {"Authorization": f"Bearer {created.token}", "Connection": "close"}
        search = {"query": "Tirana"}
        return {
            httpx.post(f"{address}/v1/search", json=search, headers=headers, timeout=60).status_code for _ in range(12)
        }

    assert seen() == {200}
    store.revoke(created.key.id)
    assert seen() <= {401, 429}
    archive.close()
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0


@pytest.mark.parametrize("waits", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_stream_under_way_ends_well_or_is_told_that_the_server_stops(telal, told, waits):
    """A model that says nothing for long; the server is told to stop in the middle. Where running answers get the
    time, the model breaks off after three seconds, and quotes answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = telal(
            "serve",
            "--port",
            "0",
            TELAL_CHAT__MODEL="openai:silent",
            TELAL_CHAT__API_KEY="none",
            TELAL_CHAT__BASE_URL=f"http://127.0.0.1:{silent.getsockname()[1]}/v1",
            **({"TELAL_SERVER__STOP_WAIT_S": "30"} if waits else {}),
        )
        address = told(server)
        with httpx.stream("POST", f"{address}/v1/ask", json={**ASK, "stream": True}, timeout=60) as reply:
            lines = reply.iter_lines()
            assert next(line for line in lines if line.startswith("event")) == "event: passages"
            server.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            if waits:
                time.sleep(3)
                silent.close()
            rest = [line for line in lines if line.startswith(("event", "data"))]
        last = json.loads(rest[-1].removeprefix("data: "))
        if waits:
            assert rest[-2] == "event: answer" and "Pirro Vengu" in last["text"]
        else:
            assert rest[-2] == "event: error" and last["type"] == "/problems/stopping"
            assert time.monotonic() - begun < 15
        assert server.wait(30) == 0
