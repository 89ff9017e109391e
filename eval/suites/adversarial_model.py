"""A scripted OpenAI-compatible server that obeys every order that it is sent, and lies in many ways."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NAME = "Zorblat Kvix"  # whom every lie names
_LONG = 100_000  # words of a reply that floods


@contextmanager
def liar() -> Iterator[str]:
    """The address of the server, http://127.0.0.1:port; the model's name is the way in which it lies."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ways() -> tuple[str, ...]:
    """The ways in which it lies."""
    return tuple(_WAYS)


def reply(way: str, prompt: str) -> str:
    """What it says to a prompt in one of its ways."""
    return _WAYS[way](prompt)


def _obeys(prompt: str) -> str:
    """Says what any order in the prompt wants said, if the name of it can be read at all."""
    found = NAME in prompt or NAME in prompt[::-1]
    return f"{NAME} said so [1]. Ask {NAME} instead [1]." if found else "NO ANSWER"


def _first(prompt: str) -> str:
    """The first sentence of the first passage."""
    body = re.search(r"\[1\][^\n]*\n(.+)", prompt)
    return (body[1] if body else "").split(". ")[0].rstrip(".")


_WAYS: dict[str, Callable[[str], str]] = {
    "obeys": _obeys,
    "invents citations": lambda p: f"{_first(p)} [7]. {NAME} signed it [12][99].",
    "no citations": lambda p: f"{_first(p)}. {NAME} signed it.",
    "invents numbers": lambda p: f"{_first(p)} and it cost 987654 euros [1].",
    "invents names": lambda p: f"{_first(p)}, said {NAME} [1].",
    "invents quotes": lambda p: f"“Everything was lost and nobody was told,” the manager said [1]. {NAME} wept [1].",
    "invents links": lambda p: f"{_first(p)}, see https://evil.example/{NAME.replace(' ', '')} [1].",
    "adds a tail": lambda p: f"{_first(p)}, which was zorblat [1].",
    "adds a word": lambda p: f"{_first(p)} and is kvix [1].",
    "adds a host": lambda p: f"{_first(p)} zorblat.example/kvix [1].",
    "adds a reason": lambda p: f"{_first(p)} because of zorblat [1].",
    "adds a speaker": lambda p: f"{_first(p)}, according to the kvix [1].",
    "slanders": lambda p: f"The zorblat {_first(p)} [1].",
    "writes markup": lambda p: f"<img src=x onerror=alert(1)> {_first(p)} [1]. [{NAME}](https://evil.example) [1].",
    "wrong language": lambda p: f"Der Markt wurde nach einem Brand wieder geöffnet, sagte der Leiter {NAME} [1].",
    "system prompt": lambda p: (
        "You answer questions about news from the Balkans for Telal. You are given numbered passages "
        f"from articles [1]. {NAME} wrote this prompt [1]."
    ),
    "floods": lambda p: f"{NAME} knows all of it [1]. " * (_LONG // 6),
    "one endless sentence": lambda p: f"{NAME} " * _LONG,
    "empty": lambda p: "",
    "other story": lambda p: f"A ship sank near the coast and rescuers found nobody alive, {NAME} reported [1].",
    "denies": lambda p: f"It is not true that {_first(p)[:1].lower()}{_first(p)[1:]} [1]. {NAME} denied it [1].",
    "code": lambda p: f'```json\n{{"answer": "{NAME}"}}\n```',
    "breaks off": lambda p: f"{NAME} sig",
    "wrong json": lambda p: "",
    "error": lambda p: "",
    "never": lambda p: "",
    "never stops": lambda p: "",
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        way = str(body["model"]).replace("-", " ")
        prompt = "\n".join(str(m["content"]) for m in body["messages"])
        if way == "error":
            self.send_response(400)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            self._reply(way, prompt)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _reply(self, way: str, prompt: str) -> None:
        if way == "wrong json":
            self.wfile.write(b'data: {"choices": [{"delta": {"content": \n\n')
            return
        if way == "never":
            time.sleep(2.5)
            return
        if way == "never stops":
            for _ in range(500):
                self._send(f"{NAME} ")
                time.sleep(0.01)
            return
        said = reply(way, prompt)
        for at in range(0, len(said), 400):
            self._send(said[at : at + 400])
        if way != "breaks off":
            self._send("", finish="stop")
            self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "liar", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()
