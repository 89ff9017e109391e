"""A question is followed in a feed reader: what the feed says, when, and what it no longer says."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from types import SimpleNamespace

import pytest

from api.follow.atom import content
from api.schemas.follow import FollowEntry
from rag.freshness import OutletFreshness
from rag.store.database.follow_tables import follow_entries, followed
from rag.types import ArticleStatus, Version

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
    page, feed = (
        reader.get("/v1/follow.atom", params=ASKED, headers={"Accept": accept}) for accept in (BROWSERS, "*/*")
    )
    for accept, own, other in ((BROWSERS, page, feed), ("*/*", feed, page)):
        for tag, status in ((own.headers["etag"], 304), (other.headers["etag"], 200)):
            headers = {"Accept": accept, "If-None-Match": tag}
            again = reader.get("/v1/follow.atom", params=ASKED, headers=headers)
            assert by_accept(again) and again.status_code == status


def test_a_browser_is_told_on_a_page_what_went_wrong(reader):
    reply = reader.get("/v1/follow.atom", params={"story": "nobody"}, headers={"Accept": BROWSERS})
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_reader_that_comes_every_second_asks_nothing_anew_and_gets_304(reader, newsdesk):
    first = reader.get("/v1/follow.atom", params=ASKED)
    for _ in range(20):
        again = reader.get("/v1/follow.atom", params=ASKED, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert len(newsdesk.asked) == 1


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


def test_nothing_of_an_erased_article_is_left(reader, newsdesk):
    reader.get("/v1/follow.atom", params=ASKED)
    newsdesk.archive.erase("a/1", reason="asked for")
    reply = reader.get("/v1/follow.atom", params=ASKED)
    assert entries(reply) == [] and "Seven" not in reply.text
    with newsdesk.archive.database.reading() as connection:
        assert connection.execute(follow_entries.select()).all() == []
        assert "even" not in connection.execute(followed.select()).one().told


def test_a_corrected_article_is_quoted_no_more(reader, newsdesk):
    reader.get("/v1/follow.atom", params=ASKED)
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


def test_who_begins_to_follow_too_much_is_told_to_wait(serve, newsdesk):
    reader = serve(newsdesk, follow_limit="2/day")
    replies = [reader.get("/v1/follow.atom", params={"q": f"Question {n}?"}).status_code for n in range(3)]
    assert replies == [200, 200, 429]
    assert reader.get("/v1/follow.atom", params={"q": "Question 0?"}).status_code == 200


def test_where_all_room_is_taken_it_says_so(serve, newsdesk):
    reader = serve(newsdesk, follows=1)
    assert reader.get("/v1/follow.atom", params={"q": "One?"}).status_code == 200
    full = reader.get("/v1/follow.atom", params={"q": "Two?"})
    assert (full.status_code, full.json()["type"]) == (507, "/problems/follows-full")


def test_status_and_readiness_name_who_is_behind(reader, newsdesk):
    with newsdesk.archive.database.reading() as connection:
        assert connection.execute(followed.select()).all() == []
    report = newsdesk.freshness.report()
    late = replace(report, outlets=(OutletFreshness("Most", BEGAN, 30.0, 9.0, BEGAN),), read_until=BEGAN)
    newsdesk.freshness.report = lambda: late
    said = reader.get("/v1/status", params={"language": "hr"}).json()
    assert said["outlets"][0]["outlet"] == "Most" and said["text"].startswith("Pročitano do")
    assert reader.get("/readyz").json()["behind"] == ["Most"]
    assert 'telal_outlet_behind{outlet="Most"} 1.0' in reader.get("/metrics").text


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
