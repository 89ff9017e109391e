"""A language model over HTTP: quotes at once and its answer above them, whatever it does. A script plays it."""

from __future__ import annotations

import json
import threading
import time

import anyio
import pytest
from starlette.testclient import TestClient

from api.answering.worker_threads import StoppableModel
from api.app import build_app
from api.mcp_tools import McpTools
from rag.answer.chat import load_models
from rag.config import ChatSettings
from rag.newsroom import Newsroom
from research import scripted_model
from research.scripted_model import SECRET, Line, Script, scripted
from tests.api.conftest import read_events

ASKED = "Who signed the Tirana agreement?"
SIGNED = "The defence ministers signed it"
LINES = {"true": [Line(f"{SIGNED}.", ["Pirro Vengu"])], "false": [Line("Nobody signed it.", ["Pirro Vengu"])]}


@pytest.fixture(scope="module")
def model():
    with scripted(Script({ASKED: LINES})) as address:
        yield address


@pytest.fixture
def asking(telal_engine, model):
    """A client of a server whose language model answers in a way."""
    opened = []

    def client(way, judge="off", waits_s=5, **server):
        chat = ChatSettings(
            model=f"openai:{way}", base_url=f"{model}/v1", api_key="none", judge=judge, timeout_s=waits_s,
            first_token_s=waits_s, price_input=1, price_output=1,
        )  # fmt: skip
        changed = {"chat": chat, "server": telal_engine.settings.server.model_copy(update=server)}
        settings = telal_engine.settings.model_copy(update=changed)
        engine = Newsroom(
            telal_engine.archive, telal_engine.indexes, telal_engine.embedder, settings,
            models=load_models(chat, StoppableModel),
        )  # fmt: skip
        made = TestClient(build_app(engine, settings), base_url="http://127.0.0.1", client=("127.0.0.1", 1))
        made.__enter__()
        opened.append(made)
        made.engine = engine
        return made

    yield client
    for made in opened:
        made.__exit__(None, None, None)


def streamed(client, **body):
    """Every event with the seconds until it came."""
    began = time.perf_counter()
    with client.stream("POST", "/v1/ask", json={"question": ASKED, "stream": True, **body}) as reply:
        return [(name, data, time.perf_counter() - began) for _, name, data in read_events(reply.iter_lines())]


def test_a_written_answer_streams_above_the_quotes_with_its_originals(asking):
    client = asking("says-true")
    events = streamed(client)
    names = [name for name, *_ in events]
    assert names[0] == "passages" and names[-1] == "answer"
    assert names.index("delta") < names.index("interim") < names.index("written")
    interim, answer = (next(data for name, data, _ in events if name == wanted) for wanted in ("interim", "answer"))
    assert interim["written"] is None and interim["answered_by"] == "quotes"
    assert answer["answered_by"] == "openai:says-true" and answer["sentences"] == interim["sentences"]
    (written,) = answer["written"]["sentences"]
    assert written["text"] == f"{SIGNED}." and written["verdict"] == "written"
    for original in written["originals"]:
        cited = next(c for c in answer["citations"] if c["number"] == original["citation"])
        article = client.get(f"/v1/articles/{cited['article_id']}").json()
        assert article["text"][original["start"] : original["end"]] == original["text"]
    assert answer["usage"]["output_tokens"] and answer["usage"]["cost"]
    metrics = client.get("/metrics").text
    assert 'telal_model_answers_total{model="openai:says-true",outcome="written"} 1.0' in metrics
    assert 'telal_sentences_written_total{judge="off",verdict="written"} 1.0' in metrics


def test_the_text_of_other_clients_says_whose_words_it_is(asking):
    client = asking("says-true")
    body = {"model": "telal", "messages": [{"role": "user", "content": ASKED}]}
    content = client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]
    assert content.startswith(f"{SIGNED}.[")
    assert "Wording: openai:says-true. The originals are verbatim" in content
    assert content.index("Wording") < content.index("In the articles' own words:") < content.rindex("Pirro Vengu")
    with client.stream("POST", "/v1/chat/completions", json={**body, "stream": True}) as reply:
        lines = [line.removeprefix("data: ") for line in reply.iter_lines() if line.startswith("data: {")]
    choices = [choice for line in lines for choice in json.loads(line)["choices"]]
    pieces = "".join(choice["delta"].get("content") or "" for choice in choices)
    assert pieces == content


def test_a_judge_leaves_out_the_lie_and_lets_the_truth_stand(asking):
    lied = asking("says-false", "same").post("/v1/ask", json={"question": ASKED}).json()
    assert lied["answered_by"] == "quotes" and lied["written"]["reasons"] == ["contradicted"] and lied["sentences"]
    true = asking("says-true", "openai:judge").post("/v1/ask", json={"question": ASKED}).json()
    assert [s["verdict"] for s in true["written"]["sentences"]] == ["supported"]
    assert true["written"]["judge"] == "openai:judge"


@pytest.mark.parametrize("way", ["error", "never", "wrong-json", "empty", "garbage", "says-no"])
def test_what_a_model_fails_at_costs_no_reader_anything(asking, monkeypatch, way):
    monkeypatch.setattr(scripted_model, "SILENT_S", 6.0)
    events = streamed(asking(way))
    came = {name: seconds for name, _, seconds in reversed(events)}
    assert came["delta"] <= came["interim"] < came["answer"]
    if way == "never":
        assert came["answer"] - came["interim"] > 4  # the model's whole time passes behind the quotes
    answer = events[-1][1]
    assert events[-1][0] == "answer" and answer["sentences"] and answer["answered_by"] == "quotes"
    assert answer["written"]["no_answer"] == (way == "says-no")
    notice = answer["written"]["notice"]
    assert "language model" in notice and SECRET not in str(events) and "Error" not in notice


def test_a_model_that_is_down_rests_and_operators_are_told(asking):
    client = asking("error")
    assert client.get("/readyz").json()["language_model"] == "ready"
    for _ in range(3):
        client.post("/v1/ask", json={"question": ASKED})
    assert client.get("/readyz").json()["language_model"] == "resting"
    assert "telal_model_resting 1.0" in client.get("/metrics").text
    answer = client.post("/v1/ask", json={"question": ASKED}).json()
    assert answer["written"] is None and answer["sentences"] and not answer["notices"]


def test_an_answer_that_takes_too_long_stands_as_quotes(asking, monkeypatch):
    monkeypatch.setattr(scripted_model, "SILENT_S", 10.0)
    client = asking("never", waits_s=30, answer_timeout_s=5.0)
    answer = client.post("/v1/ask", json={"question": ASKED}).json()
    assert answer["sentences"] and "language model" in answer["written"]["notice"]


def test_what_a_model_wrote_until_then_stays(asking, monkeypatch):
    monkeypatch.setattr(scripted_model, "SILENT_S", 10.0)
    client = asking("says-true-stalls", waits_s=30, answer_timeout_s=4.0)
    events = streamed(client)
    shown = [data for name, data, _ in events if name == "written"]
    answer = events[-1][1]
    assert [s["text"] for s in shown] == [f"{SIGNED}."] and answer["written"]["sentences"] == shown
    assert {n for s in shown for n in s["citations"]} <= {c["number"] for c in answer["citations"]}
    assert answer["answered_by"] == "openai:says-true-stalls" and answer["sentences"]
    assert answer["written"]["notice"].endswith("The language model broke off, so the answer may be incomplete.")


def test_where_too_many_wait_for_the_model_quotes_stand(asking, monkeypatch):
    monkeypatch.setattr(scripted_model, "SILENT_S", 12.0)
    client = asking("never", waits_s=30, concurrency=1, queue_wait_s=2.0)
    waiting = threading.Thread(target=streamed, args=(client,))
    waiting.start()
    time.sleep(3.0)
    events = streamed(client, language="sq")
    assert events[-1][0] == "answer" and events[-1][1]["sentences"]
    assert events[-1][2] < 9 and "modeli gjuhësor" in events[-1][1]["written"]["notice"].lower()
    waiting.join()


def test_a_spent_budget_answers_with_quotes(asking):
    client = asking("says-true", model_answers_a_day=1)
    first, second = (client.post("/v1/ask", json={"question": ASKED}).json() for _ in range(2))
    assert first["answered_by"] == "openai:says-true"
    assert second["answered_by"] == "quotes" and any("used up" in n for n in second["notices"])


def test_the_agents_tool_gives_both_parts(asking):
    client = asking("says-true")
    reply = anyio.run(McpTools(client.app.state.services).ask, ASKED)
    assert reply.structured_content["written"]["sentences"][0]["originals"] and reply.structured_content["sentences"]
    assert "Wording: openai:says-true." in reply.content[0].text
