"""Fetching is polite, keeps to its limits, and tells what a server did, against a server that does all of it."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest
from faulty_server import Faulty, broken_off, dripping_head, endless, raw, redirect, send, silent

from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused
from ingest.fetch.replies import is_captcha_page, retry_after
from ingest.fetch.reservations import parse_robots

Make = Callable[..., Fetcher]
PAGE = "<html><body><p>Most</p></body></html>"


def reason(fetcher: Fetcher, url: str, kind: str = "page") -> str:
    with pytest.raises((FetchRefused, FetchFailed)) as caught:
        fetcher.get(url, kind)  # type: ignore[arg-type]
    return caught.value.reason


def test_who_asks_is_said_and_nothing_is_remembered(faulty: Faulty, fetcher: Make) -> None:
    url = faulty.on("/a", send(PAGE, Set_Cookie="id=7"))
    asked = fetcher()
    asked.get(url, "page")
    asked.get(url, "page")
    first, second = faulty.seen["/a"]
    assert first["user-agent"].startswith("Telal/") and "desk@most.example" in first["user-agent"]
    assert "cookie" not in second and "authorization" not in second


def test_robots_rules_for_us_and_for_all(faulty: Faulty, fetcher: Make) -> None:
    text = "User-agent: OtherBot\nDisallow: /\n\nUser-agent: *\nDisallow: /closed/\nAllow: /closed/open\n"
    faulty.on("/robots.txt", send(text, kind="text/plain"))
    for path in ("/a", "/closed/b", "/closed/open"):
        faulty.on(path, send(PAGE))
    asked = fetcher()
    assert asked.get(faulty.base + "/a", "page").status == 200
    assert asked.get(faulty.base + "/closed/open", "page").status == 200
    assert reason(asked, faulty.base + "/closed/b") == "robots"
    assert faulty.requests["/robots.txt"] == 1
    assert faulty.requests["/closed/b"] == 0
    with pytest.raises(FetchRefused):
        asked.check_permission(faulty.base + "/closed/b")


@pytest.mark.parametrize(("status", "expected"), [(404, None), (403, None), (503, "robots-unreachable")])
def test_robots_that_cannot_be_had(faulty: Faulty, fetcher: Make, status: int, expected: str | None) -> None:
    """RFC 9309: without rules everything is allowed; while the server fails, nothing is."""
    faulty.on("/robots.txt", send(status=status))
    url = faulty.on("/a", send(PAGE))
    if expected is None:
        assert fetcher().get(url, "page").status == 200
    else:
        assert reason(fetcher(), url) == expected
        assert faulty.requests["/a"] == 0


def test_crawl_delay_and_rules_made_to_hang() -> None:
    rules = parse_robots(
        b"\xef\xbb\xbfUser-agent: *\r\nCrawl-delay: 2\r\nDisallow: /" + b"*a" * 4000 + b"\r\nDisallow: /x\r\n"
    )
    started = time.monotonic()
    assert rules.can_fetch("http://a.example/" + "a" * 5000, "Telal")
    assert not rules.can_fetch("http://a.example/x1", "Telal")
    assert rules.crawl_delay("Telal") == 2
    assert time.monotonic() - started < 1


def test_a_host_is_asked_one_at_a_time_with_a_pause(faulty: Faulty, fetcher: Make) -> None:
    for n in range(4):
        faulty.on(f"/{n}", send(PAGE))
    faulty.on("/robots.txt", send("User-agent: *\nCrawl-delay: 0.2\n", kind="text/plain"))
    asked = fetcher(concurrency=8)
    threads = [threading.Thread(target=asked.get, args=(f"{faulty.base}/{n}", "page")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faulty.most_at_once == 1
    pages = faulty.times[-4:]
    assert min(b - a for a, b in zip(pages, pages[1:], strict=False)) > 0.18


def test_the_outlets_own_rate(faulty: Faulty, fetcher: Make) -> None:
    url = faulty.on("/a", send(PAGE))
    asked = fetcher(host_delay_s=30.0)
    for _ in range(2):
        asked.get(url, "page", delay_s=0.1)
    assert 0.09 < faulty.times[-1] - faulty.times[-2] < 5


def test_validators_are_sent_and_not_modified_is_told(faulty: Faulty, fetcher: Make) -> None:
    url = faulty.on("/a", send(status=304))
    reply = fetcher().get(url, "page", etag='"x1"', modified="Wed, 25 Nov 2026 10:00:00 GMT")
    assert reply.not_modified
    assert faulty.seen["/a"][0]["if-none-match"] == '"x1"'
    assert faulty.seen["/a"][0]["if-modified-since"] == "Wed, 25 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "password"),
        (403, "forbidden"),
        (404, "not-found"),
        (410, "gone"),
        (418, "status"),
        (429, "too-many-requests"),
        (451, "forbidden"),
        (500, "server-error"),
        (503, "server-error"),
        (599, "server-error"),
        (204, "status"),
    ],
)
def test_what_a_status_means(faulty: Faulty, fetcher: Make, status: int, expected: str) -> None:
    assert reason(fetcher(), faulty.on("/a", send(status=status))) == expected


def test_a_long_retry_after_ends_the_visit_and_holds_for_the_host(faulty: Faulty, fetcher: Make) -> None:
    url = faulty.on("/a", send(status=429, Retry_After="3600"))
    other = faulty.on("/b", send(PAGE))
    asked = fetcher()
    with pytest.raises(FetchFailed) as caught:
        asked.get(url, "page")
    assert caught.value.retry_after_s == 3600
    assert reason(asked, other) == "postponed"
    assert (faulty.requests["/a"], faulty.requests["/b"]) == (1, 0)


def test_retry_after_as_number_and_date() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert retry_after({"retry-after": "120"}, now=now) == 120
    assert retry_after({"retry-after": format_datetime(now + timedelta(minutes=2), usegmt=True)}, now=now) == 120
    assert retry_after({"retry-after": format_datetime(now - timedelta(days=2), usegmt=True)}, now=now) == 0
    assert retry_after({"retry-after": "999999999"}, now=now) == 86400
    assert [retry_after({"retry-after": v}) for v in ("", "soon", "-5", "1e9")] == [None] * 4


def test_redirects_are_followed_and_loops_end(faulty: Faulty, fetcher: Make) -> None:
    faulty.on("/new", send(PAGE))
    asked = fetcher()
    assert asked.get(faulty.on("/old", redirect("/new", 301)), "page").url == faulty.base + "/new"
    faulty.on("/x", redirect("/y"))
    faulty.on("/y", redirect("/x"))
    assert reason(asked, faulty.base + "/x") == "redirects"
    for n in range(9):
        faulty.on(f"/r{n}", redirect(f"/r{n + 1}"))
    assert reason(asked, faulty.base + "/r0") == "redirects"
    assert faulty.requests["/r6"] == 0
    assert reason(asked, faulty.on("/self", send(status=302))) == "redirects"


def test_robots_holds_for_where_a_redirect_leads(faulty: Faulty, fetcher: Make) -> None:
    faulty.on("/robots.txt", send("User-agent: *\nDisallow: /closed\n", kind="text/plain"))
    faulty.on("/closed", send(PAGE))
    assert reason(fetcher(), faulty.on("/a", redirect("/closed"))) == "robots"
    assert faulty.requests["/closed"] == 0


BOMB = b"0" * 30_000_000
PACKED = {
    "gzip": gzip.compress(BOMB),
    "deflate": zlib.compress(BOMB),
    "br": brotli.compress(BOMB, quality=2),
}


@pytest.mark.parametrize("encoding", PACKED)
def test_packed_bodies_are_unpacked_and_bombs_end_at_the_limit(faulty: Faulty, fetcher: Make, encoding: str) -> None:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
    asked = fetcher(page_max_bytes=1_000_000)
    good = faulty.on("/good", send(pack[encoding](PAGE.encode() * 1000), Content_Encoding=encoding))
    assert asked.get(good, "page").body == PAGE.encode() * 1000
    assert reason(asked, faulty.on("/bomb", send(PACKED[encoding], Content_Encoding=encoding))) == "too-large"
    cut = faulty.on("/cut", send(pack[encoding](PAGE.encode() * 50)[:-8], Content_Encoding=encoding))
    assert reason(asked, cut) == "broken-off"


def test_packing_that_is_not_read(faulty: Faulty, fetcher: Make) -> None:
    assert reason(fetcher(), faulty.on("/a", send(PAGE, Content_Encoding="compress"))) == "encoding"
    twice = gzip.compress(gzip.compress(PAGE.encode()))
    assert reason(fetcher(), faulty.on("/b", send(twice, Content_Encoding="gzip, gzip"))) == "encoding"


def test_bodies_larger_than_the_limit(faulty: Faulty, fetcher: Make) -> None:
    asked = fetcher(page_max_bytes=200_000)
    assert reason(asked, faulty.on("/a", send(b"a" * 300_000))) == "too-large"
    assert reason(asked, faulty.on("/b", endless(b"a" * 65536, faulty=faulty, kind="text/html"))) == "too-large"


@pytest.mark.parametrize("what", ["drip", "head", "silence"])
def test_slow_servers_end_at_the_deadline(faulty: Faulty, fetcher: Make, what: str) -> None:
    reply = {
        "drip": endless(b"a", faulty=faulty, pause_s=0.05, kind="text/html"),
        "head": dripping_head(faulty),
        "silence": silent(faulty),
    }[what]
    asked = fetcher(fetch_timeout_s=1.0)
    url = faulty.on("/a", reply)
    asked.get(faulty.on("/first", send(PAGE)), "page")
    started = time.monotonic()
    assert reason(asked, url) == "timeout"
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    "reply",
    [broken_off(b"<p>half", promised=5000), raw(b""), raw(b"SSH-2.0-OpenSSH_9.9\r\n"), raw(b"HTTP/1.1 abc\r\n\r\n")],
    ids=["half", "nothing", "another protocol", "no status"],
)
def test_servers_that_break_off(faulty: Faulty, fetcher: Make, reply: object) -> None:
    assert reason(fetcher(), faulty.on("/a", reply)) == "broken-off"  # type: ignore[arg-type]


def test_a_stop_ends_a_wait_at_once(faulty: Faulty, fetcher: Make) -> None:
    stop = threading.Event()
    asked = fetcher(stopped=stop.is_set, fetch_timeout_s=30.0)
    url = faulty.on("/a", silent(faulty))
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    assert reason(asked, url) == "stopped"
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("kind", ["image/jpeg", "application/pdf", "video/mp4", "application/json"])
def test_replies_of_another_type(faulty: Faulty, fetcher: Make, kind: str) -> None:
    assert reason(fetcher(), faulty.on("/a", send(b"x", kind=kind))) == "content-type"


def test_challenges_are_no_articles(faulty: Faulty, fetcher: Make) -> None:
    page = "<title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x.js'></script>"
    assert reason(fetcher(), faulty.on("/a", send(page))) == "captcha"
    assert reason(fetcher(), faulty.on("/b", send(page, status=403, cf_mitigated="challenge"))) == "captcha"
    article = "<title>Captchas are everywhere</title>" + "<p>g-recaptcha is what many sites use.</p>" * 6
    assert not is_captcha_page(article.encode())


def test_no_server_at_all(fetcher: Make) -> None:
    assert reason(fetcher(), "http://127.0.0.1:9/") == "robots-unreachable"
