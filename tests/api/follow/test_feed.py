"""A question is followed in a feed reader: what the feed says, when, and what it no longer says."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from types import SimpleNamespace

import pytest

from api.follow.atom import content
from api.follow.followed import AskedAgain, FollowedQuestion
from api.follow.schemas import FollowEntry
from api.follow.store import Follows
from api.http.errors import TooManyRequests
from api.stops import stops
from rag.store.database.follow_tables import follow_entries, followed
from rag.types import Answer, AnswerStatus, ArticleStatus, Version

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ATOM = {"a": "http://www.w3.org/2005/Atom"}
ASKED = {"q": "How many were hurt in Kotor?", "language": "en"}


@pytest.fixture
def reader(serve, newsdesk):
    newsdesk.write("a/1", "Seven people were hurt in Kotor.", short="seven")
    newsdesk.telling = ["a/1"]
    return serve(newsdesk)


def entries(reply) -> list[ET.Element]:
    assert reply.status_code == 200, reply.text
    return ET.fromstring(reply.text).findall("a:entry", ATOM)


def test_the_first_reader_gets_the_answer_as_it_stands(reader):
    reply = reader.get("/v1/follow.atom", params=ASKED)
    (entry,) = entries(reply)
    assert entry.find("a:title", ATOM).text == "seven"
    content = entry.find("a:content", ATOM).text
    assert "<blockquote" in content and "Seven people were hurt in Kotor." in content
    assert "https://most.example/a/1" in content


def by_accept(reply) -> bool:
    """Whether caches are told that another `Accept` gets another form."""
    return "Accept" in reply.headers["vary"].split(", ")


BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
READERS = (
    "*/*",
    "application/atom+xml",
    "",
    "application/atom+xml, application/rss+xml, application/xml;q=0.8, text/html;q=0.7, */*;q=0.1",
    "application/xml, application/atom+xml, application/rss+xml, application/feed+json, text/html, */*;q=0.9",
)


@pytest.mark.parametrize("accept", READERS)
def test_feed_readers_get_atom_with_its_characters_named(reader, accept):
    reply = reader.get("/v1/follow.atom", params=ASKED, headers={"Accept": accept})
    assert reply.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert by_accept(reply) and len(entries(reply)) == 1


def test_a_browser_gets_a_page_that_says_what_to_do_with_the_address(reader, newsdesk):
    newsdesk.shorts["a/1"] = "<seven>"
    asked = {"q": "Koliko je <b>povređeno</b> u Kotoru?", "language": "sr-Latn"}
    reply = reader.get("/v1/follow.atom", params=asked, headers={"Accept": BROWSERS, "Accept-Language": "de"})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert by_accept(reply) and reply.headers["x-robots-tag"] == "noindex, nofollow"
    html = reply.text
    assert '<html lang="sr-Latn">' in html and "<script" not in html
    assert '<h1 dir="auto">Prati: Koliko je &lt;b&gt;povređeno&lt;/b&gt; u Kotoru?</h1>' in html
    assert "Kopirajte ovu adresu u svoj RSS čitač" in html and "Prati na ovom uređaju</button>" in html
    path = escape(f"{reply.url.path}?{reply.url.query.decode()}")
    assert f'<input type="hidden" name="follow" value="{path}">' in html
    address = str(reply.url).replace("&", "&amp;")
    assert f'translate="no">{address}</p>' in html
    assert f'<a href="{address}" type="application/atom+xml"' in html
    assert "&lt;seven&gt;" in html and "Seven people were hurt in Kotor." in html
    feed = entries(reader.get("/v1/follow.atom", params=asked))[0].find("a:content", ATOM).text
    assert feed in html


def test_neither_form_is_taken_for_the_other(reader):
    follow(reader)
    tag = reader.get("/v1/follow.atom", params=ASKED, headers={"Accept": "*/*"}).headers["etag"]
    for accept, status in ((BROWSERS, 200), ("*/*", 304)):
        headers = {"Accept": accept, "If-None-Match": tag}
        again = reader.get("/v1/follow.atom", params=ASKED, headers=headers)
        assert by_accept(again) and again.status_code == status


def test_a_browser_is_told_on_a_page_what_went_wrong(reader):
    reply = reader.get("/v1/follow.atom", params={"story": "nobody"}, headers={"Accept": BROWSERS})
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_reader_that_comes_every_second_asks_nothing_anew_and_gets_304(reader, newsdesk):
    first = follow(reader)
    for _ in range(20):
        again = reader.get("/v1/follow.atom", params=ASKED, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert len(newsdesk.asked) == 2  # once for who looks, once for who follows


def test_ids_stay_the_same(reader):
    ids = {
        tuple(
            one.text
            for one in ET.fromstring(reader.get("/v1/follow.atom", params=ASKED).text).iter(f"{{{ATOM['a']}}}id")
        )
        for _ in range(3)
    }
    assert len(ids) == 1


def test_another_filter_is_another_feed(reader, newsdesk):
    one = ET.fromstring(reader.get("/v1/follow.atom", params=ASKED).text).find("a:id", ATOM).text
    other = (
        ET.fromstring(reader.get("/v1/follow.atom", params={**ASKED, "outlet": "Most"}).text).find("a:id", ATOM).text
    )
    assert one != other


def follow(reader, asked=ASKED, times=2, **headers):
    """As a feed reader does, which comes again."""
    for _ in range(times):
        reply = reader.get("/v1/follow.atom", params=asked, headers=headers)
    return reply


def followed_now(newsdesk) -> list[str]:
    with newsdesk.archive.database.reading() as connection:
        return [json.loads(row.value)["question"] for row in connection.execute(followed.select())]


def test_who_looks_once_takes_no_place_and_a_feed_reader_that_comes_again_does(reader, newsdesk):
    first = follow(reader, times=1)
    assert len(entries(first)) == 1 and followed_now(newsdesk) == []
    for accept in (BROWSERS, BROWSERS):
        reader.get("/v1/follow.atom", params=ASKED, headers={"Accept": accept})
    follow(reader, times=3, **{"Sec-Fetch-Site": "same-origin"})  # the page looks, unasked by its reader
    assert followed_now(newsdesk) == []
    again = follow(reader, times=1)
    assert followed_now(newsdesk) == [ASKED["q"]]
    assert entries(again)[0].find("a:id", ATOM).text == entries(first)[0].find("a:id", ATOM).text


def test_a_button_on_telals_own_page_follows_at_once_and_no_other_site_may(reader, newsdesk):
    origin = str(reader.base_url).rstrip("/")
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": origin, "Sec-Fetch-Site": "cross-site"}):
        assert reader.post("/v1/follow.atom", params=ASKED, headers=headers).status_code == 403
    assert followed_now(newsdesk) == []
    reply = reader.post("/v1/follow.atom", params=ASKED, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})
    assert len(entries(reply)) == 1 and followed_now(newsdesk) == [ASKED["q"]]


def test_nothing_of_an_erased_article_is_left(reader, newsdesk):
    follow(reader)
    newsdesk.archive.erase("a/1", reason="asked for")
    reply = reader.get("/v1/follow.atom", params=ASKED)
    assert entries(reply) == [] and "Seven" not in reply.text
    with newsdesk.archive.database.reading() as connection:
        assert connection.execute(follow_entries.select()).all() == []
        assert "even" not in connection.execute(followed.select()).one().told


def test_a_corrected_article_is_quoted_no_more(reader, newsdesk):
    follow(reader)
    newsdesk.write("a/1", "Nine people were hurt in Kotor.", status=ArticleStatus.CORRECTED)
    assert "Seven" not in reader.get("/v1/follow.atom", params=ASKED).text


def test_a_question_without_a_sure_answer_says_so(reader, newsdesk):
    newsdesk.telling = []
    (entry,) = entries(reader.get("/v1/follow.atom", params={"q": "Ko je gradonačelnik?", "language": "sr-Latn"}))
    assert "još nema siguran odgovor" in entry.find("a:title", ATOM).text
    assert "još nema siguran odgovor" in entry.find("a:content", ATOM).text


def test_an_entry_strikes_out_the_former_words_and_says_where_sources_differ():
    told = FollowEntry("urn:uuid:1", BEGAN, "words", "59, 63 <dead>", (), True, "seven")
    assert content(told, "hr").startswith("<p><del>seven</del> 59, 63 &lt;dead&gt;</p><p>Izvori")
    plain = content(replace(told, differ=False, before=""), "hr")
    assert plain == "<p>59, 63 &lt;dead&gt;</p>"


def test_a_title_that_xml_cannot_hold_is_cleaned(reader, newsdesk):
    newsdesk.write("a/2", "Loud <b>& bold</b> \x07 in Kotor.", title="A & B <script>\x0b")
    newsdesk.telling = ["a/2"]
    (entry,) = entries(reader.get("/v1/follow.atom", params={"q": "What & <what>?"}))
    assert "<script>" not in entry.find("a:content", ATOM).text


def test_who_asks_for_too_many_feeds_is_told_to_wait(serve, newsdesk):
    reader = serve(newsdesk, follow_limit="4/day")
    replies = [follow(reader, {"q": f"Question {n}?"}).status_code for n in range(3)]
    assert replies == [200, 200, 429]
    assert reader.get("/v1/follow.atom", params={"q": "Question 0?"}).status_code == 200


def test_where_nothing_may_be_followed_it_says_so(serve, newsdesk):
    full = follow(serve(newsdesk, follows=0))
    assert (full.status_code, full.json()["type"]) == (507, "/problems/follows-full")
    assert "TELAL_SERVER__FOLLOWS" in full.json()["hint"]


def test_nobody_holds_all_places_and_the_least_recently_read_gives_way(newsdesk):
    """900 networks take every place they can, over and over: a fifth reader follows all the same, and so do four others
    whose places only give way to their own network's, or where everybody has one alone."""
    follows, now = Follows(newsdesk.archive.database, most=100), datetime.now(UTC)
    nothing = AskedAgain(Answer("Q?", AnswerStatus.REFUSED, "en"), 0.0)

    def begin(name: str, network: str, seconds: float) -> FollowedQuestion:
        asked = FollowedQuestion(name, "en")
        follows.begin(asked, nothing, now + timedelta(seconds=seconds), network=network)
        return asked

    readers = [begin(f"Reader {n}?", f"reader {n}", n) for n in range(4)]
    for n in range(20):
        begin(f"Loud {n}?", "loud", 10 + n)
    with pytest.raises(TooManyRequests, match="20 questions are followed from your network") as refused:
        begin("Loud once more?", "loud", 40)
    assert "gives way" in refused.value.hint
    for n in range(180):
        begin(f"Crowd {n}?", f"crowd {n % 45}", 100 + n)  # each of them comes four times
    held = {one.asked.question for one in follows.all()}
    assert len(held) == 100 and {one.question for one in readers} <= held
    fifth = begin("Fifth reader?", "fifth", 1000)
    assert follows.one(fifth.id) is not None
    assert (
        stops(newsdesk.archive.database)["gave_way"] == 4 + 20 + 180 + 1 - 100
        and stops(newsdesk.archive.database)["refused"] == 1
    )


def test_a_story_is_followed_by_one_of_its_articles(reader, newsdesk):
    told = SimpleNamespace(
        language="en", course=(), versions=(), article=Version("a/1", "Headline of a/1", "Most", None)
    )
    newsdesk.story = lambda article_id, language: told
    params = {"story": "a/1", "language": "en"}
    reply = reader.get("/v1/follow.atom", params=params)
    assert [one.find("a:title", ATOM).text for one in entries(reply)] == ["Headline of a/1"]
    assert "Headline of a/1" in ET.fromstring(reply.text).find("a:title", ATOM).text
    assert reader.get("/v1/follow.atom", params={**params, "q": "Both?"}).status_code == 422
    assert reader.get("/v1/follow.atom").status_code == 422
    assert reader.get("/v1/follow.atom", params={"story": "nobody"}).status_code == 404
