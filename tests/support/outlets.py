"""Several made-up outlets on this machine, with feeds and pages that change, and a receiver of webhooks beside them."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="og:title" content="{title}"><meta property="article:published_time" content="{published}">
<meta property="article:modified_time" content="{modified}"><link rel="canonical" href="{url}">
<link rel="icon" href="data:,"></head>
<body><header><nav><a href="/">Front page</a> <a href="/feed">RSS</a></nav></header>
<main><article><h1>{title}</h1><p class="byline">Desk</p>{body}</article></main>{more}</body></html>"""
ITEM = "<item><title>{title}</title><link>{url}</link><pubDate>{date}</pubDate><description>{lead}</description></item>"
FEED = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{name}</title><link>/</link>{items}'


@dataclass(frozen=True)
class Report:
    """An article of an outlet, by its outlet's folder and its own name."""

    folder: str
    name: str
    language: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    modified: datetime | None = None

    @property
    def path(self) -> str:
        return f"/{self.folder}/{self.name}"


@dataclass
class Outlets:
    """What is published, by path; what the receiver got, and its secret. `tags`: what a page bears behind its text."""

    base: str = ""
    reports: dict[str, Report] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    secret: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    forged: int = 0

    def publish(self, *reports: Report) -> None:
        """Publishes reports, or replaces those of their paths."""
        self.reports |= {one.path: one for one in reports}

    def url(self, report: Report) -> str:
        return self.base + report.path

    def feed(self, folder: str) -> str:
        held = sorted((r for r in self.reports.values() if r.folder == folder), key=lambda r: r.published, reverse=True)
        items = (
            ITEM.format(
                title=escape(r.title),
                url=self.url(r),
                date=format_datetime(r.published),
                lead=escape(" ".join(r.paragraphs)),
            )
            for r in held
        )
        return f"{FEED.format(name=folder, items=''.join(items))}</channel></rss>"

    def page(self, report: Report, query: str) -> str:
        return PAGE.format(
            language=report.language,
            title=escape(report.title),
            published=report.published.isoformat(),
            modified=(report.modified or report.published).isoformat(),
            url=self.url(report),
            body="".join(f"<p>{escape(text)}</p>" for text in report.paragraphs),
            more=self.tags.get(query, ""),
        )

    def receive(self, headers: Any, body: bytes) -> bool:
        """Takes a delivery whose signature is right, as Standard Webhooks say."""
        name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        key = b64decode(self.secret.removeprefix("whsec_"))
        made = b64encode(hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
        if not self.secret or not hmac.compare_digest(headers.get("webhook-signature", ""), f"v1,{made}"):
            self.forged += 1
            return False
        data = json.loads(body)["data"]
        if "challenge" not in data:
            self.told.append(data)
        return True


@contextmanager
def serve_outlets(outlets: Outlets) -> Iterator[Outlets]:
    """Serves them on 127.0.0.1 until the block ends: FOLDER/feed, FOLDER/NAME, and POST /hook."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            report = outlets.reports.get(path)
            if path.endswith("/feed"):
                self._reply(200, "application/rss+xml", outlets.feed(path.split("/")[1]).encode())
            elif report:
                self._reply(200, "text/html; charset=utf-8", outlets.page(report, query).encode())
            else:
                self._reply(404, "text/plain", b"not here")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = json.loads(body)["data"].get("challenge", "").encode()  # proves that the address wants to be told
            self._reply(200 if outlets.receive(self.headers, body) else 401, "text/plain", answer)

        def _reply(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        outlets.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield outlets
        finally:
            server.shutdown()
            thread.join()
