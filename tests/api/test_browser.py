"""The real server in a real browser: the chat page, the API's page, an embedding site, hostile articles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from api.http import pages

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<svg onload=window.hacked=1>",
    "</textarea><iframe srcdoc='<script>parent.hacked=1</script>'>",
    "{{constructor.constructor('window.hacked=1')()}}",
    "${window.hacked=1}",
    "[click](javascript:window.hacked=1)",
    '"><a href="javascript:window.hacked=1" autofocus onfocus="window.hacked=1">',
    "\u202egnol\u202c a\x00b \x1b[31m",
    "]]><!--<script>window.hacked=1//-->",
    "data: {}\n\nevent: answer\ndata: {}\n\n",
]
URLS = ["javascript:window.hacked=1", "JaVaScRiPt:window.hacked=1", "data:text/html,<script>", "vbscript:x", " x"]


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page that must not open a dialog, break its policy, run what an article says, or leave its server."""
    context = browser.new_context(locale="en-GB")
    page, faults = context.new_page(), []
    page.set_default_timeout(20_000)
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    page.on("request", lambda asked: None if "//127.0.0.1:" in asked.url else faults.append(asked.url))
    yield page
    assert page.evaluate("window.hacked") is None
    assert not faults, faults
    context.close()


def ask(page: Page, question: str):
    chat = page.locator("telal-chat").first
    chat.locator("textarea").fill(question)
    chat.locator("textarea").press("Enter")
    turn = chat.locator(".turn").last
    turn.locator(".busy").wait_for(state="detached")
    return turn


def test_the_chat_page_answers_and_shows_the_quote(real, page):
    page.goto(str(real().base_url))
    turn = ask(page, "Who signed the Tirana agreement?")
    assert "Pirro Vengu" in turn.inner_text()
    turn.get_by_role("button", name="1").first.click()
    mark = page.locator("telal-chat mark").first
    mark.wait_for()
    assert mark.inner_text() in turn.inner_text()


def test_the_page_of_the_api_runs_its_examples(real, page):
    page.goto(f"{real().base_url}/api/reference")
    section = page.locator("section", has_text="POST /v1/ask").first
    section.get_by_text("Try it").click()
    section.get_by_role("button", name="Run").click()
    section.locator("pre[aria-live]", has_text="Pirro Vengu").wait_for()
    reading = page.locator("section", has_text="GET /v1/stats").first
    reading.get_by_text("Try it").click()
    reading.get_by_role("button", name="Run").click()
    reading.locator("pre[aria-live]", has_text='"articles"').wait_for()


def test_without_javascript_the_form_of_the_first_page_answers(client, browser):
    context = browser.new_context(locale="el-GR", java_script_enabled=False)
    page = context.new_page()
    page.goto(str(client.base_url))
    form = page.locator("form[action='/ask']")
    form.locator("#q").fill("Who signed it?")
    form.get_by_role("button").press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Who signed it?"
    assert page.locator("blockquote mark").first.inner_text() == "The ministers signed it in Tirana on 18 March."
    assert page.locator("html").get_attribute("lang") == "el"
    page.go_back()
    assert page.locator("#q").is_visible()
    context.close()


def hostile(engine, text: str, url: str | None) -> None:
    body = f"Before. {text} After."
    engine.about = replace(engine.about, title=text, outlet=text, text=body, url=url, language="en")
    engine.archive.articles_by_id = {engine.about.id: engine.about}


@pytest.mark.parametrize("where", ["answered", "refused"])
def test_what_an_article_says_stays_text(serve, engine, page, where):
    engine.refuse = where == "refused"
    client = serve(engine, ask_limit="", read_limit="")
    page.goto(str(client.base_url))
    for number, text in enumerate(HOSTILE):
        hostile(engine, text, URLS[number % len(URLS)])
        turn = ask(page, text)
        turn.inner_text()
        for link in turn.locator("a").all():
            assert (link.get_attribute("href") or "").startswith(("http", "#", "/")), text
        if where == "answered":
            turn.get_by_role("button", name="1").first.click()
            page.wait_for_timeout(50)


def test_hostile_articles_on_the_page_of_the_api(serve, engine, page):
    client = serve(engine, ask_limit="", read_limit="")
    page.goto(f"{client.base_url}/api/reference")
    section = page.locator("section", has_text="POST /v1/ask").first
    section.get_by_text("Try it").click()
    for text in HOSTILE:
        hostile(engine, text, URLS[0])
        section.get_by_role("button", name="Run").click()
        section.locator("pre[aria-live]", has_text="200").wait_for()


@pytest.mark.slow
def test_the_documentation_is_read_and_searched(serve, engine, site, page, monkeypatch):
    monkeypatch.setattr(pages, "SITE", site)
    address = serve(engine).base_url
    page.goto(f"{address}/docs/")
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type("tombstone")
    page.locator(".md-search-result__item").first.wait_for()
    page.goto(f"{address}/docs/reference/problems/")
    page.get_by_role("heading", name="too-many-requests").wait_for()


@pytest.mark.slow
def test_the_documentation_follows_the_system_and_its_tables_scroll_by_keyboard(serve, engine, site, page, monkeypatch):
    monkeypatch.setattr(pages, "SITE", site)
    for theme, scheme in (("dark", "slate"), ("light", "default")):
        page.emulate_media(color_scheme=theme)
        page.goto(f"{serve(engine).base_url}/docs/settings/")
        page.locator(f"body[data-md-color-scheme={scheme}]").wait_for()
    page.emulate_media(color_scheme="dark")  # while it is open
    page.locator("body[data-md-color-scheme=slate]").wait_for()
    page.locator(".md-typeset__scrollwrap[tabindex='0']").first.wait_for()


def test_the_page_of_the_api_has_contents_and_examples_in_three_languages(client, page):
    page.goto(f"{client.base_url}/api/reference")
    contents = page.get_by_role("navigation", name="Contents")
    contents.get_by_role("link", name="Erase an article", exact=True).click()
    section = page.locator("section", has_text="Erase an article").first
    assert section.get_by_text("A secret key; scope admin.").is_visible()
    for language, words in (("curl", "curl -s"), ("Python", "telal.client"), ("JavaScript", "telal-client")):
        page.get_by_label("Examples in").select_option(language)
        (shown,) = [sample for sample in section.locator("[data-sample]").all() if sample.is_visible()]
        assert words in shown.inner_text() and str(client.base_url).rstrip("/") in shown.inner_text()
    assert "`" not in page.locator("main").inner_text()


def test_contents_that_a_narrow_window_folds_are_there_when_it_grows(client, page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{client.base_url}/api/reference")
    contents = page.get_by_role("navigation", name="Contents").get_by_role("link", name="Erase an article", exact=True)
    page.get_by_text("Contents", exact=True).wait_for()
    page.locator("section").first.wait_for()
    assert not contents.is_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    contents.wait_for()
