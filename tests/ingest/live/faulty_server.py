"""A real server on 127.0.0.1 that does what a test says, byte by byte where it must."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Faulty:
    """Replies by path; what has none is 404. `requests` counts them, `seen` keeps the headers of each."""

    base: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    seen: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def on(self, path: str, reply: Reply) -> str:
        self.replies[path] = reply
        return self.base + path


def send(body: bytes | str = b"", *, status: int = 200, kind: str = "text/html", **headers: str) -> Reply:
    """A reply in order. Header names are written with underscores."""
    data = body.encode() if isinstance(body, str) else body

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **named}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return reply


def redirect(to: str, status: int = 302) -> Reply:
    return send(status=status, Location=to)


def endless(piece: bytes, *, faulty: Faulty, pause_s: float = 0.0, kind: str = "application/xml") -> Reply:
    """A body that never ends, as fast as it is read or slowly."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        while not faulty.closing.is_set():
            handler.wfile.write(piece)
            handler.wfile.flush()
            if pause_s:
                time.sleep(pause_s)

    return reply


def endless_head(faulty: Faulty) -> Reply:
    """A head that never ends: one header after the other."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        handler.close_connection = True
        while not faulty.closing.is_set():
            handler.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    return reply


def broken_off(body: bytes, *, promised: int, kind: str = "text/html") -> Reply:
    """Promises more than it sends."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(promised))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return reply


def silent(faulty: Faulty, seconds: float = 60.0) -> Reply:
    """Says nothing."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        faulty.closing.wait(seconds)
        handler.close_connection = True

    return reply


def dripping_head(faulty: Faulty) -> Reply:
    """A head that comes a byte at a time and never ends."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not faulty.closing.wait(0.1):
            handler.wfile.write(b"a")

    return reply


def raw(data: bytes) -> Reply:
    """Bytes that need not be HTTP."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return reply


@contextmanager
def serve_faults() -> Iterator[Faulty]:
    """Serve until the block ends; robots.txt is missing unless a test sets one."""
    faulty = Faulty()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            faulty.requests[self.path] += 1
            faulty.times.append(time.monotonic())
            faulty.seen.setdefault(self.path, []).append({k.lower(): v for k, v in self.headers.items()})
            faulty.at_once += 1
            faulty.most_at_once = max(faulty.most_at_once, faulty.at_once)
            try:
                faulty.replies.get(self.path, send(b"no", status=404))(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                faulty.at_once -= 1

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        faulty.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield faulty
        finally:
            faulty.closing.set()
            server.shutdown()
            thread.join()
