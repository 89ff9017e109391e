"""Odd pages, over HTTP and through a whole visit; what fails stands in test_faults.py."""

from __future__ import annotations

from typing import Any

from faulty_server import Faulty, send
from test_faults import pages
from test_watch import age

from ingest.outlets import OutletConfig

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


def outlet(faulty: Faulty, *links: str) -> OutletConfig:
    """An outlet whose feed lists these addresses."""
    items = "".join(
        f"<item><title>Vest {n}</title><link>{faulty.base}{link}</link></item>" for n, link in enumerate(links)
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
    return OutletConfig(name="Faulty", feeds=(faulty.on("/feed", send(body, kind="application/rss+xml")),))


def page(*paragraphs: str, lang: str = "", meta: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return PAGE.format(lang=lang, meta=meta, title="Most u Čačku", body=body)


def test_a_page_in_three_languages_is_taken_in_that_of_most_of_it(desk: Any, faulty: Faulty) -> None:
    faulty.on("/1", send(page(*THREE), kind="text/html; charset=utf-8"))
    assert desk.run(outlet(faulty, "/1")).stored == 1
    (article,) = desk.archive.articles()
    assert article.language == "sr-Latn"
    assert all(text in article.text for text in THREE)


def test_a_held_article_stays_when_its_page_is_no_article_any_more(desk: Any, faulty: Faulty) -> None:
    faulty.on("/1", send(page(*MOST), kind="text/html; charset=utf-8"))
    desk.run(outlet(faulty, "/1"))
    faulty.on("/1", send("<html><body></body></html>"))
    age(desk, hours=2)
    assert desk.run(outlet(faulty, "/1")).checked == 1
    (item,) = pages(desk).values()
    assert item.state == "held" and item.reason and item.due
    assert desk.archive.stats().articles == 1


def test_amp_and_mobile_twins_are_one_article(desk: Any, faulty: Faulty) -> None:
    """Those that the address gives away are fetched once; another is known by the canonical address that it names."""
    canonical = f'<link rel="canonical" href="{faulty.base}/vest/1">'
    for path in ("/vest/1", "/vest/1/amp", "/print?id=1"):
        faulty.on(path, send(page(*MOST, meta=canonical), kind="text/html; charset=utf-8"))
    desk.run(outlet(faulty, "/vest/1/amp", "/vest/1", "/vest/1?utm_source=rss", "/print?id=1"))
    (article,) = desk.archive.articles()
    assert article.url == f"{faulty.base}/vest/1"
    assert sum(n for path, n in faulty.requests.items() if path.startswith("/vest")) == 1
