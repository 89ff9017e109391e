"""A made-up outlet: feed, sitemaps, WordPress interface and pages in six languages and five character sets.

`python tests/ingest/outlet_site.py --port 8899 --every 10` serves it on 127.0.0.1 and publishes an article every ten
seconds. `/_do/correct/N`, `/_do/retract/N` (410), `/_do/remove/N` (404), `/_do/publish` change it, `/_do/list` tells
what there is. Everything in it is invented by us: towns are real, events are not.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# Language, character set, what the head declares; a headline, sentences, a note of correction. {t} town, {n} a number.
LANGUAGES = {
    "sr-Latn": ("windows-1250", "windows-1250"),
    "mk": ("windows-1251", "windows-1251"),
    "el": ("windows-1253", "iso-8859-7"),  # wrongly declared
    "tr": ("windows-1254", "iso-8859-9"),
    "sq": ("utf-8", "utf-8"),
    "en": ("utf-8", ""),  # declared in the header only
}
WORDS = {
    "sr-Latn": (
        "U mestu {t} otvoren most dug {n} metara",
        "Most dug {n} metara otvoren je juče u mestu {t} posle dve godine radova.",
        "Gradonačelnik mesta {t} rekao je da je izgradnja koštala {m} miliona evra i da će most skratiti put do škole.",
        "Građani su čekali na otvaranje uprkos kiši, a saobraćaj je pušten oko podneva.",
        "Ispravka: u ranijoj verziji teksta naveden je pogrešan iznos.",
    ),
    "mk": (
        "Во {t} отворен мост долг {n} метри",
        "Мостот долг {n} метри беше отворен вчера во {t} по две години градба.",
        "Градоначалникот на {t} рече дека изградбата чинела {m} милиони евра и дека мостот ќе го скрати патот.",
        "Граѓаните го чекаа отворањето и покрај дождот, а сообраќајот е пуштен напладне.",
        "Исправка: во претходната верзија на текстот беше наведен погрешен износ.",
    ),
    "el": (
        "Εγκαινιάστηκε γέφυρα μήκους {n} μέτρων στην πόλη {t}",
        "Η γέφυρα μήκους {n} μέτρων εγκαινιάστηκε χθες στην πόλη {t} μετά από δύο χρόνια έργων.",
        "Ο δήμαρχος της πόλης {t} είπε ότι η κατασκευή κόστισε {m} εκατομμύρια ευρώ και ότι η διαδρομή θα μικρύνει.",
        "Οι πολίτες περίμεναν τα εγκαίνια παρά τη βροχή και η κυκλοφορία άνοιξε το μεσημέρι.",
        "Διόρθωση: σε προηγούμενη εκδοχή του κειμένου αναφερόταν λάθος ποσό.",
    ),
    "tr": (
        "{t} kentinde {n} metrelik köprü açıldı",
        "{n} metre uzunluğundaki köprü iki yıllık çalışmanın ardından dün {t} kentinde açıldı.",
        "{t} belediye başkanı inşaatın {m} milyon avroya mal olduğunu ve köprünün yolu kısaltacağını söyledi.",
        "Vatandaşlar yağmura rağmen açılışı bekledi, trafik öğle saatlerinde verildi.",
        "Düzeltme: Metnin önceki halinde yanlış bir tutar yer alıyordu.",
    ),
    "sq": (
        "Në {t} u hap ura e gjatë {n} metra",
        "Ura e gjatë {n} metra u hap dje në {t} pas dy vitesh punimesh.",
        "Kryetari i bashkisë në {t} tha se ndërtimi kushtoi {m} milionë euro dhe se ura do ta shkurtojë rrugën.",
        "Qytetarët e pritën hapjen megjithë shiun dhe trafiku u lejua rreth mesditës.",
        "Saktësim: në versionin e mëparshëm të tekstit ishte dhënë një shumë e gabuar.",
    ),
    "en": (
        "Bridge of {n} metres opened in {t}",
        "The bridge, {n} metres long, was opened yesterday in {t} after two years of work.",
        "The mayor of {t} said that building it had cost {m} million euros and that it will shorten the way to school.",
        "Citizens waited for the opening despite the rain, and traffic was let through around noon.",
        "Correction: an earlier version of this article gave a wrong sum.",
    ),
}
TOWNS = {
    "sr-Latn": "Čačak Šabac Žabalj Ćuprija Kraljevo Užice Pirot Vranje Zaječar Kikinda",
    "mk": "Битола Охрид Прилеп Струмица Велес Штип Кичево Ѓорче Гевгелија Кавадарци",
    "el": "Βόλος Καβάλα Λάρισα Πάτρα Ιωάννινα Δράμα Κοζάνη Τρίκαλα Ξάνθη Κέρκυρα",
    "tr": "Edirne Bursa Çorlu Şarköy İznik Uşak Muğla Aydın Kütahya Çanakkale",
    "sq": "Elbasan Korçë Vlorë Shkodër Lezhë Gjakovë Prizren Pejë Durrës Berat",
    "en": "Mostar Split Varna Skopje Tirana Novi-Sad Pristina Ruse Zadar Kotor",
}
PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head>{charset}<title>{title} | Most Daily</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="Most Daily">
<meta property="article:published_time" content="{published}">
<meta property="article:modified_time" content="{modified}">{extra}
<link rel="canonical" href="{url}"></head>
<body><header><nav><a href="/">Most Daily</a> <a href="/feed">RSS</a></nav></header>
<main><article><h1>{title}</h1><p class="byline">Desk</p>{body}</article></main>
<footer><p>Most Daily is made up.</p></footer></body></html>"""
ITEM = """<item><title>{title}</title><link>{url}</link><guid isPermaLink="false">{guid}</guid>
<pubDate>{date}</pubDate><description>{lead}</description></item>"""


@dataclass(frozen=True)
class Story:
    """One article: its number makes its language, town and figures."""

    number: int
    published: datetime
    modified: datetime
    corrected: bool = False
    status: int = 200

    @property
    def language(self) -> str:
        return list(LANGUAGES)[self.number % len(LANGUAGES)]

    @property
    def town(self) -> str:
        return TOWNS[self.language].split()[self.number // len(LANGUAGES) % 10]

    @property
    def sentences(self) -> list[str]:
        # 101 and 7 apart, so that no two stories share their figures
        figures = {"t": self.town, "n": 1000 + 7 * self.number, "m": 11 + self.number + 500 * self.corrected}
        texts = [text.format(**figures) for text in WORDS[self.language]]
        return texts if self.corrected else texts[:-1]

    @property
    def path(self) -> str:
        return f"/{self.published:%Y/%m}/most-{self.number}/"


@dataclass
class Site:
    """What is published. Thread-safe enough for a test: stories are replaced, never changed."""

    base: str = ""
    stories: dict[int, Story] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    headers: dict[str, str] = field(default_factory=dict)
    robots: str = "User-agent: *\nDisallow: /private/\n"
    tdmrep: object = None
    guid_salt: str = ""
    feed_length: int = 50

    def publish(self, count: int = 1, *, age: timedelta = timedelta()) -> list[Story]:
        """New stories, each a minute older than the one after it."""
        now = datetime.now(UTC).replace(microsecond=0) - age
        made = []
        for n in range(count):
            moment = now - timedelta(minutes=count - 1 - n)
            story = Story(len(self.stories), moment, moment)
            self.stories[story.number] = story
            made.append(story)
        return made

    def correct(self, number: int) -> Story:
        moment = max(datetime.now(UTC).replace(microsecond=0), self.stories[number].modified + timedelta(seconds=1))
        self.stories[number] = replace(self.stories[number], corrected=True, modified=moment)
        return self.stories[number]

    def withdraw(self, number: int, status: int) -> None:
        self.stories[number] = replace(self.stories[number], status=status)

    def url(self, story: Story) -> str:
        return self.base + story.path

    def newest(self) -> list[Story]:
        live = [s for s in self.stories.values() if s.status == 200]
        return sorted(live, key=lambda s: (s.published, s.number), reverse=True)

    def page(self, story: Story) -> tuple[bytes, str]:
        """The page's bytes and content type."""
        charset, declared = LANGUAGES[story.language]
        title, *rest = story.sentences
        html = PAGE.format(
            lang=story.language,
            charset=f'<meta charset="{declared}">' if declared else "",
            title=escape(title),
            published=story.published.isoformat(),
            modified=story.modified.isoformat(),
            extra="",
            url=self.url(story),
            body="".join(f"<p>{escape(text)}</p>" for text in rest),
        )
        return html.encode(charset), "text/html; charset=utf-8" if charset == "utf-8" else "text/html"

    def feed(self) -> bytes:
        items = "".join(
            ITEM.format(
                title=escape(s.sentences[0]),
                url=self.url(s),
                guid=f"{s.number}{self.guid_salt}",
                date=format_datetime(s.published),
                lead=escape(s.sentences[1] + (s.sentences[-1] if s.corrected else "")),
            )
            for s in self.newest()[: self.feed_length]
        )
        head = "<title>Most Daily</title><link>/</link><description>Made up</description><ttl>1</ttl>"
        return (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()
        )

    def sitemap_index(self) -> bytes:
        return _xml("sitemapindex", "sitemap", [f"<loc>{self.base}/sitemap-1.xml.gz</loc>"])

    def sitemap(self) -> bytes:
        urls = [f"<loc>{self.url(s)}</loc><lastmod>{s.modified.isoformat()}</lastmod>" for s in self.newest()]
        return gzip.compress(_xml("urlset", "url", urls), mtime=0)

    def posts(self, query: dict[str, list[str]]) -> tuple[bytes, int]:
        """As WordPress: changed after a moment, oldest change first, in pages."""
        after = datetime.fromisoformat(query.get("modified_after", ["1970-01-01T00:00:00Z"])[0])
        size, page = int(query.get("per_page", ["10"])[0]), int(query.get("page", ["1"])[0])
        found = sorted((s for s in self.newest() if s.modified > after), key=lambda s: (s.modified, s.number))
        pages = max(1, -(-len(found) // size))
        return json.dumps([self._post(s) for s in found[(page - 1) * size : page * size]]).encode(), pages

    def _post(self, story: Story) -> dict[str, object]:
        title, *rest = story.sentences
        return {
            "id": story.number,
            "date_gmt": story.published.strftime("%Y-%m-%dT%H:%M:%S"),
            "modified_gmt": story.modified.strftime("%Y-%m-%dT%H:%M:%S"),
            "link": self.url(story),
            "title": {"rendered": escape(title)},
            "content": {"rendered": "".join(f"<p>{escape(t)}</p>" for t in rest), "protected": False},
            "_embedded": {
                "author": [{"name": "Desk"}],
                "wp:term": [[{"taxonomy": "category", "name": "Bridges &amp; roads"}]],
            },
        }

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes, str, dict[str, str]]:
        """Status, body, content type and further headers of a GET."""
        if path == "/robots.txt":
            return 200, self.robots.encode(), "text/plain", {}
        if path == "/.well-known/tdmrep.json" and self.tdmrep is not None:
            return 200, json.dumps(self.tdmrep).encode(), "application/json", {}
        if path == "/feed":
            return 200, self.feed(), "application/rss+xml", {}
        if path == "/sitemap.xml":
            return 200, self.sitemap_index(), "application/xml", {}
        if path == "/sitemap-1.xml.gz":
            return 200, self.sitemap(), "application/gzip", {}
        if path == "/wp-json/wp/v2/posts":
            body, pages = self.posts(query)
            return 200, body, "application/json", {"X-WP-TotalPages": str(pages), "X-Robots-Tag": "noindex"}
        if path.startswith("/_do/"):
            return 200, self.do(path[5:]), "application/json", {}
        story = next((s for s in self.stories.values() if s.path == path), None)
        if story is None or story.status != 200:
            return (story.status if story else 404), b"<p>not here</p>", "text/html", {}
        body, kind = self.page(story)
        return 200, body, kind, dict(self.headers)

    def do(self, command: str) -> bytes:
        """What a person at the browser may change."""
        name, _, number = command.partition("/")
        if name == "publish":
            self.publish(int(number or 1))
        elif name == "correct":
            self.correct(int(number))
        elif name in ("retract", "remove"):
            self.withdraw(int(number), 410 if name == "retract" else 404)
        newest = self.newest()[:10]
        return json.dumps(
            [[s.number, s.language, s.sentences[0], self.url(s)] for s in newest], ensure_ascii=False
        ).encode()


def _xml(root: str, element: str, bodies: list[str]) -> bytes:
    inner = "".join(f"<{element}>{body}</{element}>" for body in bodies)
    return f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</{root}>'.encode()


@contextmanager
def serve(site: Site, port: int = 0) -> Iterator[Site]:
    """Serve the site on 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, body, kind, more = site.answer(parts.path, parse_qs(parts.query))
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            site.requests[f"{status} {parts.path}"] += 1
            self.send_response(status)
            for name, value in {"Content-Type": kind, "ETag": etag, "Content-Length": str(len(body)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients are killed in some tests."""

    with Server(("127.0.0.1", port), Handler) as server:
        site.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8899)
    parser.add_argument("--stories", type=int, default=300)
    parser.add_argument("--every", type=float, default=0.0, help="seconds between two new stories; 0: none by itself")
    given = parser.parse_args()
    site = Site()
    site.publish(given.stories, age=timedelta(minutes=10))
    with serve(site, given.port):
        print(f"{site.base}/feed, {site.base}/sitemap.xml, WordPress at {site.base}", flush=True)  # noqa: T201
        while True:
            time.sleep(given.every or 3600)
            if given.every:
                site.publish()


if __name__ == "__main__":
    main()
