"""More that a server may send, over HTTP and through a whole visit; the rest stands in test_faults.py."""

from __future__ import annotations

from typing import Any

import pytest
from faulty_server import Faulty, send
from outlet_site import Site
from test_faults import changed, pages
from test_watch import age
from test_watch import outlet as most_daily

from ingest.outlets import OutletConfig
from rag.types import ArticleStatus

PAGE = (
    "<html{lang}><head>{meta}<title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"
)
MOST = (
    "Gradonačelnik Čačka otvorio je juče most preko reke. Građani su čekali uprkos kiši, a saobraćaj je pušten.",
    "Gradnja je koštala pet miliona evra, kaže se u saopštenju, i trajala je više od dve godine zbog žalbi.",
)
THREE = (
    *MOST,
    "The mayor of Čačak opened a bridge yesterday. Citizens waited despite the rain.",
    "Ο δήμαρχος εγκαινίασε χθες μια γέφυρα στην πόλη.",
)


def outlet(faulty: Faulty, links: list[tuple[str, str]], *, head: str = "") -> OutletConfig:
    """An outlet whose feed lists (address, guid)."""
    items = "".join(
        f"<item><title>Vest {n}</title><link>{faulty.base}{link}</link>{f'<guid>{guid}</guid>' if guid else ''}</item>"
        for n, (link, guid) in enumerate(links)
    )
    body = f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
    return OutletConfig(name="Faulty", feeds=(faulty.on("/feed", send(body, kind="application/rss+xml")),))


def page(*paragraphs: str, lang: str = "", meta: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return PAGE.format(lang=lang, meta=meta, title="Most u Čačku", body=body)


def test_entities_within_entities(desk: Any, faulty: Faulty) -> None:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{nested}<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    faulty.on("/1", send(page(*MOST), kind="text/html; charset=utf-8"))
    source = outlet(faulty, [("/1", "&e11;&file;")], head=doctype)
    assert desk.run(source).stored == 1


def test_guids_that_repeat_and_none(desk: Any, faulty: Faulty) -> None:
    for n in (1, 2, 3):
        faulty.on(f"/{n}", send(page(*MOST, f"Most je dug {n}00 metara."), kind="text/html; charset=utf-8"))
    source = outlet(faulty, [("/1", "same"), ("/2", "same"), ("/3", ""), ("/1", "same"), ("/1", "other")])
    assert desk.run(source).stored == 3
    assert desk.run(source).stored == 0


def test_a_page_in_three_languages_is_taken_in_that_of_most_of_it(desk: Any, faulty: Faulty) -> None:
    faulty.on("/1", send(page(*THREE), kind="text/html; charset=utf-8"))
    assert desk.run(outlet(faulty, [("/1", "")])).stored == 1
    (article,) = desk.archive.articles()
    assert article.language == "sr-Latn"
    assert all(text in article.text for text in THREE)


@pytest.mark.parametrize(
    ("sent", "header", "meta"),
    [
        ("windows-1250", "", "utf-8"),
        ("windows-1250", "iso-8859-1", ""),
        ("windows-1250", "windows-1251", "windows-1251"),
        ("utf-8", "windows-1250", "windows-1250"),
        ("utf-8", "x-none", "x-none"),
    ],
)
def test_a_charset_that_lies(desk: Any, faulty: Faulty, sent: str, header: str, meta: str) -> None:
    declared = f'<meta charset="{meta}">' if meta else ""
    kind = f"text/html; charset={header}" if header else "text/html"
    faulty.on("/1", send(page(*MOST, lang=' lang="sr"', meta=declared).encode(sent), kind=kind))
    assert desk.run(outlet(faulty, [("/1", "")])).stored == 1
    (article,) = desk.archive.articles()
    assert (article.title, article.text) == ("Most u Čačku", "\n".join(MOST))


def test_a_page_of_a_hundred_megabytes(desk: Any, faulty: Faulty) -> None:
    """No more of it is read than the limit: a thousandth here, so that the test is quick."""
    written = 0

    def reply(handler: Any) -> None:
        nonlocal written
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(100_000_000))
        handler.end_headers()
        handler.close_connection = True
        for _ in range(1000):
            handler.wfile.write(b"<p>a</p>" * 12_500)
            written += 100_000

    faulty.on("/1", reply)
    totals = desk.run(outlet(faulty, [("/1", "")]), settings=changed(desk, page_max_bytes=100_000))
    assert (totals.stored, totals.refused) == (0, 1)
    assert written < 50_000_000


def test_a_held_article_stays_when_its_page_is_no_article_any_more(desk: Any, faulty: Faulty) -> None:
    faulty.on("/1", send(page(*MOST), kind="text/html; charset=utf-8"))
    desk.run(outlet(faulty, [("/1", "")]))
    faulty.on("/1", send("<html><body></body></html>"))
    age(desk, hours=2)
    assert desk.run(outlet(faulty, [("/1", "")])).checked == 1
    (item,) = pages(desk).values()
    assert item.state == "held" and item.reason and item.due
    assert desk.archive.stats().articles == 1


def test_amp_and_mobile_twins_are_one_article(desk: Any, faulty: Faulty) -> None:
    """Those that the address gives away are fetched once; another is known by the canonical address that it names."""
    canonical = f'<link rel="canonical" href="{faulty.base}/vest/1">'
    for path in ("/vest/1", "/vest/1/amp", "/print?id=1"):
        faulty.on(path, send(page(*MOST, meta=canonical), kind="text/html; charset=utf-8"))
    desk.run(
        outlet(faulty, [("/vest/1/amp", ""), ("/vest/1", ""), ("/vest/1?utm_source=rss", ""), ("/print?id=1", "")])
    )
    (article,) = desk.archive.articles()
    assert article.url == f"{faulty.base}/vest/1"
    assert sum(n for path, n in faulty.requests.items() if path.startswith("/vest")) == 1


def test_a_correction_note_marks_the_article_in_every_language(site: Site, desk: Any) -> None:
    """Six languages of the made-up outlet, each page with its note."""
    stories = site.publish(6)
    desk.run(most_daily(site))
    for story in stories:
        site.correct(story.number)
    desk.run(most_daily(site))
    found = {a.language.split("-")[0]: a for a in desk.archive.articles()}
    assert len(found) == 6
    assert {a.status for a in found.values()} == {ArticleStatus.CORRECTED}
    assert all(a.extra["note"] and a.revision == 2 for a in found.values())
