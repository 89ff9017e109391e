"""The widget on somebody else's site: another origin, its policy, its styles; nothing shifts, nothing stalls."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect
from telal_scenes import QUOTE, QUOTE_SR

from api.http.pages import STATIC

pytestmark = pytest.mark.browser

CSP = "default-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types lit-html; "


def page(body: str, *, head: str = "", lang: str = "en", title: str = "A site") -> str:
    return f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{title}</title>{head}<body>{body}</html>'


def tag(double, more: str = "data-telal") -> str:
    return f'<script type="module" src="{double.url}/widget.js" {more}></script>'


def test_one_tag_on_a_page_of_another_origin_under_a_strict_policy(visit, double):
    policy = f"{CSP}script-src {double.url}; connect-src {double.url}"
    html = page(f"<h1>Вести</h1>{tag(double)}", lang="sr", title="Дневни гласник")
    double.pages["/site"] = (html, {"content-security-policy": policy})
    reader = visit(f"{double.elsewhere}/site")
    reader.chat.get_by_role("button", name="Питајте вести").click()
    reader.ask("Ко је потписао споразум?").locator(".source").first.click()
    expect(reader.chat.locator(".card mark")).to_have_text(QUOTE)
    assert reader.chat.locator("dialog").evaluate("e => getComputedStyle(e).position") == "fixed"
    assert all("cookie" not in {name.lower() for name in headers} for headers in double.headers)
    reader.shot("another-origin")


def test_a_policy_by_nonce(visit, double):
    policy = f"{CSP}script-src 'nonce-abc123' 'strict-dynamic'; connect-src {double.url}"
    double.pages["/site"] = (
        page(tag(double, 'nonce="abc123" data-telal data-language="tr"')),
        {"content-security-policy": policy},
    )
    reader = visit(f"{double.elsewhere}/site")
    reader.chat.get_by_role("button", name="Haberlere sorun").click()
    expect(reader.ask("Kim?").locator("blockquote")).to_have_count(2)


def test_a_policy_by_hash(visit, double):
    digest = base64.b64encode(hashlib.sha256((STATIC / "widget.js").read_bytes()).digest()).decode()
    policy = f"{CSP}script-src 'sha256-{digest}' {double.url}/static/; connect-src {double.url}"
    script = tag(double, f'integrity="sha256-{digest}" crossorigin data-telal data-language="sq"')
    double.pages["/site"] = (page(script), {"content-security-policy": policy})
    reader = visit(f"{double.elsewhere}/site")
    reader.chat.get_by_role("button", name="Pyetni lajmet").click()
    turn = reader.ask("Kush?")
    expect(turn.locator("blockquote")).to_have_count(2)
    turn.locator(".source").first.click()
    expect(reader.chat.locator(".card mark")).to_be_visible()  # the part that is loaded later came too


def test_a_tag_manager_brings_the_tag_later(visit, double):
    double.pages["/site"] = (page("<h1>A site</h1>"), {})
    reader = visit(f"{double.elsewhere}/site")
    reader.page.evaluate(
        """src => { const s = document.createElement('script'); s.type = 'module'; s.src = src;
        s.dataset.telal = ''; s.dataset.language = 'ro'; document.head.append(s); }""",
        f"{double.url}/widget.js",
    )
    expect(reader.chat.get_by_role("button", name="Întrebați știrile")).to_be_visible()


def test_the_tag_carries_settings_to_the_element(visit, double):
    settings = 'data-telal data-mode="inline" data-theme="dark"'
    settings += ' data-heading="Ask the Gazette" data-outlets="Gazette, Дневни гласник"'
    double.pages["/site"] = (page(f"<main><p>Before.</p>{tag(double, settings)}<p>After.</p></main>"), {})
    reader = visit(f"{double.elsewhere}/site")
    expect(reader.chat.get_by_role("heading", name="Ask the Gazette")).to_be_visible()
    assert reader.page.evaluate("document.querySelector('telal-chat').previousElementSibling.tagName") == "SCRIPT"
    assert (
        reader.chat.locator("section.panel").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(22, 24, 27)"
    )
    reader.ask("Who?")
    assert double.asked[0]["filters"] == {"outlets": ["Gazette", "Дневни гласник"]}


HELD = {
    "article": {"article_id": "gazette/1", "title": "Pact signed", "outlet": "Gazette", "url": None, "language": "en"},
    "questions": [{"question": "When was it signed?", "language": "en", "article_id": "gazette/1"}],
    "articles": 3,
    "outlets": 2,
}
CANONICAL = '<link rel="canonical" href="https://gazette.example/pact">'


def test_on_an_article_the_widget_greets_with_its_questions_and_asks_about_it(visit, double):
    double.held = HELD
    double.pages["/site"] = (page(tag(double, "data-telal data-article"), head=CANONICAL), {})
    reader = visit(f"{double.elsewhere}/site")
    assert double.looked_up == []  # nothing is asked before the panel is opened
    reader.chat.get_by_role("button", name="Ask the news").click()
    expect(reader.chat.get_by_role("heading", name="About this article")).to_be_visible()
    expect(reader.chat.locator("a[part=course]")).to_have_attribute("href", re.compile("/story/gazette"))
    reader.shot("on-an-article")
    reader.chat.get_by_role("button", name="When was it signed?").click()
    expect(reader.chat.locator("blockquote")).to_have_count(2)
    assert parse_qs(double.looked_up[0])["address"] == ["https://gazette.example/pact"]
    assert double.asked[0]["about"] == "gazette/1"


def test_an_id_or_an_address_names_the_article_and_a_page_that_is_not_held_gets_the_ordinary_greeting(visit, double):
    for named, sent in (("gazette/7", "article"), ("https://gazette.example/7", "address")):
        double.looked_up.clear()
        double.pages["/site"] = (page(tag(double, f'data-telal data-mode="inline" data-article="{named}"')), {})
        reader = visit(f"{double.elsewhere}/site")
        expect(reader.chat.locator(".suggestions button").first).to_be_visible()
        reader.page.wait_for_function("n => n", arg=True)
        expect(reader.chat.get_by_role("heading", name="About this article")).to_have_count(0)
        reader.ask("Who?")
        assert parse_qs(double.looked_up[0])[sent] == [named] and "about" not in double.asked[-1]


@pytest.mark.parametrize("canonical", ["javascript:alert(1)", "https://gazette.example/" + "x" * 2000])
def test_a_canonical_link_that_is_no_address_is_not_sent(visit, double, canonical):
    link = f'<link rel="canonical" href="{canonical}">'
    double.pages["/site"] = (page(tag(double, 'data-telal data-mode="inline" data-article'), head=link), {})
    reader = visit(f"{double.elsewhere}/site")
    reader.ask("Who?")
    assert double.looked_up == [] and "about" not in double.asked[0]


def test_two_on_one_page_keep_apart(visit, double):
    two = '<telal-chat id="a"></telal-chat><telal-chat id="b" language="el"></telal-chat>'
    double.pages["/site"] = (page(f"<main>{two}{tag(double, '')}{tag(double, '')}</main>"), {})
    reader = visit(f"{double.elsewhere}/site")
    first, second = reader.page.locator("#a"), reader.page.locator("#b")
    for chat, question in ((first, "First?"), (second, "Second? !refuse")):
        chat.locator("#question").fill(question)
        chat.locator("#question").press("Enter")
    expect(first.locator("blockquote")).to_have_count(2)
    expect(second.locator(".nearest li")).to_have_count(3)
    expect(first.locator(".turn")).to_have_count(1)
    expect(second.locator(".composer button")).to_have_text("Ρωτήστε")
    expect(reader.page.locator("telal-chat")).to_have_count(2)


def test_a_sites_own_styles_stay_out(visit, double):
    wild = """<style>
      html { font-size: 10px } * { letter-spacing: 3px; box-sizing: content-box }
      body { color: lime; text-align: right; line-height: 3 } telal-chat { font: 30px cursive }
      html { direction: rtl } telal-chat { all: revert }
      button, textarea { background: red !important; font-size: 40px !important; text-transform: uppercase }
    </style>"""
    double.pages["/site"] = (page(tag(double, 'data-telal data-mode="inline"'), head=wild), {})
    reader = visit(f"{double.elsewhere}/site")
    reader.ask("Who?")
    look = """e => {
      const s = getComputedStyle(e);
      return [s.fontSize, s.textTransform, s.letterSpacing, s.textAlign, s.color];
    }"""
    assert reader.chat.locator(".composer button").evaluate(look) == [
        "16px",
        "none",
        "normal",
        "start",
        "rgb(255, 255, 255)",
    ]
    assert reader.chat.locator(".source").first.evaluate(look)[0] == "14px"
    assert reader.chat.locator(".panel").evaluate("e => getComputedStyle(e).direction") == "ltr"


PAPER = "<main><h1>{}</h1><p>{}</p></main>"
PAPERS = {
    "cyrillic": (
        '<html lang="sr"><meta charset="utf-8"><title>Дневник</title><link rel="canonical" href="https://d.example/1">'
        "<style>body { font: 19px/1.6 Georgia, serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }</style>"
        + PAPER.format("Три земље потписале споразум", "Министри одбране потписали су споразум у Тирани. " * 30)
        + "{tag}"
    ),
    "dark": (
        '<html lang="en"><meta charset="utf-8"><title>The Night</title>'
        "<style>body { background: #000; color: #eee; font: 17px/1.5 sans-serif } telal-chat { color: #111 }</style>"
        + PAPER.format("Three states sign", "The ministers signed it in Tirana. " * 40)
        + "{tag}"
    ),
    "hostile": (
        '<html lang="en"><meta charset="utf-8"><title>Wild</title><style>'
        "* { color: lime !important; background: #e0e !important; font: italic 31px fantasy !important; "
        "position: static !important; transform: none; float: left; text-transform: uppercase !important }"
        "html { font-size: 7px; direction: rtl; overflow-x: hidden }"
        "button, dialog, textarea { display: none !important }"
        "telal-chat { all: unset !important; opacity: 1 }</style>"
        + PAPER.format("Wild", "Words of the site. " * 60)
        + "{tag}"
    ),
}
SETTINGS = {"cyrillic": "data-telal data-article", "dark": 'data-telal data-theme="dark"', "hostile": "data-telal"}


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 520)])
@pytest.mark.parametrize("paper", PAPERS)
def test_on_three_newspapers_it_is_read_as_on_its_own_page(visit, double, paper, width, height):
    html = "<!doctype html>" + PAPERS[paper].replace("{tag}", tag(double, SETTINGS[paper]))
    double.pages["/site"] = (html, {})
    double.held = HELD
    reader = visit(f"{double.elsewhere}/site", width=width, height=height)
    reader.shot(f"paper-{paper}-{width}-closed")
    reader.chat.locator(".launcher").click()
    panel = reader.chat.locator("dialog")
    reader.shot(f"paper-{paper}-{width}-open")
    turn = reader.ask("!line-en")
    expect(turn.locator(".short")).to_contain_text("652,678")
    box, line = panel.bounding_box(), turn.locator(".short").bounding_box()
    assert box and 0 <= box["x"] and box["x"] + box["width"] <= width and 0 <= box["y"]
    assert box["y"] + box["height"] <= height
    assert line and box["y"] < line["y"] and line["y"] + line["height"] < box["y"] + box["height"]
    look = (
        "e => { const s = getComputedStyle(e); return [s.fontSize, s.fontStyle, s.textTransform, s.backgroundColor]; }"
    )
    ground = "rgb(22, 24, 27)" if paper == "dark" else "rgb(255, 255, 255)"
    assert panel.evaluate(look) == ["16px", "normal", "none", ground]
    assert turn.locator(".chip").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") < 15
    assert [one for one in reader.violations() if any("telal-chat" in str(target) for target in one[2])] == []
    reader.shot(f"paper-{paper}-{width}-answer")


def test_a_site_sets_colours_parts_and_place(visit, double):
    own = """<style>
      telal-chat { --telal-accent: #7a0000; --telal-radius: 0; --telal-bottom: 90px; }
      telal-chat::part(launcher) { text-transform: uppercase; }
    </style>"""
    double.pages["/site"] = (page(tag(double), head=own), {})
    reader = visit(f"{double.elsewhere}/site")
    look = "e => { const s = getComputedStyle(e); return [s.backgroundColor, s.textTransform, s.bottom]; }"
    assert reader.chat.locator(".launcher").evaluate(look) == ["rgb(122, 0, 0)", "uppercase", "90px"]


def test_a_script_opens_it_asks_and_hears_of_answers(visit, double):
    double.pages["/site"] = (page(tag(double)), {})
    reader = visit(f"{double.elsewhere}/site")
    reader.chat.locator(".launcher").wait_for()
    heard = reader.page.evaluate("""async () => {
      const chat = document.querySelector('telal-chat');
      const heard = [];
      const hear = (e) => heard.push([e.type, e.detail && [e.detail.question, e.detail.answer.text]]);
      for (const name of ['telal-open', 'telal-answer', 'telal-close']) addEventListener(name, hear);
      await chat.open();
      await chat.ask('Who?');
      await chat.close();
      return heard;
    }""")
    assert heard == [
        ["telal-open", None],
        ["telal-answer", ["Who?", f"{QUOTE}[1] {QUOTE_SR}[2]"]],
        ["telal-close", None],
    ]


def test_what_a_first_answer_needs_is_loaded_with_the_first_question(visit, double):
    double.pages["/site"] = (page(tag(double)), {})
    reader = visit(f"{double.elsewhere}/site")
    loaded = "performance.getEntriesByType('resource').map((r) => r.name.split('/').pop())"
    reader.chat.locator(".launcher").click()
    reader.chat.locator(".suggestions").wait_for()
    assert "later.js" not in reader.page.evaluate(loaded)
    reader.ask("Who?").locator(".source").first.click()
    expect(reader.chat.locator(".card mark")).to_have_text(QUOTE)
    assert "later.js" in reader.page.evaluate(loaded)


def test_an_answer_that_cannot_be_shown_is_said_and_can_be_tried_again(visit, double):
    double.pages["/site"] = (page(tag(double)), {})
    double.pages["/static/later.js"] = ("<h1>Not found</h1>", {})
    reader = visit(f"{double.elsewhere}/site")
    reader.chat.locator(".launcher").click()
    turn = reader.ask("Who?")
    said = "Telal cannot be reached. Check the connection."
    expect(turn.locator("h3")).to_contain_text("Who?")
    expect(turn.locator(".failure p")).to_have_text(said)
    turn.get_by_role("button", name="Try again").click()
    expect(reader.box).to_be_focused()
    expect(turn.locator(".failure p")).to_have_text(said)
    assert [a["question"] for a in double.asked] == ["Who?"] * 2


def test_english_stands_in_for_words_that_do_not_come(visit, double):
    double.pages["/site"] = (page(tag(double, 'data-telal data-language="el"')), {})
    double.pages["/static/strings/el.js"] = ("<h1>Not found</h1>", {})
    reader = visit(f"{double.elsewhere}/site")
    expect(reader.chat.get_by_role("button", name="Ask the news")).to_be_visible()


def test_without_any_words_there_is_nothing_to_show_and_no_error_of_the_site(visit, double):
    double.pages["/site"] = (page(tag(double)), {})
    double.pages["/static/strings/en.js"] = ("<h1>Not found</h1>", {})
    reader = visit(f"{double.elsewhere}/site")
    reader.page.wait_for_load_state("networkidle")
    expect(reader.chat.locator("button")).to_have_count(0)


def test_the_page_does_not_shift_and_a_long_answer_does_not_stall_it(visit, double):
    watch = """<script>
      window.seen = {shift: 0, long: 0};
      const ofPage = ({node}) => node?.getRootNode() === document && !node.closest?.('telal-chat');
      const shifts = (l) => l.getEntries().forEach((e) => e.sources.some(ofPage) && (seen.shift += e.value));
      new PerformanceObserver(shifts).observe({type: 'layout-shift', buffered: true});
      new PerformanceObserver((l) => (seen.long += l.getEntries().length)).observe({type: 'longtask'});
    </script>"""
    double.pages["/site"] = (page(f"<h1>News</h1><p>{'Words of the site. ' * 300}</p>{tag(double)}", head=watch), {})
    reader = visit(f"{double.elsewhere}/site")
    reader.chat.locator(".launcher").click()
    reader.chat.locator(".suggestions").wait_for()
    reader.page.evaluate("seen.long = 0")
    expect(reader.ask("!long").locator("figcaption .number")).to_have_count(200)
    seen = reader.page.evaluate("seen")
    assert seen["shift"] == 0
    # none on an idle machine; a busy one may stretch a task past 50 ms, so this is a bound and no measurement
    assert seen["long"] <= 5
