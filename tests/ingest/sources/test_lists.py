"""Sitemaps, lists of addresses and WordPress' interface: what they list, what they refuse, how they go on."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.fetch.outcomes import FetchRefused, FetchReply
from ingest.sources.addresses import AddressList
from ingest.sources.live import Listing
from ingest.sources.sitemaps import Sitemap
from ingest.sources.wordpress import OVERLAP, WordPress

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
URL = "https://most.example/sitemap.xml"
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(body: str | bytes) -> Listing:
    data = body.encode() if isinstance(body, str) else body
    return Sitemap(URL).read(FetchReply(URL, 200, {}, data), SINCE)


def test_a_sitemap_newest_first_without_what_is_too_old() -> None:
    listing = sitemap(
        f"""<?xml version="1.0"?><urlset {SPACE}>
        <url><loc>https://most.example/undated</loc></url>
        <url><loc> https://most.example/a </loc><lastmod>2026-11-02</lastmod></url>
        <url><loc>https://most.example/old</loc><lastmod>2026-10-02</lastmod></url>
        <url><loc>/b</loc><lastmod>2026-11-20T10:00:00+01:00</lastmod></url>
        <url><lastmod>2026-11-20</lastmod></url></urlset>"""
    )
    assert [e.url for e in listing.entries] == [
        "https://most.example/b",
        "https://most.example/a",
        "https://most.example/undated",
    ]
    assert listing.entries[0].signal == "2026-11-20T10:00:00+01:00"
    assert [r.reason for r in listing.rejected] == ["entry has no address"]


def test_a_news_sitemap() -> None:
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    image = "http://www.google.com/schemas/sitemap-image/1.1"
    (entry,) = sitemap(
        f"""<urlset {SPACE} xmlns:news="{news}" xmlns:image="{image}"><url><loc>https://most.example/n</loc>
        <image:image><image:loc>https://most.example/i.jpg</image:loc></image:image>
        <news:news><news:publication><news:name>M</news:name><news:language>sr</news:language></news:publication>
        <news:publication_date>2026-11-24T08:00:00Z</news:publication_date><news:title>Most</news:title></news:news>
        </url></urlset>"""
    ).entries
    assert entry.url == "https://most.example/n"
    assert entry.published == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_an_index_names_the_sitemaps_that_are_not_too_old() -> None:
    listing = sitemap(
        f"""<sitemapindex {SPACE}><sitemap><loc>https://most.example/s1.xml</loc></sitemap>
        <sitemap><loc>https://most.example/s0.xml</loc><lastmod>2020-01-01</lastmod></sitemap></sitemapindex>"""
    )
    assert listing.lists == ("https://most.example/s1.xml",)
    assert listing.entries == ()


def test_gzipped_and_bombs() -> None:
    body = f"<urlset {SPACE}><url><loc>https://most.example/z</loc></url></urlset>".encode()
    assert len(sitemap(gzip.compress(body)).entries) == 1
    with pytest.raises(FetchRefused) as caught:
        sitemap(gzip.compress(b" " * 150_000_000))
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html><body>No</body></html>", "not-a-sitemap"),
        ("", "not-a-sitemap"),
        ("plain words", "not-a-sitemap"),
        (f'<!DOCTYPE u [<!ENTITY a "x">]><urlset {SPACE}><url><loc>&a;</loc></url></urlset>', "xml-entities"),
        (f'<!DOCTYPE u [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset {SPACE}/>', "xml-entities"),
    ],
)
def test_what_is_no_sitemap_is_refused(body: str, reason: str) -> None:
    with pytest.raises(FetchRefused) as caught:
        sitemap(body)
    assert caught.value.reason == reason


def test_what_stood_before_a_break_is_read() -> None:
    listing = sitemap(f"<urlset {SPACE}><url><loc>https://most.example/a</loc></url><url><loc>https://mo")
    assert [e.url for e in listing.entries] == ["https://most.example/a"]
    assert [r.reason for r in listing.rejected] == ["sitemap breaks off"]


def test_a_list_of_addresses() -> None:
    body = b"\xef\xbb\xbf# ours\nhttps://most.example/a\r\n\nhttps://most.example/a\nftp://x\nhttp://most.example/b\n"
    listing = AddressList(URL).read(FetchReply(URL, 200, {}, body), SINCE)
    assert [e.url for e in listing.entries] == ["https://most.example/a", "http://most.example/b"]
    with pytest.raises(FetchRefused):
        AddressList(URL).read(FetchReply(URL, 200, {}, b"nothing"), SINCE)


POST: dict[str, Any] = {
    "link": "https://most.example/p",
    "date_gmt": "2026-11-24T08:00:00",
    "modified_gmt": "2026-11-24T09:30:00",
    "title": {"rendered": "Most &#8220;nov&#8221; <em>otvoren</em>"},
    "content": {"rendered": "<p>Most je otvoren.</p>", "protected": False},
    "_embedded": {
        "author": [{"name": "Ana Kovač"}, {"code": "rest_user_invalid_id"}],
        "wp:term": [[{"taxonomy": "post_tag", "name": "most"}], [{"taxonomy": "category", "name": "Putevi"}], None],
    },
}


def posts(found: object, address: str = "", **headers: str) -> Listing:
    site = WordPress("https://most.example")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = FetchReply(address or site.address("", SINCE), 200, named, json.dumps(found).encode())
    return site.read(reply, SINCE)


def test_a_post() -> None:
    listing = posts([POST])
    (entry,) = listing.entries
    assert (entry.url, entry.signal) == ("https://most.example/p", "2026-11-24T09:30:00")
    assert dict(entry.record or {}) == {
        "title": "Most “nov” otvoren",
        "html": "<p>Most je otvoren.</p>",
        "url": "https://most.example/p",
        "published": "2026-11-24T08:00:00+00:00",
        "modified": "2026-11-24T09:30:00+00:00",
        "authors": ["Ana Kovač"],
        "section": "Putevi",
    }
    assert listing.mark == "2026-11-24T09:30:00+00:00"


def test_what_is_asked_first_and_after_a_mark() -> None:
    def after(address: str) -> datetime:
        return datetime.fromisoformat(parse_qs(urlsplit(address).query)["modified_after"][0])

    site = WordPress("https://most.example/sr/")
    assert site.address("", SINCE).startswith("https://most.example/sr/wp-json/wp/v2/posts?")
    assert after(site.address("", SINCE)) == SINCE - OVERLAP
    assert (
        after(site.address("2026-11-24T09:30:00+00:00", SINCE)) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC) - OVERLAP
    )
    assert OVERLAP >= timedelta(hours=3)  # the region's summer time, for sites that compare with local time
    plain = WordPress("https://most.example/?rest_route=/wp/v2/posts")
    assert plain.address("", SINCE).startswith("https://most.example/?rest_route=/wp/v2/posts&per_page=")


def test_pages_follow_as_long_as_the_server_says() -> None:
    first = posts([POST], x_wp_totalpages="3")
    second = first.more
    assert parse_qs(urlsplit(second).query)["page"] == ["2"]
    assert posts([POST], f"{second}", x_wp_totalpages="2").more == ""
    assert posts([POST], x_wp_totalpages="many").more == ""
    assert posts([POST]).more == ""


@pytest.mark.parametrize(
    "damage",
    [
        {"link": None},
        {"link": "javascript:alert(1)"},
        {"title": "no object"},
        {"content": None},
        {"date_gmt": None, "modified_gmt": None, "title": None},
        {"modified_gmt": []},
    ],
)
def test_a_damaged_post_does_not_end_the_list(damage: dict[str, Any]) -> None:
    listing = posts([{**POST, **damage}, POST])
    assert [e.url for e in listing.entries][-1:] == ["https://most.example/p"]
    assert len(listing.entries) + len(listing.rejected) == 2


@pytest.mark.parametrize("post", [None, 7, "x", [], {}])
def test_what_is_no_post(post: object) -> None:
    listing = posts([post, POST])
    assert (len(listing.entries), len(listing.rejected)) == (1, 1)


def test_protected_posts_and_odd_dates() -> None:
    listing = posts([{**POST, "content": {"rendered": "", "protected": True}}])
    assert [r.reason for r in listing.rejected] == ["post has a password"]
    (entry,) = posts([{**POST, "date_gmt": "1970-01-01T00:00:00"}]).entries
    assert entry.published is None and "published" not in dict(entry.record or {})
    assert posts([{**POST, "_embedded": "none"}]).entries


@pytest.mark.parametrize("found", [{"code": "rest_no_route", "message": "No route"}, "x", None, 5])
def test_a_site_that_is_no_wordpress(found: object) -> None:
    with pytest.raises(FetchRefused) as caught:
        posts(found)
    assert caught.value.reason == "not-wordpress"
    with pytest.raises(FetchRefused):
        WordPress(URL).read(FetchReply(URL, 200, {}, b"<html>"), SINCE)


def test_elements_in_elements_are_refused_at_once() -> None:
    with pytest.raises(FetchRefused, match="no sitemap"):
        sitemap(f"<urlset {SPACE}>{'<url>' * 200_000}")


@pytest.mark.parametrize("begun", ["", "<url>"])
def test_elements_that_are_no_entries_are_refused_soon(begun: str) -> None:
    with pytest.raises(FetchRefused, match="no sitemap") as told:
        sitemap(f"<urlset {SPACE}>{begun}{'<a/>' * 6_000}")
    assert "too many elements" in str(told.value.hint)
