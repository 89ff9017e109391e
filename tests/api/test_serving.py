"""Slow and flooding heads of requests are cut off."""

from __future__ import annotations

import logging
import socket
import threading
import time

import pytest
import uvicorn
from starlette.applications import Starlette

from api import serving
from api.serving import HeaderLimitProtocol, without_questions


@pytest.fixture
def guarded(monkeypatch):
    """The address of a server with the guarded protocol, and short patience."""
    monkeypatch.setattr(serving, "HEAD_S", 0.5)
    server = uvicorn.Server(uvicorn.Config(Starlette(), http=HeaderLimitProtocol, log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()
        server.should_exit = True
        thread.join(10)


def reply_to(address, *parts: bytes, pause_s: float = 0.0) -> bytes:
    with socket.create_connection(address, timeout=5) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except OSError:
                break
            time.sleep(pause_s)
        try:
            return connection.recv(65536)
        except ConnectionResetError:
            return b""


def test_whole_heads_are_served(guarded):
    assert reply_to(guarded, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 404")
    assert reply_to(guarded, b"GET / HTTP/1.1\r\n", b"Host: x\r\n\r\n", pause_s=0.05).startswith(b"HTTP/1.1 404")


def test_slow_heads_are_cut_off(guarded):
    begun = time.monotonic()
    assert reply_to(guarded, b"GET / HTTP/1.1\r\nX: ", *[b"a"] * 20, pause_s=0.1) == b""
    assert reply_to(guarded) == b""
    assert time.monotonic() - begun < 5


def test_a_second_head_on_a_connection_is_watched_too(guarded):
    with socket.create_connection(guarded, timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 404")
        connection.sendall(b"GET / HT")
        begun = time.monotonic()
        assert connection.recv(65536) == b""
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "part", [b"X: " + b"a" * 9000 + b"\r\n", b"a" * 9000], ids=["many fields", "one endless field"]
)
def test_floods_of_fields_are_cut_off(guarded, part):
    reply = reply_to(guarded, b"GET / HTTP/1.1\r\nHost: x\r\nY: ", *[part] * 20, pause_s=0.01)
    assert reply == b"" or reply.startswith(b"HTTP/1.1 431")


def test_the_question_of_an_address_is_not_logged():
    asked = ("127.0.0.1:5", "GET", "/?lang=en&q=Who+is+ill%3F&from=2025-01-01", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', asked, None)
    assert without_questions(record)
    assert record.getMessage() == '127.0.0.1:5 - "GET /?lang=en&q=…&from=2025-01-01 HTTP/1.1" 200'
