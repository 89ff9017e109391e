"""A real HTTP server that answers as a test says."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Handler(BaseHTTPRequestHandler):
    """Looks up what to do by method and path; notes what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self._answer(json.loads(body))

    def log_message(self, *arguments):
        pass

    def _answer(self, body):
        served = self.server.served
        served.requests.append((self.command, self.path, body, {k.lower(): v for k, v in self.headers.items()}))
        found = served.replies.get(f"{self.command} {self.path}")
        if found is None:
            self._send(404, "application/json", b"{}")
        elif isinstance(found, Stream):
            self._stream(found)
        else:
            status, value, headers = found
            time.sleep(served.delay_s)
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            self._send(status, "application/json", content, headers)

    def _send(self, status, kind, content, headers=()):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, stream):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for part in stream.parts:
            time.sleep(stream.delay_s)
            data = part.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        if stream.whole:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True


class Stream:
    """Server-sent events; `whole` False: the connection is cut in the middle."""

    def __init__(self, *parts, whole=True, delay_s=0.0):
        self.parts, self.whole, self.delay_s = parts, whole, delay_s


class Served:
    """The server's replies by "METHOD /path", and the requests that it got."""

    Stream = Stream

    def __init__(self, base):
        self.base, self.replies, self.requests, self.delay_s = base, {}, [], 0.0

    def reply(self, what, value, status=200, headers=()):
        self.replies[what] = (status, value, headers)

    def stream(self, what, *parts, **more):
        self.replies[what] = Stream(*parts, **more)


@pytest.fixture
def served():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda request, address: None  # clients that hang up are the point
    server.served = Served(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def event():
    """The text of one server-sent event."""

    def write(name, data):
        head = f"event: {name}\n" if name else ""
        return f"{head}data: {data if isinstance(data, str) else json.dumps(data)}\n\n"

    return write
