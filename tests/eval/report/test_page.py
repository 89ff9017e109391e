"""The page: self-contained, escaped, filterable, accessible; tried in a real browser."""

import re

import pytest
import typer
from playwright.sync_api import expect
from typer.testing import CliRunner

from eval.commands.runs import register
from eval.report.page import write_report
from rag.errors import BadInput


@pytest.fixture(scope="module")
def page(two, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "report.html"
    write_report(two, out)
    return out


def test_one_file_that_asks_for_nothing_else(page):
    text = page.read_text(encoding="utf-8")
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\'' in text
    outside = [u for u in re.findall(r'(?:src|href)="([^"]*)"', text) if not u.startswith("#")]
    assert outside == []
    assert text.count("<script>") == 1  # ours; the one in a question is text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_it_begins_with_plain_words_and_a_small_table(page):
    text = page.read_text(encoding="utf-8")
    told = "Of 3 answerable 1 was answered rightly, 1 was answered wrongly, 0 were shown with doubt, 1 was missed; "
    assert told + "of 2 traps 1 was seen." in text
    places = [text.index(part) for part in (told, 'class="grid"', 'id="by-language"', 'class="summary"')]
    assert places == sorted(places)


def test_plots_take_their_colours_from_the_page(page):
    drawings = re.findall(r"<svg.*?</svg>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(drawings) == 2
    for drawing in drawings:
        assert 'role="img" aria-label="' in drawing and 'class="run-1"' in drawing
        assert "#" not in drawing


def test_one_run_has_no_differences(two, tmp_path):
    write_report(two[:1], tmp_path / "one.html")
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert "About this run" in text and "Differences are to run" not in text


def test_a_damaged_reply_is_written_all_the_same(spoil, tmp_path):
    def change(record):
        record["per_case"][0]["answer_text"], record["per_case"][0]["sentences"] = "a\u0000b", []

    write_report([spoil(change)], tmp_path / "odd.html")
    assert "a\0b" in (tmp_path / "odd.html").read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_said(two, tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path, tmp_path / "file" / "report.html"):
        with pytest.raises(BadInput, match="--out"):
            write_report(two, out)


@pytest.mark.browser
def test_in_a_browser(page, browser):
    opened = browser.new_page(viewport={"width": 380, "height": 800})
    troubles = []
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("request", lambda r: None if r.url.startswith("file:") else troubles.append(r.url))
    opened.goto(page.as_uri())
    shown = expect(opened.locator("#shown"))
    shown.to_have_text("6 of 6 cases")
    opened.select_option("[name=outcome]", "missed")
    shown.to_have_text("1 of 6 cases")
    opened.select_option("[name=run]", "B")  # B answered it
    shown.to_have_text("0 of 6 cases")
    opened.click("button[type=reset]")
    opened.fill("[name=text]", "kocani")  # found without its diacritics, in the ranking too
    shown.to_have_text("5 of 6 cases")
    opened.click("#by-language a[data-value='sr-Latn']")
    shown.to_have_text("1 of 6 cases")
    assert opened.title().startswith("Evaluation: tiny")  # the question's script did not run
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert troubles == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(page, browser, axe, scheme):
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(page.as_uri())
    opened.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    opened.evaluate(axe)
    found = opened.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


def test_the_command(two, tmp_path):
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    done = CliRunner().invoke(app, ["report", str(two[0]), "--out", str(tmp_path / "by-command.html")])
    assert (done.exit_code, (tmp_path / "by-command.html").is_file()) == (0, True), done.output
