"""The programs in examples/ do what they say, as their reader would start them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from rag.config import EmbeddingSettings
from rag.models.files import cache_dir
from telal.client import Telal

EXAMPLES = Path(__file__).parents[3] / "examples"
QUESTION = "Who signed the Tirana agreement?"


def load(name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module


def started(name, *words, said="", **environment):
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *words]
    done = subprocess.run(command, env={**os.environ, **environment}, input=said, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_shows_answers_sources_refusals_and_troubles(real, serving_app):
    example = load("fastapi_page")
    with (
        serving_app(example.build(str(real().base_url))) as address,
        httpx.Client(base_url=address, timeout=60) as http,
    ):
        assert "<form>" in http.get("/").text
        shown = http.get("/", params={"q": QUESTION}).text
        assert "Pirro Vengu" in shown and 'id="source-1"' in shown and 'href="http' in shown
        assert "<li>" in http.get("/", params={"q": "Who won the 2031 election in Sarajevo?"}).text
        assert "&lt;b&gt;" in http.get("/", params={"q": "<b>Tirana</b>"}).text
    with serving_app(example.build("http://127.0.0.1:9")) as address:
        assert 'role="alert"' in httpx.get(address, params={"q": QUESTION}, timeout=60).text


def test_the_bot_answers_lines(real):
    said = started("bot", said=f"{QUESTION}\n/help\n/wrong\n", TELAL_ADDRESS=str(real().base_url))
    assert "Pirro Vengu" in said and "[1] " in said and "/new begins" in said and "editors" in said


def test_the_bot_keeps_conversations_apart_and_begins_anew(real, telal_engine):
    bot = load("bot")
    with Telal(str(real().base_url)) as telal:
        made = bot.Bot(telal, bot.Terminal())
        made.reply(bot.Message("a", QUESTION))
        assert "Tirana" in made.reply(bot.Message("a", "And when?")) or made.last["a"].standalone != "And when?"
        first = made.last["a"].conversation
        made.reply(bot.Message("b", QUESTION))
        assert made.last["b"].conversation != first
        telal.forget(first)
        made.reply(bot.Message("a", QUESTION))
        assert made.last["a"].conversation not in (None, first)
    with Telal("http://127.0.0.1:9") as nowhere:
        assert "cannot answer now" in bot.Bot(nowhere, bot.Terminal()).reply(bot.Message("a", QUESTION))


@pytest.mark.slow
def test_a_rival_is_measured_on_a_benchmark_of_ones_own(tmp_path):
    command = [sys.executable, "-m", "telal", "eval", "new", str(tmp_path / "mine")]
    subprocess.run(command, check=True, capture_output=True)
    model = {"TELAL_EMBEDDING__CACHE_DIR": str(cache_dir(EmbeddingSettings()))}
    said = started("evaluate_rival", str(tmp_path / "mine"), XDG_CACHE_HOME=str(tmp_path / "cache"), **model)
    assert "seen@1" in said and "3 cases in both" in said
