"""WordPress exports: their posts, and what is passed over or damaged."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ingest.raw import RawRecord, RejectedRecord
from ingest.records import to_articles
from ingest.sources.wordpress import read_wordpress_exports
from rag.errors import BadInput

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


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_wordpress_exports([tmp_path / "a.xml"])
