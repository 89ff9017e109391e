"""A live blog between two looks: entries that are added, changed, taken out, put back, erased; and its page gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from faulty_server import Faulty, send
from test_watch import age

from ingest.outlets import OutletConfig
from ingest.pipeline import Pipeline
from ingest.raw import Place, RawRecord
from ingest.records import to_articles
from rag.errors import Erased
from rag.types import Article, ArticleStatus

TEXTS = {
    "09:00": "Otvorena su birališta u svih dvanaest opština na jugu zemlje.",
    "11:00": "Do jedanaest časova glasalo je osamnaest odsto upisanih birača.",
    "14:00": "U dva časa po podne glasalo je trideset i jedan odsto birača.",
    "19:00": "Birališta su zatvorena, počelo je prebrojavanje glasova u komisijama.",
}


def page(base: str, entries: dict[str, str], *, anchors: bool = False, newest_first: bool = True) -> str:
    """Without anchors, as many systems write it: only the time tells the entries apart."""
    blocks = [
        f'<div class="live-entry"{f" id=e{time[:2]}" if anchors else ""}>'
        f'<time datetime="2026-11-20T{time}:00+01:00">{time}</time><p>{text}</p></div>'
        for time, text in sorted(entries.items(), reverse=newest_first)
    ]
    head = '<meta property="article:published_time" content="2026-11-20T08:00:00+01:00">'
    return (
        f'<html lang="sr-Latn"><head><meta charset="utf-8"><title>UŽIVO: Izbori</title>{head}'
        f'<link rel="canonical" href="{base}/live"></head><body><article><h1>UŽIVO: Izbori</h1>'
        f'<div class="live">{"".join(blocks)}</div></article></body></html>'
    )


class Blog:
    """An outlet with one live blog, which its feed lists."""

    def __init__(self, desk: Any, faulty: Faulty) -> None:
        self.desk, self.faulty, self.visits = desk, faulty, 0
        self.outlet = OutletConfig(name="Live", feeds=(f"{faulty.base}/feed",), language="sr-Latn")

    def shows(self, entries: dict[str, str], **more: bool) -> Any:
        """The page as it is now, the feed's word that it changed, and a visit."""
        self.faulty.on("/live", send(page(self.faulty.base, entries, **more), kind="text/html; charset=utf-8"))
        self.visits += 1
        item = f"<item><title>UŽIVO {self.visits}</title><link>{self.faulty.base}/live</link></item>"
        body = f'<rss version="2.0"><channel><title>L</title>{item}</channel></rss>'
        self.faulty.on("/feed", send(body, kind="application/rss+xml"))
        return self.desk.run(self.outlet)

    def held(self) -> dict[str, Article]:
        """By their time."""
        found = {}
        for article_id in self.desk.archive.at_address(f"{self.faulty.base}/live"):
            try:
                article = self.desk.archive.article(article_id)
            except Erased:
                continue
            found[f"{article.published + timedelta(hours=1):%H:%M}"] = article
        return found

    def answering(self) -> set[str]:
        return {time for time, article in self.held().items() if article.status is ArticleStatus.LIVE}


@pytest.fixture
def blog(desk: Any, faulty: Faulty) -> Blog:
    return Blog(desk, faulty)


def without(time: str) -> dict[str, str]:
    return {one: text for one, text in TEXTS.items() if one != time}


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_new_entry_leaves_the_others_as_they_are(blog: Blog, newest_first: bool) -> None:
    blog.shows(without("19:00"), newest_first=newest_first)
    blog.shows(TEXTS, newest_first=newest_first)
    assert blog.answering() == set(TEXTS)
    assert {a.revision for a in blog.held().values()} == {1}


def test_a_changed_entry_is_a_revision(blog: Blog) -> None:
    blog.shows(TEXTS)
    assert blog.shows({**TEXTS, "11:00": TEXTS["11:00"].replace("osamnaest", "devetnaest")}).stored == 1
    held = blog.held()
    assert {time: a.revision for time, a in held.items()} == {"09:00": 1, "11:00": 2, "14:00": 1, "19:00": 1}
    assert "devetnaest" in held["11:00"].text
    assert "osamnaest" in blog.desk.archive.article(held["11:00"].id, revision=1).text


@pytest.mark.parametrize("anchors", [True, False])
def test_an_entry_that_is_taken_out_answers_no_more_and_one_put_back_does(blog: Blog, anchors: bool) -> None:
    blog.shows(TEXTS, anchors=anchors)
    blog.shows(without("14:00"), anchors=anchors)
    assert blog.answering() == {"09:00", "11:00", "19:00"}
    gone = blog.held()["14:00"]
    assert gone.status is ArticleStatus.RETRACTED and gone.extra["retracted"]["reason"] == "vanished"
    age(blog.desk, hours=2)
    blog.desk.run(blog.outlet)  # the page is looked at again, unchanged: the entry stays away
    assert blog.answering() == {"09:00", "11:00", "19:00"}
    blog.shows(TEXTS, anchors=anchors)
    assert blog.answering() == set(TEXTS)
    assert blog.desk.archive.check() == []


def test_the_oldest_entries_may_leave_a_long_blog(blog: Blog) -> None:
    blog.shows(TEXTS)
    blog.shows({time: text for time, text in TEXTS.items() if time > "10:00"})
    assert blog.answering() == set(TEXTS)


def test_a_page_that_is_gone_takes_all_entries_along_and_brings_back_what_it_shows(blog: Blog) -> None:
    blog.shows(TEXTS)
    blog.shows(without("14:00"))
    blog.faulty.on("/live", send(b"gone", status=410))
    age(blog.desk, hours=2)
    blog.desk.run(blog.outlet)
    assert blog.answering() == set()
    age(blog.desk, hours=800)
    blog.shows(without("14:00"))
    assert blog.answering() == {"09:00", "11:00", "19:00"}


def test_an_erased_entry_stays_away_and_the_blog_goes_on(blog: Blog) -> None:
    blog.shows(without("19:00"))
    blog.desk.archive.erase(blog.held()["11:00"].id, reason="court order")
    blog.shows(TEXTS)
    assert blog.answering() == {"09:00", "14:00", "19:00"}


def test_a_blog_that_was_erased_whole_stays_away(blog: Blog) -> None:
    blog.shows(without("19:00"))
    blog.desk.archive.erase_all([a.id for a in blog.held().values()], reason="court order")
    assert blog.shows(TEXTS).stored == 0
    assert blog.held() == {}


def test_an_old_capture_takes_nothing_out(blog: Blog, desk: Any) -> None:
    blog.shows(TEXTS)
    record = {"html": page(blog.faulty.base, without("14:00")), "url": f"{blog.faulty.base}/live", "outlet": "Live"}
    Pipeline(desk.archive, desk.embedder, desk.settings).run([record])
    assert blog.answering() == set(TEXTS)


def test_an_entry_of_a_word_does_not_cost_the_others() -> None:
    html = page("https://most.example", {**TEXTS, "12:00": "Gol!"})
    found = to_articles(RawRecord({"html": html, "url": "https://most.example/live"}, Place("x")), max_bytes=10**6)
    assert len(found) == len(TEXTS)


def entries(items: Sequence[tuple[str, str]]) -> list[str]:
    """Ids of a blog whose entries bear times, several of one minute."""
    blocks = "".join(
        f'<div class="live-entry"><time datetime="2026-11-20T{t}:00+01:00">{t}</time><p>{x}</p></div>' for t, x in items
    )
    html = (
        f'<html lang="sr-Latn"><head><title>UŽIVO: x</title></head><body><div class="live">{blocks}</div></body></html>'
    )
    found = to_articles(RawRecord({"html": html, "url": "https://most.example/live"}, Place("x")), max_bytes=10**6)
    return [a.id for a in found]


def test_entries_of_one_minute_keep_their_ids() -> None:
    one, two, three = (("10:00", f"{word} je stigao na glasanje u selu.") for word in ("Prvi", "Drugi", "Treći"))
    first = ("09:00", "Otvorena su birališta u svih dvanaest opština.")
    assert entries([three, two, one, first])[1:] == entries([two, one, first])
