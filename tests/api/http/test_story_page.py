"""The page of a story: in the reader's language, without JavaScript, with every source as text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest

from api.http.plain_pages import answer_page
from api.http.story_page import story_page
from rag.types import (
    Answer,
    AnswerStatus,
    Filters,
    Nearest,
    Note,
    Refusal,
    Side,
    StoryDay,
    Telling,
    Tellings,
    Version,
    WholeStory,
)

TIRANA = "starter:tirana-agreement:en"
BROWSER = {"accept": "text/html", "accept-language": "sr-Cyrl"}
HOSTILE = '"><script>alert(1)</script>'
DAY = datetime(2025, 3, 18, tzinfo=UTC)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", re.sub("</?bdi>", "", html))))


def version(name="a/1", **changed):
    fields = {"title": "Pact", "outlet": "Outlet", "url": "https://n.example/1", "language": "en", "published": DAY}
    return Version(name, **(fields | changed))


def told(**changed):
    one = version()
    day = StoryDay(DAY.date(), "text", "They signed it.", 0, 15, False, one, version("b", outlet="Second"), 2, True)
    fields = {
        "text": "They signed it.\nIn Tirana.", "whole": False, "course": (day,),
        "versions": (one, version("c", language="sq")), "others": (version("d", title="Later"),),
        "articles": 4, "outlets": 2,
        "remarks": (Note("undated", "Articles without a date: 1."),),
    }  # fmt: skip
    return WholeStory("a/1", "en", **({"article": one} | fields | changed))


def test_the_page_tells_the_story_in_the_readers_language_whole(real):
    client = real()
    page = client.get(f"/story/{TIRANA}", headers=BROWSER)
    assert page.status_code == 200 and "noindex" in page.headers["x-robots-tag"]
    story = client.get(f"/v1/stories/{TIRANA}", params={"language": "sr-Cyrl"}).json()
    text = words(page.text)
    assert f'<h1 lang="sr-Cyrl" dir="auto">{story["article"]["title"]}' in page.text
    for part in ("Како је текло", story["course"][0]["text"], "18. март 2025.", "English"):
        assert part in text
    for line in story["text"].split("\n"):
        assert words(line).strip() in text
    assert len(page.content) < 20_000 and "<script" not in page.text


def test_what_is_new_since_a_day_is_marked_and_nothing_new_is_said(real):
    client = real()
    marked = words(client.get(f"/story/{TIRANA}?lang=en&since=2025-03-01", headers=BROWSER).text)
    assert "18 March 2025 New" in marked
    nothing = words(client.get(f"/story/{TIRANA}?lang=en&since=2026-01-01", headers=BROWSER).text)
    assert "Nothing new since 1 January 2026." in nothing and " New " not in nothing
    assert client.get(f"/story/{TIRANA}?since=", headers=BROWSER).status_code == 200
    assert client.get(f"/story/{TIRANA}?since=soon", headers=BROWSER).status_code == 422


def test_an_article_that_is_not_there_is_a_page_for_browsers_and_json_for_others(real):
    client = real()
    page = client.get("/story/nothing", headers=BROWSER)
    assert page.status_code == 404 and "Овај чланак не води" in page.text
    assert client.get("/story/nothing").json()["status"] == 404


def test_a_digest_leads_to_stories_and_a_brief_to_its_own(real):
    html = real().get("/ask?q=What+is+new+in+Albania%3F&lang=en", headers=BROWSER).text
    assert 'href="/story/starter:' in html


def test_days_name_who_told_first_and_others_stand_below():
    text = words(story_page(told(), "en"))
    for part in (
        "18 March 2025 New They signed it.",
        "First told by Second, 18 March 2025",
        "Later",
        "Read it at Outlet",
    ):
        assert part in text
    assert text.index("How it went") < text.index("The same event elsewhere") < text.index("More on this matter")
    assert "Articles without a date: 1." in text


def test_a_story_of_one_day_asks_for_no_day_and_is_followed_by_its_feed():
    one, later = told(), told(course=(*told().course, replace(told().course[0], day=date(2025, 3, 20))))
    assert 'type="date"' not in story_page(one, "en") and 'type="date"' in story_page(later, "en")
    html = story_page(one, "el")
    link = '<a href="/v1/follow.atom?story=a%2F1&amp;language=el" type="application/atom+xml"'
    assert link in html and "Παρακολούθηση" in html
    head = html.partition("</head>")[0]
    assert (
        '<link rel="alternate" type="application/atom+xml" href="/v1/follow.atom?story=a%2F1&amp;language=el">' in head
    )


def test_a_language_is_named_once_and_a_day_ends_once():
    several = told(others=(version("d", language="hr"), version("e", language="sl", outlet="Delo")))
    text = words(story_page(several, "en"))
    assert text.count("Hrvatski") == text.count("Slovenščina") == 1
    alone = words(story_page(told(others=(version("d", language="hr"),)), "sr-Latn"))
    assert "Outlet, 18. mart 2025, hrvatski · Pact" in alone and ".:" not in alone


def test_the_founding_document_is_named_in_the_readers_language():
    brief = replace(version(), facts_from="Telal's founding document")
    assert "Lexojeni te: dokumenti themelues i Telalit" in words(story_page(told(article=brief), "sq"))


def test_an_answer_without_javascript_is_followed_with_its_filters():
    answer = Answer("What now?", AnswerStatus.ANSWERED, "en", standalone="What now in Tirana?")
    asked = Filters(published_from=date(2025, 1, 1), outlets=("Most", "N & N"))
    feed = (
        "/v1/follow.atom?q=What+now+in+Tirana%3F&amp;language=en&amp;from=2025-01-01&amp;outlet=Most&amp;outlet=N+%26+N"
    )
    assert answer_page(answer, "en", asked).count(f'href="{feed}"') == 2
    refused = replace(answer, status=AnswerStatus.REFUSED, refusal=Refusal("no-evidence", "Nothing.", ()))
    assert "follow.atom" not in answer_page(refused, "en")
    nearest = (Nearest("a/1", "Tirana", "Most", None, None),)
    near = replace(refused, refusal=Refusal("nothing_near", "Nothing.", nearest))
    assert f'href="{feed}"' in answer_page(near, "en", asked)


def test_the_page_of_a_question_names_its_feed(real):
    html = real().get("/?q=Who+signed%3F&lang=en&outlet=Most&in=en", headers=BROWSER).text
    feed = "/v1/follow.atom?q=Who+signed%3F&amp;outlet=Most&amp;in=en"
    assert f'<link rel="alternate" type="application/atom+xml" href="{feed}">' in html.partition("</head>")[0]
    assert "follow.atom" not in real().get("/", headers=BROWSER).text


def test_tellings_stand_side_by_side_with_the_words_that_differ_marked():
    sides = tuple(Side(version(n), "RS", f"The fire killed {n} people.", 0, 25, n) for n in ("6", "8"))
    found = Tellings("a/1", "en", sides, (Telling("number", sides, (2, 1)), Telling("alone", sides[:1], (1,))))
    html = story_page(told(), "en", found)
    text = words(html)
    assert "<mark>6</mark>" in html and "<mark>8</mark>" in html and "(+1)" in text
    assert text.index("Told differently") < text.index("Another number") < text.index("Told by one alone")
    assert "As others tell it" not in story_page(told(), "en", Tellings("a/1", "en", sides, ()))


@pytest.mark.parametrize("language", ["en", "el", "tr"])
def test_what_an_article_says_stays_text(language):
    bad = version(HOSTILE, title=HOSTILE, outlet=HOSTILE, url="javascript:alert(1)", language='en"><b>')
    day = StoryDay(date(2025, 1, 1), "text", HOSTILE, 0, 5, False, bad, bad, 1, False)
    html = story_page(told(article=bad, text=HOSTILE, course=(day,), versions=(bad,), others=(bad,)), language)
    assert "<script>" not in html and "<b>" not in html and "javascript:" not in html
