"""The chat page around the answers: its title folds away, its address asks, its forms are in sight, it prints clean."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.servers import until

pytestmark = pytest.mark.browser

COLOUR = "e => getComputedStyle(e).color"


def test_the_title_folds_away_when_something_is_asked_and_comes_back(visit, double):
    reader = visit(double.url)
    title = reader.page.get_by_role("heading", level=1)
    tall = title.bounding_box()
    reader.ask("Who signed?")
    folded = title.bounding_box()
    assert tall and folded and tall["height"] > 30 and folded["height"] <= 1
    reader.shot("folded")
    reader.page.get_by_role("button", name="New conversation").click()
    expect(title).to_be_visible()
    assert (title.bounding_box() or {})["height"] > 30


def test_an_address_with_a_question_asks_it_once(visit, double):
    reader = visit(f"{double.url}/?lang=tr&q=Kim+imzalad%C4%B1%3F")
    expect(reader.turn.locator("blockquote")).to_have_count(2)
    assert [a["question"] for a in double.asked] == ["Kim imzaladı?"]
    reader.page.locator("#language").select_option("el")
    expect(reader.chat.locator(".composer button")).to_have_text("Ρωτήστε")
    assert len(double.asked) == 1


def test_what_was_stopped_is_no_error(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!hold", wait=False)
    reader.chat.get_by_role("button", name="Stop").click()
    stopped = turn.locator(".failure")
    expect(stopped).to_contain_text("Stopped.")
    failed = reader.ask("!500").locator(".failure")
    assert failed.evaluate(COLOUR) != stopped.evaluate(COLOUR)


def test_a_search_that_runs_moves(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!hold", wait=False)
    moves = "e => e.getAnimations({subtree: true}).some((a) => a.playState === 'running')"
    until(lambda: turn.locator(".busy").evaluate(moves))  # asked anew each time: the page may draw it anew
    double.go_on.set()
    expect(turn.locator(".busy")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 640)])
def test_the_buttons_of_the_feedback_form_are_in_sight(visit, double, width, height):
    reader = visit(double.url, width=width, height=height)
    reader.ask("Who signed?")
    turn = reader.ask("And when?")
    turn.get_by_role("button", name="Report a problem").click()
    expect(turn.get_by_role("radio").first).to_be_focused()
    box, edge = turn.get_by_role("button", name="Send").bounding_box(), reader.chat.locator(".composer").bounding_box()
    assert box and edge and 0 <= box["y"] and box["y"] + box["height"] <= edge["y"]
    reader.shot(f"feedback-{width}")


def test_on_paper_there_are_only_question_answer_and_sources(visit, double):
    reader = visit(double.url)
    turn = reader.ask("Who signed?")
    reader.page.emulate_media(media="print")
    for gone in (".composer", ".actions"):
        expect(reader.chat.locator(gone).first).to_be_hidden()
    for gone in ("#language", "#fresh", "body > footer"):
        expect(reader.page.locator(gone)).to_be_hidden()
    for kept in ("h3", "blockquote", ".source"):
        expect(turn.locator(kept).first).to_be_visible()
    reader.shot("print")
