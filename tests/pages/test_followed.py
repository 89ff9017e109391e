"""What is followed on a reader's device: marked when there is something new, kept nowhere else, forgotten at a word."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.pages.test_addresses import FORBIDDEN

ASKED = "Who signed?"


def kept(reader):
    return json.loads(reader.page.evaluate("localStorage.getItem('telal followed') ?? '[]'"))


def follow(reader, double, question=ASKED):
    double.feeds[question] = [("2026-11-01", "Edi Rama")]
    turn = reader.ask(question)
    turn.get_by_role("button", name="Follow", exact=True).click()
    expect(turn.get_by_role("button", name="Following", pressed=True)).to_be_visible()
    return turn


def test_follow_keeps_the_question_here_and_says_what_will_happen(visit, double):
    reader = visit(f"{double.url}/?lang=en")
    turn = follow(reader, double)
    expect(turn).to_contain_text("What is new will be marked on Telal's first page, on this device only.")
    expect(reader.status).to_contain_text("No messages are sent.")
    feed = turn.get_by_role("link", name="In a feed reader (RSS)")
    expect(feed).to_have_attribute("href", f"{double.url}/v1/follow.atom?q=Who+signed%3F&language=en")
    assert reader.violations() == []
    reader.shot("following")
    (one,) = kept(reader)
    assert (one["feed"], one["title"]) == ("/v1/follow.atom?q=Who+signed%3F&language=en", ASKED)
    assert "Rama" not in json.dumps(one)  # an article may be erased
    reader.page.reload()
    turn.get_by_role("button", name="Following").click()
    expect(turn.get_by_role("button", name="Follow", exact=True, pressed=False)).to_be_visible()
    assert kept(reader) == []


def test_who_goes_on_at_once_follows_all_the_same(visit, double):
    reader = visit(f"{double.url}/?lang=en")
    turn = reader.ask(ASKED)
    reader.page.route("**/v1/follow.atom*", lambda route: route.abort())  # no answer
    turn.get_by_role("button", name="Follow", exact=True).click()
    expect(turn.get_by_role("button", name="Following", pressed=True)).to_be_visible()
    reader.page.unroute("**/v1/follow.atom*")
    double.feeds[ASKED] = [("2027-01-09", "Edi Rama")]
    reader.page.goto(f"{double.url}/?lang=en")
    reader.page.locator("#followed summary").click()
    expect(reader.page.locator("#followed li")).to_contain_text("Nothing new since 9 January 2027")


def test_the_first_page_marks_what_is_new_until_it_was_seen(visit, double):
    reader = visit(f"{double.url}/?lang=en")
    follow(reader, double)
    reader.page.goto(f"{double.url}/?lang=en")
    box = reader.page.locator("#followed")
    box.locator("summary").click()
    expect(box.locator("summary")).to_have_text("You follow")
    expect(box.locator("li")).to_contain_text("Nothing new since 1 November 2026")
    double.feeds[ASKED].insert(0, ("2026-12-03", "Krešimir Grgić"))
    reader.page.reload()
    expect(box.locator("summary")).to_have_text("You follow · new in 1")
    box.locator("summary").click()
    expect(box.locator("li")).to_contain_text("New, 3 December 2026 Krešimir Grgić")
    expect(box.locator("li [lang=el]")).to_have_text("Krešimir Grgić")
    assert reader.violations() == []
    reader.shot("followed")
    box.get_by_role("link", name=ASKED).click()
    expect(reader.turn.locator("h3")).to_contain_text(ASKED)
    reader.page.goto(f"{double.url}/?lang=en")
    expect(box.locator("li")).to_contain_text("Nothing new since 3 December 2026")
    double.feeds[ASKED] = [("2027-01-09", "Krešimir Grgić")]  # nobody read it for a month: the server began it anew
    reader.page.reload()
    expect(box.locator("li")).to_contain_text("Nothing new since 3 December 2026")


def test_unfollow_takes_one_away_and_forget_all_leaves_nothing(visit, double):
    reader = visit(f"{double.url}/?lang=en")
    follow(reader, double)
    follow(reader, double, "!refuse")
    reader.page.goto(f"{double.url}/?lang=en")
    box = reader.page.locator("#followed")
    box.locator("summary").click()
    expect(box.get_by_role("link")).to_have_text(["!refuse", ASKED])
    box.get_by_role("button", name="Unfollow: !refuse").click()
    expect(box.get_by_role("link")).to_have_text([ASKED])
    expect(box.locator("summary")).to_be_focused()
    reader.page.locator("#recent summary").click()
    reader.page.locator("#recent").get_by_role("button", name="Forget all").click()
    expect(box).to_be_hidden()
    expect(reader.page.locator("#recent")).to_be_hidden()
    assert reader.page.evaluate("localStorage.length") == 0


def test_a_server_that_follows_no_more_says_so(visit, double):
    reader = visit(f"{double.url}/?lang=en")
    turn = reader.ask(ASKED)  # without a feed
    turn.get_by_role("button", name="Follow", exact=True).click()
    expect(turn).to_contain_text("This could not be followed. Try again later")
    assert kept(reader) == []
    follow(reader, double, "!refuse")
    double.feeds.clear()
    reader.page.goto(f"{double.url}/?lang=en")
    reader.page.locator("#followed summary").click()
    expect(reader.page.locator("#followed li")).to_contain_text("It could not be looked up now.")


def test_a_story_is_followed_from_the_page_of_its_feed(visit, double):
    double.feeds["a/1"] = [("2026-11-01", "It began.")]
    address = "lang=en&follow=%2Fv1%2Ffollow.atom%3Fstory%3Da%252F1%26language%3Den"
    reader = visit(f"{double.url}/?{address}")
    box = reader.page.locator("#followed")
    button = box.get_by_role("button", name="Follow", exact=True)
    expect(button).to_be_focused()
    assert kept(reader) == [] and double.begun == []  # a link alone follows nothing
    assert reader.violations() == []
    button.click()
    expect(box).to_contain_text("Nothing new since 1 November 2026")
    link = box.get_by_role("link", name="a/1")
    expect(link).to_have_attribute("href", "/story/a%2F1?lang=en")
    assert double.begun == ["/v1/follow.atom?story=a%2F1&language=en"]
    expect(reader.page).to_have_url(f"{double.url}/?lang=en")  # a reload follows nothing again
    assert reader.violations() == []
    elsewhere = visit(f"{double.url}/?lang=en&follow=https%3A%2F%2Fexample.org%2F")
    expect(elsewhere.page.locator("#places a").first).to_be_visible()
    expect(elsewhere.page.locator("#followed")).to_be_hidden()


@pytest.mark.parametrize("stored", ["[]", "{", '[{"feed": "//example.org/"}, 5, null]'])
def test_what_else_stands_in_the_storage_is_left_alone(visit, double, stored):
    reader = visit(f"{double.url}/demo")
    reader.page.evaluate("text => localStorage.setItem('telal followed', text)", stored)
    reader.page.goto(f"{double.url}/?lang=en")
    expect(reader.page.locator("#places a").first).to_be_visible()
    expect(reader.page.locator("#followed")).to_be_hidden()


def test_without_storage_it_is_followed_as_long_as_the_page_is_open(visit, double):
    reader = visit(f"{double.url}/demo")
    reader.stored = False
    reader.page.add_init_script(FORBIDDEN)
    reader.page.goto(f"{double.url}/?lang=en")
    follow(reader, double)
    reader.page.get_by_role("button", name="New conversation").click()
    reader.page.locator("#followed summary").click()
    expect(reader.page.locator("#followed")).to_contain_text("This browser has no room for them")
