"""After an answer: sharing it, going on with further questions, and finding it again after a reload."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect
from telal_scenes import QUOTE, QUOTE_SR, STORIES

pytestmark = pytest.mark.browser

SITE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>A site</title><body><main><h1>News</h1>'
    '<telal-chat endpoint="{url}" keep></telal-chat></main>'
    '<script type="module" src="{url}/widget.js"></script></body></html>'
)


def test_an_answer_is_shared_only_when_the_reader_says_so_and_erased_again(visit, double):
    reader = visit(double.url, permissions=["clipboard-read", "clipboard-write"])
    turn = reader.ask("Who signed?")
    assert double.shared == {}
    turn.get_by_role("button", name="Share").click()
    box = turn.locator(".share")
    expect(box).to_be_focused()
    expect(box).to_contain_text("until 26 December 2026")
    expect(reader.status).to_contain_text("until 26 December 2026")
    link = box.get_by_role("link").get_attribute("href")
    assert link == f"{double.url}/a/0123456789abcdef"
    box.get_by_role("button", name="Copy link").click()
    expect(reader.status).to_have_text("Copied")
    assert reader.page.evaluate("navigator.clipboard.readText()") == link
    reader.shot("share")
    assert reader.violations() == []
    box.get_by_role("button", name="Erase it").click()
    expect(turn.locator(".share")).to_have_text("Erased.")
    assert double.shared == {}


def test_a_share_that_fails_is_said_and_can_be_tried_again(visit, double):
    turn = visit(double.url).ask("!unshared")
    turn.get_by_role("button", name="Share").click()
    expect(turn.locator(".share")).to_have_text("This could not be sent. Please try again.")
    expect(turn.get_by_role("button", name="Share")).to_be_visible()


def test_a_shared_answer_tells_what_became_of_its_sources(visit, double):
    visit(double.url).ask("Who signed?").get_by_role("button", name="Share").click()
    reader = visit(f"{double.url}/a/0123456789abcdef?lang=en")
    turn = reader.turn
    expect(turn.locator("h3")).to_contain_text("Who signed?")
    expect(turn.locator("blockquote").last).to_have_text(QUOTE_SR)
    note = (
        "A shared answer, kept until 26 December 2026. An article was withdrawn since; what rested on it is left out."
    )
    expect(turn.locator(".answer > .note").first).to_have_text(note)
    expect(turn.locator("figure.further .note")).to_have_text("The article has changed since this was quoted.")
    expect(turn.get_by_role("button", name="Share")).to_have_count(0)
    assert len(double.asked) == 1  # it is shown, not asked again
    reader.shot("shared")
    assert reader.violations() == []
    reader.ask("And when?")
    assert [h["question"] for h in double.asked[-1]["history"]] == ["Who signed?"]


def test_a_shared_answer_that_has_ended_says_so(visit, double):
    reader = visit(f"{double.url}/a/0123456789abcdef?lang=en")
    expect(reader.chat.locator(".doubt")).to_have_text("This answer is kept no longer.")
    reader.ask("Who signed?")
    expect(reader.chat.locator(".doubt")).to_have_count(0)


def test_further_questions_come_after_an_answer(visit, double):
    reader = visit(double.url)
    turn = reader.ask("Who signed?")
    questions = turn.locator(".next button")
    expect(questions).to_have_text(["What did Belgrade say about the agreement?", "Шта предвиђа споразум?"])
    expect(questions.last).to_have_attribute("lang", "sr-Cyrl")
    wanted = {"language": "en", "articles": ["article-1", "article-2"], "asked": "Who signed?"}
    assert double.further == [wanted]
    questions.first.click()
    expect(reader.chat.locator(".turn")).to_have_count(2)
    expect(reader.turn.locator("mark")).to_be_visible()
    assert double.asked[-1]["question"] == "What did Belgrade say about the agreement?"
    expect(turn.locator(".next")).to_have_count(0)  # below the last answer only


@pytest.mark.parametrize("question", ["Who signed?", "!refuse"])
@pytest.mark.parametrize(("where", "height"), [("/", 800), ("/", 1400), ("/site", 1400)])
def test_nothing_moves_when_further_questions_come_and_no_room_is_empty_between(visit, double, question, where, height):
    double.pages["/site"] = (SITE.format(url=double.url), {})
    reader = visit(f"{double.url}{where}", height=height)
    held: list[Route] = []
    reader.page.route("**/v1/suggestions", lambda route: held.append(route))
    turn = reader.ask(question)
    box = reader.chat.locator(".composer")
    rows = turn.locator(":is(.answer, .actions, .nearest li)")
    expect(turn.locator(".actions")).to_be_visible()
    before = [place.bounding_box() for place in (box, *rows.all())]
    reader.page.wait_for_timeout(100)  # the request is on its way
    held[0].continue_()
    expect(turn.locator(".next button")).to_have_count(2 if question == "Who signed?" else 1)
    assert [place.bounding_box() for place in (box, *rows.all())] == before
    reader.page.get_by_role("button", name="New conversation").click()


def test_after_a_refusal_the_nearest_articles_bring_questions_and_nobody_asks_whether_it_helped(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!refuse")
    expect(turn.locator(".next button")).to_have_text(["What does n1 say?"])
    assert double.further == [{"language": "en", "articles": ["n1"]}]
    expect(turn.get_by_role("button", name="Helpful")).to_have_count(0)
    expect(turn.get_by_role("button", name="Share")).to_have_count(0)
    assert reader.violations() == []
    turn.locator(".next button").first.click()
    expect(reader.turn.locator("blockquote")).to_have_count(2)


def test_an_answer_a_digest_and_a_refusal_are_followed_by_their_feed_which_the_head_names(visit, double):
    double.pages["/site"] = (SITE.format(url=double.url), {})
    reader = visit(f"{double.url}/?q=Who+signed%3F&lang=en&outlet=N+%26+N&from=2025-01-01")
    link = reader.turn.get_by_role("button", name="Follow")
    feed = "/v1/follow.atom?q=Who+signed%3F&language=en&from=2025-01-01&outlet=N+%26+N"
    assert link.evaluate("one => one.value") == double.url + feed
    head = reader.page.locator("head link[rel=alternate]")
    expect(head).to_have_attribute("href", double.url + feed)
    expect(head).to_have_attribute("type", "application/atom+xml")
    reader.ask("!digest")
    expect(head).to_have_attribute("href", re.compile("q=%21digest&language=en&from=2025-01-01"))
    reader.ask("!refuse")
    expect(reader.turn.get_by_role("button", name="Follow")).to_have_attribute("value", re.compile("q=%21refuse"))
    expect(head).to_have_attribute("href", re.compile("q=%21refuse"))
    site = visit(f"{double.url}/site")
    link = site.ask("Who signed?").get_by_role("link", name="Follow")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("title", "In a feed reader (RSS)")
    expect(site.page.locator("head link[rel=alternate]")).to_have_count(0)  # that page is the site's own
    site.page.get_by_role("button", name="New conversation").click()  # and nothing is left, which every test looks for


def test_a_reload_keeps_the_conversation_where_the_site_allows_it(visit, double):
    double.pages["/site"] = (SITE.format(url=double.url), {})
    reader = visit(f"{double.url}/site")
    reader.ask("Who signed?")
    reader.page.wait_for_function("() => sessionStorage.length")  # kept a moment after the answer is whole
    reader.page.reload()
    expect(reader.turn.locator("h3")).to_contain_text("Who signed?")
    expect(reader.turn.locator("blockquote mark")).to_have_text(QUOTE)
    reader.ask("And when?")
    assert [h["question"] for h in double.asked[-1]["history"]] == ["Who signed?"]
    reader.page.get_by_role("button", name="New conversation").click()
    reader.page.reload()
    reader.chat.locator(".suggestions").wait_for()
    expect(reader.chat.locator(".turn")).to_have_count(0)  # and nothing is left, which every test looks for


def test_a_list_a_brief_and_other_versions_have_their_own_forms(visit, double):
    reader = visit(double.url)
    expect(reader.ask("!list").locator("ul.short li > bdi")).to_have_text(
        ["Pirro Vengu", "Ivan Anušić", "Ejup Maqedonci"]
    )
    turn = reader.ask("!brief")
    expect(turn.locator(".source .outlet")).to_have_text("Brief by Telal · source: USA TODAY")
    turn = reader.ask("!versions")
    turn.get_by_text("Also in Romanian, Serbian (Cyrillic)").click()
    link = turn.get_by_role("link", name="Пожар у Кочанима")
    expect(link).to_have_attribute("href", re.compile("/story/.+lang=en$"))
    reader.shot("versions")


def test_stories_of_a_digest_are_one_tap_from_a_question(visit, double):
    reader = visit(double.url)
    stories = reader.ask("!digest").locator(".story")
    expect(stories).to_have_count(3)
    expect(stories.first).to_contain_text("Brief by Telal · source: USA TODAY, 16 March 2025")
    expect(stories.nth(1).locator("h4")).to_have_attribute("lang", "el")
    expect(stories.nth(1)).to_contain_text("Greek")
    link = stories.last.get_by_role("link")  # never to its own address, which is a script
    expect(link).to_have_attribute("href", re.compile("/story/.+lang=en$"))
    stories.nth(1).get_by_role("button", name="Ask about this").click()
    expect(reader.chat.locator(".turn")).to_have_count(2)
    expect(reader.turn.locator("mark")).to_be_visible()
    assert "Πρέσπα" in double.asked[-1]["question"]
    assert "Fire at a nightclub" in double.asked[-1]["history"][0]["answer"]


def test_the_first_page_shows_the_newest_stories_below_the_field(visit, double):
    double.stories = STORIES
    reader = visit(double.url)
    expect(reader.chat.locator(".story")).to_have_count(3)
    expect(reader.box).to_be_focused()
    box, first = reader.box.bounding_box(), reader.chat.locator(".story").first.bounding_box()
    assert box and first and box["y"] + box["height"] < first["y"]
    reader.chat.locator(".story .ask").first.click()
    expect(reader.turn.locator("h3")).to_contain_text("How many people died in the fire in Kočani?")
    expect(reader.turn.locator("blockquote")).to_have_count(2)
    expect(reader.box).to_be_focused()  # at the foot now
    expect(reader.chat.locator(".story")).to_have_count(0)
