"""For everyone: by keyboard alone, by ear, magnified, in the dark, in forced colours; axe-core on every state."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from telal_scenes import QUOTE, STORIES

pytestmark = pytest.mark.browser


def test_the_launcher_by_keyboard_alone(visit, double):
    reader = visit(f"{double.url}/demo")
    press = reader.page.keyboard.press
    reader.chat.locator(".launcher").wait_for()
    for _ in range(30):
        press("Tab")
        if "launcher" in (reader.active().get_attribute("class") or ""):
            break
    press("Enter")
    dialog = reader.chat.get_by_role("dialog", name="Ask the news")
    expect(dialog).to_be_visible()
    assert reader.active().get_attribute("id") == "question"
    reader.page.keyboard.type("Who signed the agreement?")
    press("Enter")
    expect(reader.status).to_contain_text("2 sources")
    assert reader.turn.get_by_role("button", name="Helpful").is_visible()  # what is told to be there is there
    further = reader.turn.locator(".next button")
    expect(further).to_have_count(2)  # they come a moment later
    press("Shift+Tab")
    assert reader.active().get_attribute("title") == "Filter"
    order = []
    for _ in range(15):  # backwards from the box: everything can be reached, in the order in which it is read
        press("Shift+Tab")
        order.append(reader.active().text_content() or reader.active().get_attribute("aria-label"))
    tools = ["Follow (new tab)", "Copy with sources", "Share", "Report a problem", "Helpful"]
    assert order[:7] == [*reversed(further.all_text_contents()), *tools]
    assert order[7].startswith("Source 2:2Дневни гласник, 19 March 2025")
    assert order[8].startswith("Source 1:1The Adriatic Observer, 18 March 2025")
    for _ in range(14):
        if (reader.active().text_content() or "").startswith("Source 1"):
            break
        press("Tab")
    press("Enter")
    assert "Albania, Croatia and Kosovo" in reader.active().text_content()  # the card's heading
    expect(reader.chat.locator(".card mark")).to_have_text(QUOTE)
    press("Escape")
    expect(reader.chat.locator(".card")).to_have_count(0)
    assert reader.active().text_content().startswith("Source 1")
    press("Escape")
    expect(dialog).to_have_count(0)
    assert "launcher" in reader.active().get_attribute("class")


def test_an_open_launcher_fills_a_small_screen_and_shuts_out_the_page(visit, double):
    reader = visit(f"{double.url}/demo", width=360, height=640)
    reader.chat.locator(".launcher").click()
    dialog = reader.chat.get_by_role("dialog")
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    seen = set()
    for _ in range(12):
        reader.page.keyboard.press("Tab")
        seen.add(reader.page.evaluate("document.activeElement.tagName"))
    assert "A" not in seen  # no link of the page behind
    reader.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_screen_reader_hears_the_search_and_then_the_answer_once(visit, double):
    reader = visit(double.url)
    reader.box.wait_for()
    reader.page.evaluate("""() => {
      const region = document.querySelector('telal-chat').shadowRoot.querySelector('[role=status]');
      window.heard = [];
      const watch = new MutationObserver(() => heard.push(region.textContent.trim()));
      watch.observe(region, {childList: true, characterData: true, subtree: true});
    }""")
    turn = reader.ask("!hold", wait=False)
    expect(turn.locator("blockquote")).to_have_count(1)
    double.go_on.set()
    expect(turn.locator("blockquote")).to_have_count(2)
    expect(reader.status).to_contain_text("2 sources")
    heard = reader.page.evaluate("heard")
    assert heard[0] == "Searching the archive…"
    assert set(heard[1:]) == {reader.status.text_content().strip()}
    assert QUOTE in heard[-1]
    expect(reader.status.locator("span").nth(1)).to_have_attribute("lang", "sr-Cyrl")
    expect(reader.chat.locator("[aria-live], [role=log], [role=alert]")).to_have_count(0)  # no other region speaks


def test_the_page_by_keyboard_alone_in_the_order_in_which_it_is_read(visit, double):
    double.stories = STORIES
    reader = visit(double.url)
    reader.chat.locator(".story").first.wait_for()
    expect(reader.box).to_be_focused()

    def press(times: int, key: str = "Tab") -> list[str]:
        """What is focused after each press, by its name; each shows that it is."""
        names = []
        for _ in range(times):
            reader.page.keyboard.press(key)
            at = reader.active()
            names.append((at.text_content() or at.get_attribute("aria-label") or "").strip())
            assert at.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", names[-1]
        return names

    assert press(2) == ["Ask", "Filter"]
    places = press(17)
    assert places[0] == "Albania" and places[-1] == "Health"
    about = "Ask about this: "
    assert press(9)[:5] == [
        STORIES[0]["title"], "Also in Romanian, Serbian (Cyrillic)", about + STORIES[0]["title"],
        STORIES[1]["title"], about + STORIES[1]["title"],
    ]  # fmt: skip
    reader.box.focus()
    reader.page.keyboard.type("!line-en")
    reader.page.keyboard.press("Enter")
    expect(reader.turn.locator(".next button")).to_have_count(2)
    expect(reader.box).to_be_focused()
    back = press(11, "Shift+Tab")
    assert back[0] == "Filter"
    order = [
        "Source 1:",
        "Source 1:",
        "Source 2:",
        "Helpful",
        "Report a problem",
        "Share",
        "Copy with sources",
        "Follow",
    ]
    assert [name[: len(wanted)] for name, wanted in zip(back[:2:-1], order, strict=True)] == order
    heads = reader.chat.locator("h2, h3, h4").evaluate_all("all => all.map((e) => +e.tagName[1])")
    assert heads[:2] == [2, 3]  # the box's name, then the question


def test_a_screen_reader_reads_question_short_answer_quote_source_in_this_order(visit, double):
    reader = visit(double.url)
    reader.ask("!line-en")
    heard = reader.turn.aria_snapshot()
    parts = ["!line-en", "652,678", "najviše od kada se broje", "Više od 650 hiljada vozila", "Helpful", "Follow"]
    places = [heard.rindex(part) for part in parts]  # a figure is named by its source before it is read
    assert places == sorted(places), heard


STATES = ["", "Who signed?", "!model", "!conflict", "!refuse", "!digest", "!versions", "!partial", "!cut", "!429"]


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1280),
        ("dark", 360),
        pytest.param("dark", 1280, marks=pytest.mark.slow),
        pytest.param("light", 360, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_on_the_chat_page(visit, double, scheme, width):
    double.stories, found = STORIES, {}
    double.go_on.set()
    reader = visit(double.url, width=width, color_scheme=scheme)
    reader.chat.locator(".stories").wait_for()
    for versions in reader.chat.locator(".also summary").all():
        versions.click()
    for state in STATES:
        if state:
            turn = reader.ask(state)
        if state in ("Who signed?", "!model"):
            turn.get_by_role("button", name="Source 2").last.click()
            expect(turn.locator(".card mark")).to_be_visible()
        if state == "!partial":
            turn.get_by_role("button", name="Report a problem").click()
        reader.shot(f"axe-page-{state.strip('!?') or 'start'}-{scheme}-{width}")
        if state in ("", "Who signed?", "!429"):  # each look takes in all the turns above
            found[state] = reader.violations()
    assert {state: what for state, what in found.items() if what} == {}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_on_the_demo_page(visit, double, scheme, width):
    reader = visit(f"{double.url}/demo", width=width, color_scheme=scheme)
    reader.chat.locator(".launcher").wait_for()
    found = {"closed": reader.violations()}
    reader.chat.locator(".launcher").click()
    reader.chat.locator(".suggestions").wait_for()
    found["open"] = reader.violations()
    reader.ask("Who signed?").locator(".source").first.click()
    expect(reader.chat.locator(".card mark")).to_be_visible()
    reader.shot(f"demo-card-{scheme}-{width}")
    found["card"] = reader.violations()
    assert {state: what for state, what in found.items() if what} == {}


@pytest.mark.parametrize("path", ["/", "/demo"])
@pytest.mark.parametrize("width", [320, 360, 640])  # 640: a desktop at 200 % zoom
def test_nothing_is_cut_off_when_narrow_or_magnified(visit, double, path, width):
    reader = visit(double.url + path, width=width, height=512)
    reader.page.evaluate("document.querySelector('telal-chat').language = 'el'")  # the longest words
    expect(reader.chat.get_by_text("Ρωτήστε").first).to_be_visible()
    if path == "/demo":
        reader.chat.locator(".launcher").click()
    double.go_on.set()
    for scene in ("!model", "!conflict", "!refuse", "!digest"):
        turn = reader.ask(scene)
    reader.chat.locator(".turn").first.get_by_role("button", name="Πηγή 2").last.click()
    wide = """() => {
      const root = document.querySelector('telal-chat').shadowRoot;
      const limit = innerWidth + 0.5;
      const shown = [...root.querySelectorAll('*')].filter((e) => !e.closest('.hidden'));
      return shown.filter((e) => e.getBoundingClientRect().right > limit).map((e) => e.className);
    }"""
    assert reader.page.evaluate(wide) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(turn).to_be_attached()
    reader.shot(f"narrow{path.replace('/', '-')}-{width}")


def test_every_target_is_large_enough(visit, double):
    double.go_on.set()
    reader = visit(double.url, width=360)
    reader.ask("!model")
    reader.ask("!digest")
    reader.ask("Who signed?").get_by_role("button", name="Source 1").click()
    small = """() => [...document.querySelector('telal-chat').shadowRoot
      .querySelectorAll('button, select, textarea, summary')]
      .filter((e) => e.checkVisibility()).map((e) => [e.textContent || e.ariaLabel, e.getBoundingClientRect()])
      .filter(([, box]) => box.width < 24 || box.height < 24)
      .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
    assert reader.page.evaluate(small) == []


def test_less_motion_and_forced_colours(visit, double):
    still = visit(double.url, reduced_motion="reduce", forced_colors="active")
    turn = still.ask("!hold", wait=False)
    expect(turn.locator("blockquote")).to_have_count(1)
    assert still.page.evaluate("document.querySelector('telal-chat').shadowRoot.getAnimations().length") == 0
    double.go_on.set()
    expect(turn.locator("blockquote")).to_have_count(2)
    turn.locator(".source").first.click()
    edge = still.chat.locator(".composer button").evaluate("e => getComputedStyle(e).borderTopWidth")
    assert edge == "1px"  # a button without its colour still has an edge
    still.shot("forced-colours")


def test_focus_is_not_hidden_behind_the_form(visit, double):
    reader = visit(double.url, width=360, height=640)
    double.go_on.set()
    for _ in range(3):
        reader.ask("!model")
    form = reader.chat.locator(".composer")
    for _ in range(14):
        reader.page.keyboard.press("Shift+Tab")
        box = reader.active().bounding_box()
        edge = form.bounding_box()
        assert box and edge and (box["y"] + box["height"] <= edge["y"] or box["y"] >= edge["y"])
    reader.turn.get_by_role("button", name="Report a problem").click()
    radio = reader.turn.get_by_role("radio").first
    expect(radio).to_be_focused()
    box, edge = radio.bounding_box(), form.bounding_box()
    assert box and edge and box["y"] + box["height"] <= edge["y"]


@pytest.mark.parametrize("width", [320, 1280])
def test_rough_articles_fit_and_keep_their_direction(visit, double, width):
    reader = visit(double.url, width=width)
    turn = reader.ask("!rough")
    quotes = turn.locator("blockquote")
    expect(quotes.nth(1)).to_have_attribute("lang", "ar")
    assert quotes.nth(1).evaluate("e => [getComputedStyle(e).direction, e.matches(':dir(rtl)')]") == ["rtl", True]
    turn.get_by_text("Also in").click()
    expect(turn.locator(".also li")).to_have_count(40)
    wide = """() => [...document.querySelector('telal-chat').shadowRoot.querySelectorAll('.turn *')]
      .filter((e) => !e.closest('.hidden') && e.getBoundingClientRect().right > innerWidth + .5)
      .map((e) => e.className)"""
    assert reader.page.evaluate(wide) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert reader.violations() == []
    reader.shot(f"rough-{width}")
    digest = reader.ask("!untitled")
    expect(digest.locator(".story")).to_have_count(3)
    assert reader.page.evaluate(wide) == []
    assert reader.violations() == []
    reader.shot(f"untitled-{width}")


def test_a_refusal_fits_one_phone_screen_and_an_answer_shows_its_words_in_the_first(visit, double):
    reader = visit(double.url, width=360, height=740)
    refusal = reader.ask("!refuse").bounding_box()
    assert refusal and refusal["height"] <= 700
    reader.page.goto(f"{double.url}/?lang=en&q=!list")
    line = reader.turn.locator(".short").bounding_box()
    edge = reader.chat.locator(".composer").bounding_box()
    assert line and edge and line["y"] + line["height"] < edge["y"]
