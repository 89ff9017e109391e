"""A stand-in for Telal's server: plays back its HTTP contract, failures included, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import telal_scenes as scenes

from api.http.pages import PAGE_CSP, STATIC

TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
    ".woff2": "font/woff2",
}


class Double:
    """The server on a free port of 127.0.0.1, also reachable as localhost: two origins for one price."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}  # a site's own pages: path -> (html, headers)
        self.asked: list[dict[str, Any]] = []
        self.feedback: list[dict[str, Any]] = []
        self.further: list[dict[str, Any]] = []  # what further questions were asked for
        self.shared: dict[str, dict[str, Any]] = {}  # by id
        self.translated: list[tuple[str, dict[str, Any]]] = []  # which quotes were to be translated
        self.stories: list[dict[str, Any]] = []  # the newest
        self.feeds: dict[str, list[tuple[str, str]]] = {}  # by address: the day of each entry, and what it tells
        self.begun: list[str] = []  # followed by a button
        self.erased: set[str] = set()
        self.held: dict[str, Any] = {"article": None, "questions": [], "articles": 0, "outlets": 0}
        self.fresh = ""  # until when the archive was read, as it is told to readers
        self.looked_up: list[str] = []  # what pages were asked about
        self.headers: list[dict[str, str]] = []
        self.left = threading.Event()  # a reader went away in mid-answer
        self.go_on = threading.Event()  # the word that a held answer waits for
        handler = type("Handler", (_Handler,), {"double": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.elsewhere = f"http://localhost:{self.port}"

    def forget(self) -> None:
        self.pages.clear()
        self.asked.clear()
        self.feedback.clear()
        self.further.clear()
        self.shared.clear()
        self.translated.clear()
        self.stories, self.fresh = [], ""
        self.feeds.clear()
        self.begun.clear()
        self.erased = set()
        self.held = {"article": None, "questions": [], "articles": 0, "outlets": 0}
        self.looked_up.clear()
        self.headers.clear()
        self.left.clear()
        self.go_on.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    double: Double
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_OPTIONS(self) -> None:
        self._send(
            204,
            b"",
            {"access-control-allow-headers": "content-type", "access-control-allow-methods": "GET, POST, DELETE"},
        )

    def do_GET(self) -> None:
        self.double.headers.append(dict(self.headers))
        url = urlsplit(self.path)
        if url.path in self.double.pages:
            html, headers = self.double.pages[url.path]
            self._send(200, html.encode(), {"content-type": TYPES[".html"], **headers})
        elif url.path == "/v1/stories":
            start = int(parse_qs(url.query).get("cursor", ["0"])[0])
            end = start + int(parse_qs(url.query)["limit"][0])
            following = str(end) if self.double.stories[end:] else None
            self._json({"stories": self.double.stories[start:end], "next": following})
        elif url.path == "/v1/follow.atom":
            self._feed(parse_qs(url.query))
        elif url.path == "/v1/page":
            self.double.looked_up.append(url.query)
            self._json(self.double.held)
        elif url.path == "/v1/status":
            self._json({"read_until": None, "text": self.double.fresh, "outlets": []})
        elif url.path == "/v1/sources":
            self._json({"outlets": scenes.OUTLETS})
        elif url.path == "/v1/suggestions":
            self._suggestions(parse_qs(url.query)["language"][0])
        elif url.path.startswith("/v1/shares/"):
            kept = self.double.shared.get(url.path.rsplit("/", 1)[1])
            self._json(kept or {"title": "Not found", "status": 404}, 200 if kept else 404)
        elif url.path.startswith("/v1/articles/"):
            self._article(url.path.rsplit("/", 1)[1])
        else:
            self._file(url.path)

    def _feed(self, query: dict[str, list[str]]) -> None:
        title = query.get("q", query.get("story", []))[0]
        if (told := self.double.feeds.get(title)) is None:
            self._json({"title": "Too many", "status": 429}, 429)
            return
        entries = "".join(
            f"<entry><id>{day}</id><title>{text}</title><updated>{day}T00:00:00+00:00</updated>"
            f'<content type="html">&lt;blockquote lang="el"&gt;{text}&lt;/blockquote&gt;</content></entry>'
            for day, text in told
        )
        feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{entries}</feed>'
        self._send(200, feed.encode(), {"content-type": "application/atom+xml; charset=utf-8"})

    def do_POST(self) -> None:
        self.double.headers.append(dict(self.headers))
        if self.path.startswith("/v1/follow.atom"):
            self.double.begun.append(self.path)
            self._feed(parse_qs(urlsplit(self.path).query))
            return
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/v1/feedback":
            self.double.feedback.append(body)
            self._send(204, b"")
        elif self.path == "/v1/suggestions":
            self.double.further.append(body)
            self._json({"suggestions": scenes.further(body)})
        elif self.path == "/v1/shares":
            self._share(body["question"])
        elif self.path.endswith("/translation"):
            self.double.translated.append((self.path, body))
            status, made = scenes.translation(self.path)
            self._json(made, status)
        else:
            self.double.asked.append(body)
            self._ask(body["question"], scenes.scene(body["question"]))

    def do_DELETE(self) -> None:
        self.double.shared.pop(self.path.rsplit("/", 1)[1][:16], None)
        self._send(204, b"")

    def _share(self, question: str) -> None:
        """Keeps the scene's answer; the secret begins with the id."""
        name = "0123456789abcdef"
        kept = scenes.shared(question)
        if "!unshared" in question:
            self._json({"title": "Refused", "status": 422}, 422)
            return
        self.double.shared[name] = kept
        made = {"id": name, "path": f"/a/{name}", "secret": name * 2, "until": kept["until"]}
        self._json(made, 201)

    def _ask(self, question: str, scene: Any) -> None:
        if scene.status != 200:
            problem = {
                "type": "/problems/x",
                "title": "Refused",
                "status": scene.status,
                "detail": "The question has no words.",
            }
            wait = {"retry-after": scene.retry_after} if scene.retry_after else {}
            self._json(problem, scene.status, {"content-type": "application/problem+json", **wait})
            return
        self.send_response(200)
        self._headers({"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        try:
            self._stream(question, scene)
        except OSError:
            self.double.left.set()
            self.close_connection = True

    def _stream(self, question: str, scene: Any) -> None:
        standalone = scene.answer.get("standalone", question)
        self._event("passages", {"id": "answer-1", "standalone": standalone, "passages": []})
        self._chunk(": ping\r\n\r\n")
        sent: set[int] = set()
        for sentence in scene.sentences:
            for cited in scene.citations:
                if cited["number"] in sentence["citations"] and cited["number"] not in sent:
                    sent.add(cited["number"])
                    self._event("citation", cited)
            self._event("delta", sentence)
            time.sleep(scene.pause_s)
            while scene.hold and not self.double.go_on.wait(0.05):
                self._chunk(": ping\r\n\r\n")
            if scene.end == "cut":
                time.sleep(0.3)
                self.close_connection = True  # without the last chunk: the line is broken
                return
        self._write(question, scene)
        if scene.end in ("error", "late"):
            status = 500 if scene.end == "error" else 504
            self._event("error", {"type": "/problems/x", "title": "Failed", "status": status, "detail": "", "hint": ""})
        elif scene.end == "answer":
            self._event("answer", scenes.answer(question, scene))
        self._chunk("")

    def _write(self, question: str, scene: Any) -> None:
        """What a language model says."""
        if not (model := scene.answer.get("written")):
            return
        self._event("interim", {**scenes.answer(question, scene), "written": None, "answered_by": "quotes"})
        while scene.hold_model and not self.double.go_on.wait(0.05):
            self._chunk(": ping\r\n\r\n")
        for sentence in model["sentences"]:
            self._event("written", sentence)

    def _event(self, name: str, data: dict[str, Any]) -> None:
        self._chunk(f"id: {name}\r\nevent: {name}\r\ndata: {json.dumps(data, ensure_ascii=False)}\r\n\r\n")

    def _chunk(self, text: str) -> None:
        raw = text.encode()
        self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        self.wfile.flush()

    def _suggestions(self, language: str) -> None:
        asked = {"sr-Cyrl": "Ко је потписао споразум у Тирани?", "tr": "Tiran anlaşmasını kim imzaladı?"}
        first = asked.get(language, "Who signed the Tirana agreement?")
        more = [
            "When does the new bridge over the Lim open?",
            "What did the minister say about the pact?",
            "How did Belgrade respond?",
        ]
        self._json(
            {
                "suggestions": [
                    {"question": q, "language": language if q in asked.values() else "en"} for q in [first, *more]
                ]
            }
        )

    def _article(self, article: str) -> None:
        if article in self.double.erased:
            self._json({"title": "Erased", "status": 410}, 410)
        elif article == "gone":
            self._json({"title": "Not found", "status": 404}, 404)
        elif article == "changed":
            self._json({"context": {"before": "", "quote": "Something else.", "after": ""}, "outlets": []})
        else:
            found = next(
                (c for s in scenes.SCENES.values() for c in s.citations if c["article_id"] == article), scenes.CYRILLIC
            )
            own = found["quote"] == scenes.QUOTE
            self._json(
                {
                    "context": {
                        "before": scenes.BEFORE if own else "",
                        "quote": found["quote"],
                        "after": scenes.AFTER if own else "",
                    },
                    "outlets": ["Дневни гласник", "Another"] if found["number"] == 2 else [],
                }
            )

    def _file(self, path: str) -> None:
        if path.startswith("/a/"):
            path = "/"
        named = {"/": "index.html", "/demo": "demo.html", "/widget.js": "widget.js"}
        file = STATIC / named.get(path, path.removeprefix("/static/"))
        if not file.is_file():
            self._send(404, b"")
            return
        csp = {"content-security-policy": PAGE_CSP} if file.suffix == ".html" else {}
        self._send(
            200,
            file.read_bytes(),
            {"content-type": TYPES[file.suffix], "cross-origin-resource-policy": "cross-origin", **csp},
        )

    def _json(self, value: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(
            status,
            json.dumps(value, ensure_ascii=False).encode(),
            {"content-type": "application/json", **(headers or {})},
        )

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self._headers({"content-length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _headers(self, headers: dict[str, str]) -> None:
        for name, value in {
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "retry-after",
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
