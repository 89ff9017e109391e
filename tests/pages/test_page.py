"""The chat page around the answers: its title folds away, its address asks, its forms are in sight, it prints clean."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from playwright.sync_api import Route, expect
from telal_scenes import STORIES

from rag.text.languages import LANGUAGES
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


def test_countries_and_subjects_are_one_row_of_links_with_the_own_country_first(visit, double):
    reader = visit(f"{double.url}/?lang=el", locale="el-GR")
    row = reader.page.get_by_role("navigation", name="Ειδήσεις ανά χώρα και θέμα")
    links = row.get_by_role("link")
    expect(links).to_have_count(17)
    assert links.all_text_contents()[:2] == ["Ελλάδα", "Αλβανία"]
    assert links.all_text_contents()[-1] == "Υγεία"
    links.first.click()
    expect(reader.turn.locator("h3")).to_contain_text("Ελλάδα: τι νέα;")
    assert double.asked[0]["question"] == "Ελλάδα: τι νέα;"


NO_NAMES = "Intl.DisplayNames = class { of(code) { return code } }"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_row_has_names_where_the_browser_has_none(browser, double, language):
    double.stories = STORIES
    page = browser.new_page()
    page.add_init_script(NO_NAMES)
    page.goto(f"{double.url}/?lang={language}")
    links = page.locator("#places a")
    expect(links).to_have_count(17)
    also = page.locator("telal-chat .also summary").first
    expect(also).to_be_visible()
    said = [*links.all_text_contents(), *also.inner_text().split(": ")[-1].split(", ")]
    assert all(len(name) > 3 for name in said), said
    assert "sr-Cyrl" not in said
    address = links.first.get_attribute("href")
    assert links.first.inner_text().replace(" ", "+") in unquote(address), address
    page.close()


def test_on_a_phone_the_row_scrolls_and_stays_one_row(visit, double):
    reader = visit(double.url, width=360)
    row = reader.page.locator("#places")
    expect(row.get_by_role("link")).to_have_count(17)
    height = "e => [e.clientHeight, e.scrollWidth > e.clientWidth, document.documentElement.scrollWidth]"
    tall, scrolls, page = row.evaluate(height)
    assert tall < 60 and scrolls and page == 360


def test_filters_narrow_the_question_and_each_chip_takes_one_away(visit, double):
    reader = visit(double.url)
    reader.chat.get_by_text("Filter", exact=True).click()
    form = reader.chat.locator(".narrow")
    form.get_by_label("From … to …").check()
    form.get_by_label("From", exact=True).fill("2025-03-01")
    form.get_by_label("To", exact=True).fill("2025-03-31")
    form.get_by_label("Greek").check()
    form.get_by_label("Дневни гласник").check()
    assert reader.violations() == []
    reader.shot("filters")
    turn = reader.ask("Who signed?")
    wanted = {"from": "2025-03-01", "to": "2025-03-31", "languages": ["el"], "outlets": ["Дневни гласник"]}
    assert double.asked[-1]["filters"] == wanted
    chips = turn.locator(".only button")
    expect(chips).to_have_text(["1 March 2025 – 31 March 2025×", "Greek×", "Дневни гласник×"])
    address = reader.page.url
    chips.nth(1).click()
    expect(reader.turn.locator(".only button")).to_have_count(2)
    expect(reader.turn.locator("mark")).to_be_visible()
    assert double.asked[-1]["filters"] == {name: value for name, value in wanted.items() if name != "languages"}
    reader.page.goto(address)  # as somebody else would
    reader.page.evaluate("localStorage.clear()")
    other = visit(address)
    expect(other.turn.locator("mark")).to_be_visible()
    assert double.asked[-1]["filters"] == wanted


def test_the_last_week_is_a_filter_and_no_filter_is_none(visit, double):
    reader = visit(double.url)
    reader.chat.get_by_text("Filter", exact=True).click()
    form = reader.chat.locator(".narrow")
    form.get_by_label("Past week").check()
    expect(form.get_by_label("Past week")).to_be_checked()
    expect(form.locator("[type=date]")).to_have_count(0)
    reader.ask("Who signed?")
    assert list(double.asked[-1]["filters"]) == ["from"]
    reader.chat.locator(".filters summary").click()
    form.get_by_role("button", name="Remove filters").click()
    reader.ask("And when?")
    assert double.asked[-1]["filters"] == {}


def test_a_digest_stands_by_day_under_the_age_of_its_newest_and_leads_to_older_ones(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!digest")
    expect(turn.locator(".age > p")).to_have_text("The newest of these: 16 March 2025")
    assert turn.locator(".group > .label").all_text_contents() == ["16 March 2025", "15 March 2025", "14 March 2025"]
    expect(turn.get_by_role("button", name="Older stories")).to_have_count(0)  # three are all
    turn = reader.ask("!many")
    assert reader.violations() == []
    reader.shot("digest")
    turn.get_by_role("button", name="Older stories").click()
    expect(reader.turn.locator(".only button").first).to_have_text("– 8 March 2025×")
    expect(reader.chat.locator(".turn")).to_have_count(3)
    expect(reader.turn.locator("mark, .story").first).to_be_visible()
    assert double.asked[-1]["filters"] == {"to": "2025-03-08"}


def test_the_newest_stories_say_how_old_they_are(visit, double):
    double.stories = STORIES
    reader = visit(double.url)
    expect(reader.chat.locator(".log > .label")).to_contain_text("The newest of these: 16 March 2025")


def test_under_the_first_pages_stories_come_those_behind_them(visit, double):
    double.stories = [
        {**STORIES[0], "article_id": f"n{day}", "published": f"2025-03-{day:02}T00:00:00+00:00"}
        for day in range(20, 0, -1)
    ]
    reader = visit(f"{double.url}/?lang=hr")
    stories = reader.chat.locator(".story")
    older = reader.page.get_by_role("button", name="Starije vijesti")
    older.click()
    expect(stories).to_have_count(16)
    expect(stories.nth(8).get_by_role("link").first).to_be_focused()  # where one reads on
    assert reader.violations() == []
    reader.page.route("**/v1/stories?*", lambda route: route.abort())
    older.click()
    expect(reader.page.locator("#status")).to_contain_text("nije dostupan")
    reader.page.unroute("**/v1/stories?*")
    older.click()
    expect(stories).to_have_count(20)
    expect(older).to_have_count(0)  # these were all
    links = stories.get_by_role("link").evaluate_all("all => all.map((one) => one.href)")
    assert len(set(links)) == 20
    double.stories = STORIES  # three are all
    few = visit(f"{double.url}/?lang=hr").page
    expect(few.locator("body > footer summary")).to_have_text("Kako ovo radi")
    expect(few.locator("#older")).to_have_text("")


def test_an_outlet_has_its_letter_and_nobody_reads_it_aloud(visit, double):
    turn = visit(double.url).ask("Who signed?")
    badges = turn.locator(".source .badge")
    letters = badges.evaluate_all("all => all.map((e) => getComputedStyle(e, '::before').content)")
    assert letters == ['"A"', '"Д"']
    expect(badges).to_have_text(["", ""])


def test_the_foot_says_in_the_readers_language_until_when_the_archive_was_read_and_nothing_moves(visit, double):
    double.fresh = "Διαβάστηκε έως τις 12:04 UTC."
    reader = visit("about:blank")
    held: list[Route] = []
    reader.page.route("**/v1/status?language=el", lambda route: held.append(route))
    reader.page.goto(f"{double.url}/?lang=el")
    foot = reader.page.locator("body > footer")
    expect(foot.locator("summary")).to_have_text("Πώς λειτουργεί")
    rows = (reader.box, *foot.locator("a, summary").all())
    before = [row.bounding_box() for row in rows]
    until(lambda: held)
    held[0].continue_()
    expect(foot.locator("#status")).to_have_text(double.fresh)
    assert [row.bounding_box() for row in rows] == before
    assert (foot.bounding_box() or {})["y"] > 800  # below the window, where late words move nothing
    foot.locator("summary").click()
    expect(foot.locator("details p")).to_contain_text("Telal")
    reader.page.locator("#language").select_option("tr")
    expect(foot.locator("summary")).to_have_text("Nasıl çalışır")
