"""Feeds of every make end in entries or in a clear refusal, soon."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from ingest.fetch.outcomes import FetchRefused, FetchReply
from ingest.raw import Place, RawRecord
from ingest.records import to_articles
from ingest.sources.feeds import MAX_ITEMS, MAX_TAGS, Feed
from ingest.sources.live import Listing, plausible_date
from rag.errors import BadInput

SHARED = Path(__file__).parents[4] / "shared/data/feeds"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://most.example/feed"


def read(body: str | bytes, *, whole: bool = False, kind: str = "application/rss+xml") -> Listing:
    data = body.encode() if isinstance(body, str) else body
    return Feed(URL, whole=whole).read(FetchReply(URL, 200, {"content-type": kind}, data), SINCE)


def rss(items: str, head: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Most</title>{head}{items}</channel></rss>'


def item(link: str = "https://most.example/1", title: str = "Most otvoren", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def test_an_rss_item() -> None:
    more = "<pubDate>Wed, 25 Nov 2026 10:00:00 +0100</pubDate><guid>abc</guid>"
    (entry,) = read(rss(item(more=more))).entries
    assert entry.url == "https://most.example/1"
    assert entry.published == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert entry.record is None


def test_an_atom_entry_with_its_text() -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom"><title>M</title><entry>
    <title>Most &lt;b&gt;otvoren&lt;/b&gt;</title>
    <link rel="alternate" href="/2"/><id>tag:x</id><published>2026-11-25T10:00:00Z</published>
    <updated>2026-11-25T11:00:00Z</updated><author><name>Ana Kovač</name></author><category term="Vesti"/>
    <content type="html">&lt;p&gt;Most je otvoren.&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;</content>
    </entry></feed>"""
    (entry,) = read(feed, whole=True).entries
    assert entry.url == "https://most.example/2"
    assert entry.record is not None
    record = dict(entry.record)
    assert "script" not in record.pop("html")
    assert record == {
        "title": "Most otvoren",
        "url": "https://most.example/2",
        "published": "2026-11-25T10:00:00+00:00",
        "modified": "2026-11-25T11:00:00+00:00",
        "authors": ["Ana Kovač"],
        "section": "Vesti",
    }


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html><body><p>Moved</p></body></html>", "text/html"),
        ("", "application/rss+xml"),
        ("{}", "application/json"),
        (b"\x00\x01\x02\xff" * 100, "application/octet-stream"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "image/png"),
        ("User-agent: *", "text/plain"),
        ("http://127.0.0.1:1/feed", "text/plain"),  # an address is not fetched by the parser
        ("/etc/passwd", "text/plain"),
    ],
)
def test_what_is_no_feed_is_refused(body: str | bytes, kind: str) -> None:
    with pytest.raises(FetchRefused) as caught:
        read(body, kind=kind)
    assert caught.value.reason == "not-a-feed"


def test_a_feed_without_entries_lists_nothing() -> None:
    assert read(rss("")).entries == ()


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the parser is handed, instead of parsing it."""
    bodies: list[bytes] = []

    def parse(body: io.BytesIO, *, response_headers: dict[str, str]) -> feedparser.FeedParserDict:
        bodies.append(body.getvalue())
        return feedparser.util.FeedParserDict(entries=[], version="rss20", feed={})

    monkeypatch.setattr(feedparser, "parse", parse)
    return bodies


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be"])
def test_nested_entities_do_not_grow(charset: str, handed: list[bytes]) -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{lol}]>' + rss(item(title="&l9;"))[21:]
    read(bomb.encode(charset))
    assert [body.decode(charset) for body in handed] == [
        f'<?xml version="1.0"?><!DOCTYPE r []>{rss(item(title="&l9;"))[21:]}'
    ]


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    doctype = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]>'
    for entry in read(doctype + rss(item(title="&x;"))[21:], whole=True).entries:
        assert "s3cret" not in json.dumps(dict(entry.record or {}))


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 01 Jan 2099 00:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("20 Nov 2026 08:00 +0200", datetime(2026, 11, 20, 6, tzinfo=UTC)),
    ],
)
def test_dates_that_no_article_has_are_left_out(written: str, published: datetime | None) -> None:
    (entry,) = read(rss(item(more=f"<pubDate>{written}</pubDate>")), whole=True).entries
    assert entry.published == published
    assert entry.record is not None and ("published" in entry.record) == (published is not None)


def test_sane_moments() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    assert plausible_date(datetime(1989, 12, 31, tzinfo=UTC), now=now) is None
    assert plausible_date(datetime(2026, 11, 27, tzinfo=UTC), now=now) is None
    assert plausible_date(datetime(2026, 11, 25, 20, tzinfo=UTC), now=now) is not None
    assert plausible_date(None) is None


def test_repeated_guids_and_links() -> None:
    same = "<guid>same</guid>"
    listing = read(rss("".join(item(f"https://most.example/{n}", more=same) for n in (1, 2, 3, 3))))
    assert [e.url[-1] for e in listing.entries] == ["1", "2", "3"]


def test_a_changed_guid_is_no_change_and_changed_words_are() -> None:
    def signal(**changed: str) -> str:
        fields = {"title": "Most", "more": "<guid>1</guid><description>Dug</description>", **changed}
        return read(rss(item(**fields))).entries[0].signal

    assert signal() == signal(more="<guid>2026-11-26</guid><description>Dug</description>")
    assert signal() != signal(title="Most: ispravka")
    assert signal() != signal(more="<guid>1</guid><description>Kratak</description>")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "ftp://most.example/1", "", "mailto:a@b.c"]
)
def test_links_that_are_no_web_addresses(link: str) -> None:
    listing = read(rss(item(link=link)))
    assert listing.entries == ()
    assert [r.reason for r in listing.rejected] == ["entry has no address"]


def test_a_guid_that_is_an_address_stands_in() -> None:
    (entry,) = read(rss("<item><title>A</title><guid>https://most.example/9</guid></item>")).entries
    assert entry.url == "https://most.example/9"


@pytest.mark.parametrize(
    ("head", "ttl_s"),
    [
        ("<ttl>30</ttl>", 1800.0),
        ("<ttl>0</ttl>", None),
        ("<ttl>often</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("", None),
        (
            '<x:updatePeriod xmlns:x="http://purl.org/rss/1.0/modules/syndication/">hourly</x:updatePeriod>'
            '<x:updateFrequency xmlns:x="http://purl.org/rss/1.0/modules/syndication/">2</x:updateFrequency>',
            1800.0,
        ),
    ],
)
def test_how_long_a_feed_says_that_it_stays(head: str, ttl_s: float | None) -> None:
    assert read(rss(item(), head)).ttl_s == ttl_s


@pytest.mark.parametrize("charset", ["utf-8", "windows-1250", "utf-16"])
def test_character_sets(charset: str) -> None:
    body = rss(item(title="Šuma u Čačku")).replace('version="1.0"', f'version="1.0" encoding="{charset}"', 1)
    (entry,) = read(body.encode(charset), whole=True).entries
    assert entry.record is not None and entry.record["title"] == "Šuma u Čačku"


def test_a_long_feed_is_cut() -> None:
    listing = read(rss("".join(item(f"https://most.example/{n}") for n in range(3000))))
    assert len(listing.entries) == 500


@pytest.mark.data
@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there: no feed that broke a reader is tried")
def test_feeds_that_broke_other_readers() -> None:
    """Every one ends in articles, in records rejected with a reason, in no entry, or in a refusal; each in a second.

    One of 165 kB with 24,000 styles to clean needs most of that.
    """
    outcomes: dict[str, int] = {}
    slowest = 0.0
    lines = (SHARED / "feedparser_fixtures.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        body = (SHARED / json.loads(line)["path"]).read_bytes()
        started = time.thread_time()
        outcome = ending(body)
        slowest = max(slowest, time.thread_time() - started)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert len(lines) == sum(outcomes.values()) == 1851
    assert set(outcomes) == {"articles", "rejected", "no entry", "not a feed"}
    assert slowest < 1


def ending(body: bytes) -> str:
    try:
        listing = read(body, whole=True, kind="application/xml")
    except FetchRefused as error:
        assert error.reason == "not-a-feed"
        return "not a feed"
    taken = 0
    for entry in listing.entries:
        assert entry.url.startswith(("http://", "https://"))
        try:
            article = to_articles(RawRecord(dict(entry.record or {}), Place(entry.url)), max_bytes=10**7)[0]
        except BadInput as error:
            assert error.message
            continue
        assert "<script" not in article.text and article.title
        taken += 1
    if taken:
        return "articles"
    return "rejected" if listing.entries or listing.rejected else "no entry"


def test_a_feed_of_nothing_but_items_is_cut(handed: list[bytes]) -> None:
    read(rss(item() + "<item/>" * 170_000))  # 6.9 s of CPU without a bound
    assert handed[0].count(b"<item") == MAX_ITEMS
    assert b"https://most.example/1" in handed[0]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss version='2.0'><channel><item>" + b"<a/>" * 300_000,
        b"<rss version='2.0'>" + b"<a>" * 400_000,
        b"<rss version='2.0'><channel><item><description>" + b"<div>" * 200_000,
        b"<rss version='2.0'><channel><item " + b" ".join(b"a%d='1'" % i for i in range(100_000)) + b"/>",
    ],
    ids=["elements in an item", "elements in elements", "markup", "attributes"],
)
def test_a_feed_of_nothing_but_markup_is_cut(body: bytes, handed: list[bytes]) -> None:
    read(body)  # 11 s to minutes of CPU without a bound
    assert handed[0].count(b"<") <= MAX_TAGS
    assert b"a200=" not in handed[0]
