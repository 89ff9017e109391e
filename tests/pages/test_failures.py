"""What a reader sees when something fails, and what hostile text can do: nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from telal_scenes import AFTER, BEFORE, MARKUP, QUOTE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("!cut", "The connection was lost. This answer is incomplete."),
        ("!silence", "The connection was lost. This answer is incomplete."),
        ("!error", "Something failed at Telal. The question was not answered."),
        ("!500", "Something failed at Telal. The question was not answered."),
        ("!422", "This question was not accepted."),
        ("!proxy", "Telal is busy or not ready yet. Please try again in a moment."),
        ("!late", "Telal is busy or not ready yet. Please try again in a moment."),
    ],
)
def test_a_failure_is_said_and_can_be_tried_again(visit, double, scene, said):
    reader = visit(double.url)
    turn = reader.ask(f"Who signed? {scene}")
    expect(turn.locator(".failure p").first).to_have_text(said)
    expect(reader.status).to_have_text(said)
    turn.get_by_role("button", name="Try again").click()
    expect(reader.box).to_be_focused()
    expect(turn.locator(".failure")).to_be_visible()
    expect(reader.chat.locator(".turn")).to_have_count(1)
    times = 4 if scene in ("!cut", "!silence") else 2  # what breaks off is asked once more by itself
    assert [a["question"] for a in double.asked] == [f"Who signed? {scene}"] * times


def test_what_had_come_stays_when_the_connection_is_lost(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!cut")
    expect(turn.locator("blockquote")).to_have_text([BEFORE + QUOTE + AFTER])
    turn.locator(".source").click()
    expect(turn.locator(".card mark")).to_have_text(QUOTE)
    reader.shot("cut")


def test_why_a_question_was_not_accepted_is_shown(visit, double):
    expect(visit(double.url).ask("!422").locator(".failure")).to_contain_text("The question has no words.")


def test_a_limit_says_when_to_come_back_and_counts_down(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!429")
    expect(turn.locator(".failure")).to_contain_text(re.compile(r"Too many questions. Try again in [12] seconds?\."))
    retry = turn.get_by_role("button", name="Try again")
    expect(retry).to_be_disabled()
    expect(retry).to_be_enabled()
    expect(turn.locator(".failure p")).to_have_text("Too many questions. ")


def test_a_server_that_starts_or_has_too_much_to_do_says_so_and_when_to_come_back(visit, double):
    reader = visit(f"{double.url}/?lang=en")
    turn = reader.ask("!503")
    said = re.compile(r"Telal is busy or not ready yet. Try again in [12] seconds?\.")
    expect(turn.locator(".failure")).to_contain_text(said)
    expect(reader.status).to_have_text("Telal is busy or not ready yet. Try again in 2 seconds.")
    retry = turn.get_by_role("button", name="Try again")
    expect(retry).to_be_disabled()
    expect(retry).to_be_enabled()
    expect(turn.locator(".failure p")).to_have_text("Telal is busy or not ready yet. Please try again in a moment.")
    assert reader.violations() == []


def test_what_a_busy_server_is_told_in_is_the_readers_language(visit, double):
    reader = visit(f"{double.url}/?lang=en")
    said = set()
    for language in reader.page.locator("#language option").evaluate_all("all => all.map((one) => one.value)"):
        reader.page.locator("#language").select_option(language)
        expect(reader.chat.locator(".panel")).to_have_attribute("lang", language)
        said.add(reader.ask("!proxy").locator(".failure p").inner_text())
        reader.page.locator("#fresh").click()
    assert len(said) >= 10  # the four that share their words count once or twice
    assert all("Telal" in one or "Телал" in one for one in said)


def test_a_server_that_is_down_is_said_and_found_again(visit, double):
    reader = visit(double.url)
    reader.page.locator("#places a").first.wait_for()
    reader.page.context.set_offline(True)
    turn = reader.ask("Who signed?")
    expect(turn.locator(".failure")).to_contain_text("Telal cannot be reached. Check the connection.")
    reader.page.context.set_offline(False)
    turn.get_by_role("button", name="Try again").click()
    expect(reader.turn.locator("blockquote")).to_have_count(2)


def test_stopping_keeps_what_has_come_and_reaches_the_server(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!hold", wait=False)
    expect(turn.locator("blockquote")).to_have_count(1)
    reader.box.fill("And when?")
    reader.box.press("Enter")  # one question at a time: what was typed is kept
    expect(reader.box).to_have_value("And when?")
    reader.chat.get_by_role("button", name="Stop").click()
    expect(turn.locator(".failure")).to_contain_text("Stopped.")
    expect(turn.locator("blockquote")).to_have_text([BEFORE + QUOTE + AFTER])
    assert double.left.wait(5)
    reader.box.press("Enter")
    expect(reader.turn.locator("blockquote")).to_have_count(2)


def test_an_answer_comes_to_a_tab_in_the_background(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!hold", wait=False)
    expect(turn.locator("blockquote")).to_have_count(1)
    other = reader.page.context.new_page()
    other.bring_to_front()
    double.go_on.set()
    expect(turn.locator("blockquote")).to_have_count(2)
    assert reader.ask("!long").locator("figcaption .number").count() == 200
    other.close()
    reader.page.bring_to_front()
    expect(reader.status).to_contain_text("200 sources")


def test_an_element_that_is_removed_stops_its_question(visit, double):
    reader = visit(double.url)
    expect(reader.ask("!hold", wait=False).locator("blockquote")).to_have_count(1)
    reader.page.evaluate("document.querySelector('telal-chat').remove()")
    assert double.left.wait(5)


def test_hostile_text_stays_text(visit, double):
    reader = visit(double.url)
    turn = reader.ask(f"!hostile {MARKUP}")
    expect(turn.locator("h3")).to_contain_text(MARKUP)
    expect(turn.locator("blockquote").first).to_contain_text(MARKUP)
    assert "{{7*7}} ${7*7}" in turn.locator("figure blockquote").first.inner_text()
    for part in (".short", "[part=lead]", ".answer .note", "[part=standalone]", "figure .note"):
        expect(turn.locator(part).first).to_contain_text(MARKUP)
    turn.locator("figcaption .source").first.click()
    card = turn.locator(".card")
    expect(card.locator("mark")).to_have_text(MARKUP)
    expect(card.locator(".facts")).to_contain_text(MARKUP)
    expect(card.locator("h4")).to_contain_text(MARKUP)
    expect(card.locator("a")).to_have_attribute("href", re.compile(f"^{double.url}/story/"))  # none to its own address
    expect(turn.locator(".written")).to_have_text(MARKUP)
    expect(turn.locator(".story")).to_contain_text(MARKUP)
    expect(turn.locator(".story a").first).to_have_attribute("href", re.compile(f"^{double.url}/story/"))
    turn.locator(".source").last.click()
    assert len(card.locator("h4").inner_text()) < 400  # of a megabyte
    expect(card.locator("a")).to_have_attribute("href", re.compile(f"^{double.url}/story/"))  # none to its own address
    inner = "document.querySelector('telal-chat').shadowRoot"
    assert reader.page.evaluate(f"{inner}.querySelectorAll('img, script, iframe, [onerror]').length") == 0
    assert reader.page.title() != "owned"
    width = reader.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    reader.shot("hostile")


def test_direction_marks_stay_inside_what_they_came_in(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!hostile")
    apart = "e => getComputedStyle(e).unicodeBidi"
    assert turn.locator(".outlet").first.evaluate(apart) == "isolate"
    for selector in ("blockquote", ".written", "h3", ".title"):
        assert turn.locator(selector).first.evaluate(apart) in ("isolate", "plaintext"), selector
