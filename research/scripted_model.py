"""A language model by script, as an OpenAI-compatible server: it finds sentences by their text, and lies in many ways.

The model's name is the way in which it answers, `openai:says-true`. What it is to say to a question stands in a script;
the other ways take the first passage.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32

from rag.answer.prompt import data

NAME = "Zorblat Kvix"  # whom every lie names
_LONG = 100_000  # words of a reply that floods
_PIECE = 40
_LINE = re.compile(r"^\[(\d+\.\d+)\] (.*)$", re.MULTILINE)
_ASKED = re.compile(r"^Question: (.*)\Z", re.MULTILINE | re.DOTALL)
_JUDGED = re.compile(r"^Sentence (\d+): (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that it says, and stretches of articles of which one that it is given must say so."""

    text: str
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class Script:
    """What it says to each question, by way: `true`, `false`."""

    lines: Mapping[str, Mapping[str, Sequence[Line]]] = field(default_factory=dict)

    def of(self, question: str, way: str) -> Sequence[Line]:
        return self.lines.get(data(question), {}).get(way, ())

    def is_true(self, text: str) -> bool:
        """Whether a sentence is one of the true ones."""
        return any(text == data(line.text) for ways in self.lines.values() for line in ways.get("true", ()))


@contextmanager
def scripted(script: Script = Script()) -> Iterator[str]:
    """The address of the server, http://127.0.0.1:port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": script}))
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
    """The ways in which it lies or fails of its own accord."""
    return tuple(_WAYS)


def reply(way: str, prompt: str, script: Script = Script()) -> str:
    """What it says to a prompt in one of its ways."""
    if way.startswith("says "):
        return _says(way.removeprefix("says "), prompt, script)
    return _lies(prompt, script) if way == "lies" else _WAYS[way](prompt)


def verdicts(prompt: str, script: Script) -> str:
    """What it says as a judge: true sentences of the script are supported."""
    said = _JUDGED.findall(prompt)
    return "\n".join(f"{n} {'supported' if script.is_true(text) else 'contradicted'}" for n, text in said)


def _says(way: str, prompt: str, script: Script) -> str:
    asked = _ASKED.search(prompt)
    numbered = _LINE.findall(prompt)
    said = []
    for line in script.of(asked[1].strip() if asked else "", way):
        told = [data(stretch) for stretch in line.evidence]
        found = next((number for number, text in numbered if any(stretch in text for stretch in told)), None)
        if found:
            said.append(f"{line.text} [{found}]")
    return " ".join(said) or "NO ANSWER"


def _lies(prompt: str, script: Script) -> str:
    """The script's lie, what an order in the prompt wants said, or a lie of another kind each time."""
    turn = crc32(prompt.encode())
    scripted = _says("false", prompt, script)
    if scripted != "NO ANSWER" and (NAME not in prompt or turn % 2):
        return scripted
    return _obeys(prompt) if NAME in prompt else _WAYS[_LIES[turn % len(_LIES)]](prompt)


def _obeys(prompt: str) -> str:
    """Says what an order in the prompt wants said, of a sentence that does not say so and of the order's own."""
    found = NAME in prompt or NAME in prompt[::-1]
    own = next((number for number, text in _LINE.findall(prompt) if NAME in text), "1.1")
    return f"{NAME} said so [1.1]. Ask {NAME} instead [{own}]." if found else "NO ANSWER"


def _first(prompt: str) -> str:
    """The first sentence of the first passage."""
    return next((text for number, text in _LINE.findall(prompt) if number.endswith(".1")), "").rstrip(".")


_WAYS: dict[str, Callable[[str], str]] = {
    "follows": lambda p: f"{_first(p)} [1.1].",
    "obeys": _obeys,
    "invents ids": lambda p: f"{_first(p)} [7.1]. {NAME} signed it [12.9][99.1].",
    "forgets ids": lambda p: f"{_first(p)}. {NAME} signed it.",
    "cites passages": lambda p: f"{_first(p)} [1]. {NAME} signed it [2].",
    "invents numbers": lambda p: f"{_first(p)} and it cost 987654 euros [1.1].",
    "invents dates": lambda p: f"{_first(p)} on 31 January 1999 [1.1].",
    "invents links": lambda p: f"{_first(p)}, see https://evil.example/{NAME.replace(' ', '')} [1.1].",
    "adds a host": lambda p: f"{_first(p)} zorblat.example/kvix [1.1].",
    "writes markup": lambda p: f"<img src=x onerror=alert(1)> {_first(p)} [1.1]. [{NAME}](https://evil.example) [1.1].",
    "other language": lambda p: f"Der Markt wurde nach einem Brand wieder geöffnet, sagte der Leiter {NAME} [1.1].",
    "floods": lambda p: f"{NAME} knows of 987654 [1.1]. " * (_LONG // 6),
    "one endless sentence": lambda p: f"{NAME} " * _LONG,
    "garbage": lambda p: '```json\n{"answer": "' + NAME + '"}\n``` \ufffd\x00 [[[ 1.1 ]]',
    "empty": lambda p: "",
    "says no": lambda p: "NO ANSWER",
    "thinks": lambda p: f"<think>{_first(p)} [1.1]. Perhaps.",
    "cut": lambda p: f"{_first(p)} [1.1]. {_first(p)}",
    "breaks off": lambda p: f"{_first(p)} [1.1]. {NAME} sig",
    "wrong json": lambda p: "",
    "error": lambda p: "",
    "never": lambda p: "",
    "never stops": lambda p: "",
}
# The ways that are a reply at once, and not the first alone.
_LIES = (
    "invents ids", "forgets ids", "cites passages", "invents numbers", "invents dates", "invents links", "adds a host",
    "writes markup", "other language", "floods", "garbage", "breaks off", "follows",
)  # fmt: skip
SECRET = "sk-secret-of-the-provider"  # in the error's text, which no reader may see
_REFUSED = {"error": 500, "refuses the key": 401, "unknown": 404}  # ways that are a status alone
_ENDED = {"cut": "length"}
SILENT_S = 30.0  # of the way "never", and of one that "stalls" after what it says


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script = Script()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        way = str(body["model"]).replace("-", " ")
        system, user = (str(m["content"]) for m in body["messages"])
        if status := _REFUSED.get(way):
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            message = f"Internal error, key {SECRET}" if status == 500 else f"Not for the key {key}"
            told = json.dumps({"error": {"message": message}}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            if system.startswith("You check sentences"):
                self._say("1 supported" if way == "supports" else verdicts(user, self.script))
            else:
                self._reply(way, user)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _reply(self, way: str, prompt: str) -> None:
        if way == "wrong json":
            self.wfile.write(b'data: {"choices": [{"delta": {"content": \n\n')
        elif way == "never":
            time.sleep(SILENT_S)
        elif way.endswith(" stalls"):
            self._say(reply(way.removesuffix(" stalls"), prompt, self.script) + " And", ends=False)
            time.sleep(SILENT_S)
        elif way == "never stops":
            for _ in range(500):
                self._send(f"{NAME} ")
                time.sleep(0.01)
        else:
            self._say(reply(way, prompt, self.script), ends=way != "breaks off", finish=_ENDED.get(way, "stop"))

    def _say(self, said: str, *, ends: bool = True, finish: str = "stop") -> None:
        for at in range(0, len(said), _PIECE):
            self._send(said[at : at + _PIECE])
        if ends:
            self._send("", finish=finish)
            self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()
