"""Web archives and WordPress exports: their articles, and what is passed over or damaged."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.raw import RawRecord, RejectedRecord
from ingest.records import to_articles
from ingest.sources.warc import read_web_archives
from ingest.sources.wordpress import read_wordpress_exports
from rag.errors import BadInput

PAGE = """<html lang="sr"><head><meta charset="windows-1250"><title>Most otvoren</title></head><body><article>
<h1>Most otvoren</h1><p>Most dug 300 metara otvoren je juče u Čačku posle dve godine radova na reci.</p>
<p>Gradonačelnik je rekao da će most skratiti put do škole za više od deset minuta.</p></article></body></html>"""


def warc(records: Sequence[tuple[str, str, dict[str, str], bytes]], *, packed: bool = True) -> bytes:
    """(record type, address, HTTP headers with `:status`, body)"""
    out = []
    for number, (kind, url, headers, body) in enumerate(records):
        first = "GET / HTTP/1.1" if kind == "request" else f"HTTP/1.1 {headers.get(':status', '200 OK')}"
        head = "\r\n".join([first, *(f"{k}: {v}" for k, v in headers.items() if k[0] != ":")]) + "\r\n\r\n"
        block = body if kind == "metadata" else head.encode() + body
        fields = {
            "WARC-Type": kind,
            "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
            "WARC-Date": "2026-11-25T10:00:00Z",
            "WARC-Target-URI": url,
            "Content-Type": "text/plain" if kind == "metadata" else f"application/http; msgtype={kind}",
            "Content-Length": str(len(block)),
        }
        named = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        record = b"WARC/1.1\r\n" + named.encode() + b"\r\n" + block + b"\r\n\r\n"
        out.append(gzip.compress(record) if packed else record)
    return b"".join(out)


HTML = {"Content-Type": "text/html"}
URL = "https://most.example/1"
RECORDS = [
    ("response", URL, HTML, PAGE.encode("cp1250")),
    ("response", "https://most.example/2", {**HTML, "Content-Encoding": "gzip"}, gzip.compress(PAGE.encode("cp1250"))),
    (
        "response",
        "https://most.example/3",
        {**HTML, "Transfer-Encoding": "chunked"},
        b"%x\r\n" % len(PAGE.encode("cp1250")) + PAGE.encode("cp1250") + b"\r\n0\r\n\r\n",
    ),
    ("response", "https://most.example/i.png", {"Content-Type": "image/png"}, b"\x89PNG"),
    ("response", "https://most.example/old", {**HTML, ":status": "301 Moved", "Location": "/1"}, b""),
    ("response", "https://most.example/gone", {**HTML, ":status": "404 Not Found"}, b"<p>no</p>"),
    ("request", URL, {"Host": "most.example"}, b""),
    ("metadata", URL, {}, b"x: y"),
    ("response", "https://most.example/empty", HTML, b""),
]


def read(path: Path) -> tuple[list[RawRecord], list[RejectedRecord], int]:
    found = list(read_web_archives([path], max_bytes=100_000))
    return (
        [r for r in found if isinstance(r, RawRecord)],
        [r for r in found if isinstance(r, RejectedRecord)],
        found.count(None),
    )


@pytest.mark.parametrize("packed", [True, False])
def test_the_pages_of_a_warc(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(warc(RECORDS, packed=packed))
    raws, rejected, skipped = read(path)
    assert [r.fields["url"][-2:] for r in raws] == ["/1", "/2", "/3"]
    for raw in raws:
        article = to_articles(raw, max_bytes=10**6)[0]
        assert "u Čačku" in article.text
        assert (article.outlet, article.title) == ("most.example", "Most otvoren")
    assert [r.reason for r in rejected] == ["The page is empty"]
    assert skipped == 5


def test_a_wacz(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/data.warc.gz", warc(RECORDS[:2]))
        package.writestr("pages/pages.jsonl", "{}")
    assert len(read(path)[0]) == 2
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme", "x")
    assert [r.reason for r in read(path)[1]] == ["package holds no web archive"]


def test_bombs_inside_end_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    body = gzip.compress(b"<p>" + b"a" * 30_000_000)
    path.write_bytes(warc([("response", URL, {**HTML, "Content-Encoding": "gzip"}, body), RECORDS[1]]))
    raws, rejected, _ = read(path)
    assert [r.reason for r in rejected] == ["The body is larger than 100000 bytes"]
    assert len(raws) == 1


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_warc_that_breaks_off(tmp_path: Path, cut: float) -> None:
    whole = warc([RECORDS[0]] * 6)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(whole[: int(len(whole) * cut)])
    raws, rejected, _ = read(path)
    assert len(raws) == int(6 * cut)
    assert [r.reason for r in rejected] == ["The record breaks off"]
    assert {r.size for r in raws} == {len(PAGE.encode("cp1250"))}


@pytest.mark.parametrize(
    "data", [b"", b"no archive at all\n" * 50, b"\x1f\x8b" + b"\x00" * 50, b"PK\x03\x04" + b"\x00" * 90]
)
def test_what_is_no_web_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    raws, rejected, _ = read(path)
    assert raws == []
    assert len(rejected) == (1 if data else 0)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_web_archives([tmp_path / "a.warc"], max_bytes=10)
    with pytest.raises(BadInput):
        read_wordpress_exports([tmp_path / "a.xml"])


SPACES = (
    'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:wp="http://wordpress.org/export/1.2/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def post(number: int, *, kind: str = "post", status: str = "publish", password: str = "") -> str:
    return f"""<item><title>Most {number} otvoren</title><link>https://most.example/{number}</link>
    <pubDate>Tue, 24 Nov 2026 08:00:00 +0000</pubDate><dc:creator><![CDATA[ana]]></dc:creator>
    <content:encoded><![CDATA[<p>Most broj {number} otvoren je juče u Čačku.</p><p>Radovi su trajali dve godine.</p>]]>
    </content:encoded><excerpt:encoded><![CDATA[kratko]]></excerpt:encoded>
    <wp:post_date_gmt>2026-11-24 08:00:00</wp:post_date_gmt>
    <wp:post_modified_gmt>2026-11-25 09:00:00</wp:post_modified_gmt>
    <wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status><wp:post_password>{password}</wp:post_password>
    <category domain="post_tag" nicename="m">most</category><category domain="category" nicename="p">Putevi</category>
    </item>"""


def export(*items: str) -> str:
    name = "<wp:author_login>ana</wp:author_login><wp:author_display_name>Ana Kovač</wp:author_display_name>"
    inner = f"<title>Most Daily</title><wp:author>{name}</wp:author>{''.join(items)}"
    return f'<?xml version="1.0"?><rss version="2.0" {SPACES}><channel>{inner}</channel></rss>'


@pytest.mark.parametrize("packed", [True, False])
def test_the_posts_of_an_export(tmp_path: Path, packed: bool) -> None:
    text = export(
        post(1),
        post(2, kind="page"),
        post(3, status="draft"),
        post(4, kind="attachment"),
        post(5, password="x"),
        post(6),
    ).encode()
    path = tmp_path / "export.xml"
    path.write_bytes(gzip.compress(text) if packed else text)
    found = list(read_wordpress_exports([path]))
    raws = [r for r in found if isinstance(r, RawRecord)]
    assert [r.reason for r in found if isinstance(r, RejectedRecord)] == ["post has a password"]
    assert found.count(None) == 3
    articles = [to_articles(raw, max_bytes=10**6)[0] for raw in raws]
    assert [a.url for a in articles] == ["https://most.example/1", "https://most.example/6"]
    first = articles[0]
    assert (first.title, first.outlet, first.authors, first.section) == (
        "Most 1 otvoren",
        "Most Daily",
        ("Ana Kovač",),
        "Putevi",
    )
    assert first.text == "Most broj 1 otvoren je juče u Čačku.\nRadovi su trajali dve godine."
    assert str(first.published) == "2026-11-24 08:00:00+00:00"
    assert str(first.modified) == "2026-11-25 09:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "reason", "taken"),
    [
        (export(post(1), post(2))[:-300], "export breaks off or is no XML", 1),
        ("no xml", "export breaks off or is no XML", 0),
        ("<html/>", "file is no WordPress export", 0),
        ('<!DOCTYPE r [<!ENTITY a "x">]>' + export(post(1))[21:], "file declares XML entities, which are not read", 0),
    ],
)
def test_exports_that_are_damaged(tmp_path: Path, text: str, reason: str, taken: int) -> None:
    path = tmp_path / "export.xml"
    path.write_text(text, encoding="utf-8")
    found = list(read_wordpress_exports([path]))
    assert [r.reason for r in found if isinstance(r, RejectedRecord)] == [reason]
    assert len([r for r in found if isinstance(r, RawRecord)]) == taken
