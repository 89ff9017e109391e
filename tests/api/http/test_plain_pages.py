"""Pages that need no JavaScript: an answer by a plain form, what is not there, what a preview of a link shows."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "de-DE,el;q=0.9,en;q=0.5"}
HOSTILE = '"><script>alert(1)</script>'


def words(html: str) -> str:
    """What a reader reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub("</?bdi>", "", html))).split())


def test_a_browser_gets_a_page_for_what_is_not_there_in_its_language_and_a_client_json(client):
    page = client.get("/nope", headers=BROWSER)
    assert page.status_code == 404 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="el">' in page.text and "Δεν υπάρχει τέτοια σελίδα" in page.text
    assert 'action="/ask"' in page.text and "form-action 'self'" in page.headers["content-security-policy"]
    for headers in ({}, {"accept": "application/json"}):
        assert client.get("/nope", headers=headers).json()["type"] == "/problems/not-found"
    assert client.get("/v1/nope", headers=BROWSER).json()["status"] == 404


@pytest.mark.parametrize("share", ["xyz", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0"])
def test_a_link_to_an_answer_that_is_malformed_says_so(client, share):
    page = client.get(f"/a/{share}", headers=BROWSER)
    assert page.status_code == 404 and "Αυτός ο σύνδεσμος δεν οδηγεί σε απάντηση" in page.text
    assert client.get(f"/a/{share}").json()["detail"] == "This link names no answer."


def test_the_form_without_javascript_gives_the_same_answer_with_its_sources(client, engine):
    asked = {"question": "Who signed?", "page_language": "el", "filters": {"from": "2025-01-01", "languages": ["en"]}}
    answer = client.post("/v1/ask", json=asked).json()
    page = client.get("/ask?q=Who+signed%3F&from=2025-01-01&in=en", headers=BROWSER)
    assert page.status_code == 200 and page.headers["x-robots-tag"] == "noindex, nofollow"
    (quote,) = answer["sentences"]
    assert f"<mark>{quote['text']}</mark>" in page.text
    assert (
        f'<blockquote lang="en" dir="auto">{answer["citations"][0]["context"]["text"].split(quote["text"])[0]}'
        in page.text
    )
    assert "[1] Outlet, 18 Μαρτίου 2025" not in words(page.text)  # the answer is in English
    assert "[1] Outlet, 18 March 2025 · Pact signed" in words(page.text)
    assert 'href="https://news.example/a1"' in page.text
    assert engine.asked[0] == engine.asked[1]  # the same question with the same filters


def test_doubt_stands_before_the_quotes(client, engine):
    engine.doubt = True
    text = words(client.get("/ask?q=Who%3F", headers=BROWSER).text)
    assert text.index("They may answer it.") < text.index("The ministers signed it")


def test_a_refusal_and_a_digest_are_pages_too(client, engine):
    engine.refuse = True
    text = words(client.get("/ask?q=Who%3F", headers=BROWSER).text)
    assert "Nothing in the archive comes near this." in text and "Outlet" in text and "Pact signed" in text
    engine.refuse, engine.browse = False, True
    html = client.get("/ask?q=News", headers=BROWSER).text
    assert "First sentence here." in html and "javascript:" not in html


def test_what_the_address_or_an_article_says_stays_text(client, engine):
    engine.about = replace(engine.about, title=HOSTILE, outlet=HOSTILE, url="javascript:alert(1)", language='en"><b>')
    engine.archive.articles_by_id = {engine.about.id: engine.about}
    for path in ("/ask", "/"):
        html = client.get(path, params={"q": HOSTILE, "lang": HOSTILE}, headers=BROWSER).text
        assert "<script>alert" not in html and "<b>" not in html and "javascript:" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_a_question_that_is_not_usable_is_said_on_a_page(client):
    page = client.get("/ask?q=+", headers=BROWSER)
    assert page.status_code == 422 and "Αυτό δεν πέτυχε" in page.text and "The question is empty." in page.text


def test_the_first_page_is_in_the_readers_language_before_any_script(client):
    page = client.get("/", headers=BROWSER)
    assert '<html lang="el">' in page.text and "<h1>Ρωτήστε για τις ειδήσεις των Βαλκανίων</h1>" in page.text
    assert (
        "<noscript><link" in page.text
        and '<form action="/ask"' in page.text
        and "Accept-Language" in page.headers["vary"]
    )
    turkish = client.get("/?lang=tr", headers=BROWSER)
    assert turkish.status_code == 200 and '<html lang="tr">' in turkish.text


def test_a_preview_shows_a_shared_answer_and_no_question_that_only_an_address_holds(client):
    made = client.post("/v1/shares", json={"question": "Who signed it?"}).json()
    page = client.get(made["path"], headers=BROWSER).text
    assert '<meta property="og:title" content="Who signed it?">' in page
    assert 'og:description" content="The ministers signed it in Tirana on 18 March. (Outlet)">' in page
    invented = client.get("/?q=Telal+says+that+X+is+a+thief", headers=BROWSER).text
    feed = '<link rel="alternate" type="application/atom+xml" href="/v1/follow.atom?q=Telal+says+that+X+is+a+thief">'
    before, found, after = invented.split("<body>")[0].partition(feed)  # which no preview shows
    assert found and "thief" not in before + after
    client.delete(f"/v1/shares/{made['secret']}")
    gone = client.get(made["path"], headers=BROWSER)
    assert gone.status_code == 404 and "Who signed it?" not in gone.text
