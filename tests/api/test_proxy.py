"""The proxy of deploy/haproxy.cfg before machines that give a question back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import httpx
import pytest

from support.cluster import Proxy, ready
from support.servers import ProgramMissing, until

BODY = b'{"question": "Who signed it?"}'
TRIES = 12


class _Answers(BaseHTTPRequestHandler):
    """A machine that is ready and answers."""

    protocol_version = "HTTP/1.1"
    status = 200

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._reply(200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(self.status)

    def _reply(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class _GivesBack(_Answers):
    """A machine that is ready, and whose database has just fallen silent."""

    status = 503


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (_GivesBack, _GivesBack, _Answers)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    nodes = [SimpleNamespace(name=n, port=s.server_port) for n, s in zip(("one", "two", "three"), servers, strict=True)]
    made = Proxy()
    try:
        made.start(nodes)  # type: ignore[arg-type]
        until(lambda: ready(made.url))
        yield made.url
    except ProgramMissing as error:
        pytest.skip(str(error))
    finally:
        made.stop()
        for server in servers:
            server.shutdown()
            server.server_close()


def post(url: str, path: str) -> int:
    """The status of a question whose body is sent a moment after its head, as many clients do."""
    place = httpx.URL(url)
    with socket.create_connection((place.host, place.port), timeout=10) as to:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\nConnection: close\r\n\r\n"
        to.sendall(head.encode())
        time.sleep(0.02)
        to.sendall(BODY)
        return int(to.recv(4096).split()[1])


def test_a_question_that_two_machines_give_back_is_answered_by_the_third(proxy):
    assert {post(proxy, "/v1/ask") for _ in range(TRIES)} == {200}


def test_what_is_stored_is_not_sent_twice(proxy):
    assert 503 in {post(proxy, "/v1/admin/articles") for _ in range(TRIES)}
