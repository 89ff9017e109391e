"""An address for each answer: Back and forward, a reload, an address that was passed on, the last conversations."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from telal_scenes import QUOTE, STORIES, scene

pytestmark = pytest.mark.browser

FORBIDDEN = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"


def shown(reader) -> list[str]:
    """The questions in sight."""
    return [text.removeprefix("You asked: ") for text in reader.chat.locator(".turn h3").all_text_contents()]


def test_back_goes_to_the_answer_before_and_forward_returns(visit, double):
    double.stories = STORIES
    reader = visit(double.url)
    reader.chat.locator(".story").first.wait_for()
    reader.page.evaluate("scrollTo(0, 150)")
    reader.ask("Who signed?")
    assert reader.page.url == f"{double.url}/?lang=en&q=Who+signed%3F"
    expect(reader.page).to_have_title("Who signed? · Telal")
    reader.ask("!refuse and when?")
    reader.page.go_back()
    expect(reader.chat.locator(".turn")).to_have_count(1)
    assert shown(reader) == ["Who signed?"]
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)
    reader.page.go_back()
    expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
    expect(reader.chat.locator(".story")).to_have_count(3)
    assert reader.page.evaluate("scrollY") == 150
    reader.page.go_forward()
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)
    reader.page.go_forward()
    expect(reader.chat.locator(".turn")).to_have_count(2)
    assert shown(reader) == ["Who signed?", "!refuse and when?"]
    assert len(double.asked) == 2  # each once


def wait_until_kept(reader, question):
    """The answer is shown a moment before it is kept."""
    reader.page.wait_for_function("q => (localStorage.getItem('telal recent') ?? '').includes(q)", arg=question)


def test_a_question_after_back_goes_on_from_there(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    reader.ask("!refuse")
    reader.page.go_back()
    expect(reader.chat.locator(".turn")).to_have_count(1)
    reader.ask("And when?")
    assert [one["question"] for one in double.asked[-1]["history"]] == ["Who signed?"]
    wait_until_kept(reader, "And when?")
    reader.page.reload()
    expect(reader.chat.locator(".turn")).to_have_count(2)
    assert shown(reader) == ["Who signed?", "And when?"]


def test_a_reload_shows_the_same_without_asking(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    reader.ask("!refuse")
    before = reader.turn.locator(".answer").inner_text()
    wait_until_kept(reader, "!refuse")
    reader.page.reload()
    expect(reader.chat.locator(".turn")).to_have_count(2)
    assert reader.turn.locator(".answer").inner_text() == before
    assert len(double.asked) == 2
    reader.ask("And why?")
    assert len(double.asked[-1]["history"]) == 2


def test_an_answer_from_an_erased_article_is_not_shown_again(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)
    wait_until_kept(reader, "Who signed?")
    double.erased = {one["article_id"] for one in scene("Who signed?").citations}
    reader.page.reload()
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)  # the double, asked anew, has it still
    assert len(double.asked) == 2


def test_an_address_that_was_passed_on_asks_and_back_leaves_no_trap(visit, double):
    reader = visit(f"{double.url}/demo")
    reader.page.goto(f"{double.url}/?lang=en&q=Who+signed%3F")
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)
    assert len(double.asked) == 1
    reader.page.go_back()
    expect(reader.page).to_have_url(f"{double.url}/demo")


def test_an_answer_that_used_the_conversation_has_an_address_that_needs_none(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    reader.ask("!standalone And when?")
    expect(reader.page).to_have_url(f"{double.url}/?lang=en&q=When+was+the+Tirana+agreement+signed%3F")


def test_what_failed_is_asked_again_in_its_place(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    reader.ask("!500")
    reader.page.reload()
    expect(reader.turn.locator(".failure")).to_be_visible()
    assert shown(reader) == ["Who signed?", "!500"]
    assert [one["question"] for one in double.asked[-1]["history"]] == ["Who signed?"]
    reader.page.go_back()
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)


def test_new_conversation_begins_one_and_back_returns_to_the_last(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    reader.page.get_by_role("button", name="New conversation").click()
    expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
    expect(reader.box).to_be_focused()
    reader.ask("!refuse")
    assert double.asked[-1]["history"] == []
    reader.page.go_back()
    reader.page.go_back()
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)


def test_the_last_conversations_are_opened_and_forgotten_by_keyboard(visit, double):
    reader = visit(double.url)
    expect(reader.page.locator("#recent")).to_be_hidden()
    reader.ask("Who signed?")
    reader.ask("And when?")
    reader.page.get_by_role("button", name="New conversation").click()
    reader.ask("!refuse")
    reader.page.goto(f"{double.url}/?lang=en")
    recent = reader.page.locator("#recent")
    expect(recent.locator("summary")).to_have_text("Earlier conversations")
    expect(reader.box).to_be_focused()
    for _ in range(3):  # past the button that sends and the filter
        reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Enter")
    expect(recent.get_by_role("link")).to_have_text(["!refuse", "Who signed?"])
    expect(recent).to_contain_text("Kept on this device only, for 30 days.")
    assert reader.violations() == []
    reader.shot("recent")
    recent.get_by_role("link", name="Who signed?").press("Enter")
    expect(reader.chat.locator(".turn")).to_have_count(2)
    assert shown(reader) == ["Who signed?", "And when?"]
    reader.page.go_back()
    recent.get_by_role("button", name="Forget: Who signed?").press("Enter")
    expect(recent.get_by_role("link")).to_have_text(["!refuse"])
    expect(recent.locator("summary")).to_be_focused()
    recent.get_by_role("button", name="Forget all").press("Enter")
    expect(recent).to_be_hidden()
    expect(reader.box).to_be_focused()
    assert reader.page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("storage", [FORBIDDEN, FULL])
def test_without_storage_back_works_a_reload_asks_again_and_the_list_says_so(visit, double, storage):
    reader = visit(f"{double.url}/demo")
    reader.stored = storage != FORBIDDEN
    reader.page.add_init_script(storage)
    reader.page.goto(double.url)
    reader.ask("Who signed?")
    reader.ask("!refuse")
    reader.page.go_back()
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)
    assert len(double.asked) == 2
    reader.page.go_back()
    reader.page.locator("#recent summary").click()
    expect(reader.page.locator("#recent")).to_contain_text("This browser has no room for them")
    reader.page.go_forward()
    reader.page.reload()
    expect(reader.turn.locator("mark")).to_have_text(QUOTE)
    assert len(double.asked) == 3


def test_a_question_without_end_and_markup_stay_words(visit, double):
    reader = visit(double.url)
    reader.ask("<img src=x onerror=alert(1)> " + "Donaudampfschifffahrt" * 20)
    wait_until_kept(reader, "Donaudampfschifffahrt")
    reader.page.goto(f"{double.url}/?lang=en")
    reader.page.locator("#recent summary").click()
    expect(reader.page.locator("#recent a")).to_contain_text("<img src=x")
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
