"""The pages before the real server over articles of the starter corpus: asked, cited, refused, followed up."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
STARTER = [ROOT / "ingest" / "starter" / f"{name}.jsonl" for name in ("en", "sr-Cyrl", "tr")]  # a few seconds to embed
MADE_UP = Path(__file__).parent / "real_articles.jsonl"  # copies, reports that differ, an update, an opinion


def telal(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "telal", *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("served")


def last_feedback(folder: Path) -> dict[str, Any]:
    command, environment = telal("feedback", "list", "--json"), {**os.environ, "TELAL_DATA_DIR": str(folder / "data")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    """The address of `telal serve` over the starter corpus in a data directory of its own."""
    environment = {**os.environ, "TELAL_DATA_DIR": str(folder / "data")}
    run = subprocess.run(
        telal("ingest", *map(str, [*STARTER, MADE_UP])), cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    url = f"http://127.0.0.1:{free_port()}"
    with (folder / "log").open("w") as log:
        command = telal("serve", "--port", url.rsplit(":", 1)[1])
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(f"{url}/livez", process, folder / "log")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not come up:\n{log.read_text()}")


def test_asked_cited_followed_up_and_refused(visit, served):
    reader = visit(served)
    turn = reader.ask("who signed the Tirana agreement?")
    for name in ("Pirro Vengu", "Ivan Anušić", "Ejup Maqedonci"):
        expect(turn.locator(".answer")).to_contain_text(name)
    expect(turn.locator(".source").first).to_contain_text("18 March 2025")
    turn.locator(".source").first.click()
    expect(turn.locator(".card .facts")).to_contain_text("Brief")
    mark = turn.locator(".card mark").text_content()
    expect(turn.locator(".card .meta")).to_have_count(1)  # only the facts: the paragraph has come
    paragraph = turn.locator(".card blockquote").text_content()
    assert mark and paragraph and mark in paragraph and len(paragraph) > len(mark) + 50
    assert (
        turn.locator(".card a").last.get_attribute("href").startswith("https://europeanwesternbalkans.com/2025/03/24/")
    )
    reader.shot("real-card")
    assert reader.violations() == []
    follow = reader.ask("And what did Serbia say about it?")
    expect(follow.locator(".failure")).to_have_count(0)
    expect(follow.locator("blockquote, .refusal").first).to_be_visible()
    refused = reader.ask("Who won the 2031 election in Sarajevo?")
    expect(refused.locator(".refusal")).to_be_visible()
    expect(refused.locator(".nearest li")).to_have_count(3)
    reader.shot("real-refusal")
    assert reader.violations() == []


def test_all_that_is_known_of_a_source_is_shown(visit, served):
    reader = visit(served)
    turn = reader.ask("Which harbour master of Zelengrad resigned?")
    expect(turn.locator(".answer")).to_contain_text("Mira Tadin")
    expect(turn.locator("figure .note").first).to_have_text("updated on 9 April 2025")
    turn.locator(".source").first.click()
    expect(turn.locator(".card .facts")).to_contain_text("Updated on 9 April 2025")
    expect(turn.locator(".card .facts")).to_contain_text("In 2 outlets: Dawn, Noon")
    differing = reader.ask("How many people did the flood in Brezovac kill?")
    expect(differing.locator(".sides section")).to_have_count(2)
    expect(differing.locator(".sides h5")).to_contain_text(["Evening Post", "Dawn"])  # the newest first
    for number, told in enumerate(("17 people", "12 people")):
        expect(differing.locator(".sides section").nth(number)).to_contain_text(told)
    expect(differing.locator(".answer > .note")).to_have_text("The sources differ; what each says stands side by side.")
    opinion = reader.ask("Ко је прогласио ванредно стање у Брезовцу?")
    expect(opinion.locator("figure .note").first).to_have_text("мишљење")
    assert reader.violations() == []


def test_a_suggestion_is_answered_and_the_feedback_is_kept(visit, served, folder):
    reader = visit(f"{served}/?lang=tr")
    suggestion = reader.chat.locator("button.ask").first  # "Bunu sor: " and the newest story's headline
    expect(suggestion).to_have_attribute("lang", "tr", timeout=120_000)
    headline = suggestion.text_content().partition(": ")[2]
    reader.shot("real-suggestions")
    suggestion.click()
    reader.turn.locator(".story").first.wait_for()
    expect(reader.turn.locator("h3")).to_contain_text(headline)
    reader.turn.get_by_role("button", name="Sorun bildir").click()
    reader.turn.get_by_role("textbox").fill("Tarih yanlış.")
    reader.turn.get_by_role("button", name="Gönder").click()
    expect(reader.turn.get_by_text("Teşekkürler.")).to_be_focused()
    kept = last_feedback(folder)
    assert (kept["verdict"], kept["comment"]) == ("wrong", "Tarih yanlış.")


def test_a_source_is_reported_as_wrong(visit, served, folder):
    reader = visit(f"{served}/?lang=tr")
    reader.ask("Koçani'deki gece kulübü yangınında kaç kişi öldü?")
    reader.turn.get_by_role("button", name="Sorun bildir").click()
    reader.turn.get_by_role("radio").nth(1).check()
    reader.turn.get_by_role("textbox").fill("Tarih yanlış.")
    reader.turn.get_by_role("button", name="Gönder").click()
    expect(reader.turn.get_by_text("Teşekkürler.")).to_be_focused()
    kept = last_feedback(folder)
    assert (kept["verdict"], kept["comment"], kept["citation"]) == ("wrong_source", "Tarih yanlış.", 1)


@pytest.mark.parametrize(
    ("language", "question", "name"),
    [
        ("sr-Cyrl", "Ко је потписао споразум у Тирани?", "Пиро Венгу"),
        ("tr", "Koçani'deki gece kulübü yangınında kaç kişi öldü?", "59 kişi öldü"),
    ],
)
def test_by_keyboard_alone_in_other_languages(visit, served, language, question, name):
    reader = visit(f"{served}/demo")
    reader.page.evaluate("language => (document.querySelector('telal-chat').language = language)", language)
    expect(reader.chat.locator(".launcher")).to_have_attribute("lang", language)
    press = reader.page.keyboard.press
    for _ in range(40):
        press("Tab")
        if "launcher" in (reader.active().get_attribute("class") or ""):
            break
    press("Enter")
    expect(reader.box).to_be_focused()
    reader.page.keyboard.type(question)
    press("Enter")
    reader.turn.locator(".source").first.wait_for()
    expect(reader.turn.locator(".answer")).to_contain_text(name)
    for _ in range(18):
        press("Shift+Tab")
        if reader.active().get_attribute("aria-expanded") == "false":
            break
    press("Enter")
    expect(reader.chat.locator(".card mark")).to_be_visible()
    expect(reader.chat.locator(".card h4")).to_be_focused()
    reader.shot(f"real-{language}")
    press("Escape")
    press("Escape")
    expect(reader.chat.locator(".launcher")).to_be_focused()
