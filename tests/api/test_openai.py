"""OpenAI's routes, asked by OpenAI's own client and by LangChain's, over a real server."""

from __future__ import annotations

from dataclasses import replace

import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI

from rag.types import Filters, ShortAnswer, Turn

QUESTION = [{"role": "user", "content": "Who signed it?"}]
TEXT = "First sentence here. **The ministers signed it in Tirana on 18 March.**[1] Last sentence there."
LINE = "The ministers signed it in Tirana on 18 March.[1]"


@pytest.fixture
def ai(client):
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none", max_retries=0) as found:
        yield found


def test_models(ai):
    assert [m.id for m in ai.models.list()] == ["telal"]
    assert ai.models.retrieve("telal").owned_by == "telal"
    with pytest.raises(openai.NotFoundError, match="no model"):
        ai.models.retrieve("gpt-4")


def test_chat_keeps_its_citations(ai, client):
    done = ai.chat.completions.create(model="telal", messages=QUESTION)
    message = done.choices[0].message
    assert message.content == TEXT
    assert done.choices[0].finish_reason == "stop"
    note = message.annotations[0].url_citation
    assert TEXT[note.start_index : note.end_index] == "[1]"
    assert (note.url, note.title) == ("https://news.example/a1", "Pact signed")
    ours = done.model_extra["citations"][0]
    article = client.get(f"/v1/articles/{ours['article_id']}").json()
    assert article["text"][ours["start"] : ours["end"]] == ours["quote"]
    assert done.usage.prompt_tokens == 3 and done.usage.completion_tokens == 15 and done.usage.total_tokens == 18
    assert done.model_extra["telal"]["status"] == "answered"


def test_the_short_answer_is_the_first_line(ai, client, engine):
    engine.short = (ShortAnswer("18 mars 2025", (1,), said="18 March 2025"), ShortAnswer("Tirana", (1,)))
    message = ai.chat.completions.create(model="telal", messages=QUESTION).choices[0].message
    assert message.content == f"**18 March 2025**[1], **Tirana**[1]\n\n{TEXT}"
    places = [(note.url_citation.start_index, note.url_citation.end_index) for note in message.annotations]
    assert [message.content[start:end] for start, end in places] == ["[1]"] * 3 and len(set(places)) == 3
    said = client.post("/v1/ask", json={"question": "When?"}).json()
    assert said["short"][0] | {"score": None} == {
        "text": "18 mars 2025", "citations": [1], "score": None, "said": "18 March 2025", "kind": "other", "value": "",
        "unit": "",
    }  # fmt: skip


def test_chat_streams_the_same(serve, engine):
    engine.events = 2
    client = serve(engine)
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none") as ai:
        whole = ai.chat.completions.create(model="telal", messages=QUESTION)
        chunks = list(
            ai.chat.completions.create(
                model="telal", messages=QUESTION, stream=True, stream_options={"include_usage": True}
            )
        )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content == f"{TEXT}\n\n{LINE}\n\n{LINE}"
    assert len({c.id for c in chunks}) == 1 and chunks[0].choices[0].delta.role == "assistant"
    last = chunks[-2]
    assert last.choices[0].finish_reason == "stop"
    assert len(last.choices[0].delta.annotations) == 3
    assert last.model_extra["citations"][0]["quote"] in TEXT
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == whole.usage.total_tokens


def test_stream_ends_with_done(client):
    body = {"model": "telal", "messages": QUESTION, "stream": True}
    lines = client.post("/v1/chat/completions", json=body).text.rstrip().split("\n")
    assert lines[-1] == "data: [DONE]"
    assert all(line.startswith("data: {") for line in lines[:-1] if line)


PARAGRAPH = "First sentence here. The ministers signed it in Tirana on 18 March. Last sentence there."
NEAR = "Pact signed (Outlet, source: Wire, 2025-03-18) https://news.example/a1"


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        ("refuse", f"Nothing in the archive comes near this.\nThe nearest articles:\n- {NEAR}\n  {PARAGRAPH}"),
        ("doubt", f"They may answer it.\n\n{TEXT}"),
        ("browse", "- Pact signed (Outlet, 2025-03-18): First sentence here."),
    ],
)
def test_the_text_says_what_it_is(serve, engine, outcome, text):
    setattr(engine, outcome, True)
    with openai.OpenAI(base_url=f"{serve(engine).base_url}/v1", api_key="none") as ai:
        done = ai.chat.completions.create(model="telal", messages=QUESTION)
        chunks = list(ai.chat.completions.create(model="telal", messages=QUESTION, stream=True))
    assert done.choices[0].message.content == text
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == text
    notes = done.choices[0].message.annotations
    assert all(text[n.url_citation.start_index : n.url_citation.end_index] == "[1]" for n in notes)
    assert bool(notes) == (outcome == "doubt")


def test_conversation_and_our_own_fields(ai, engine):
    ai.chat.completions.create(
        model="telal",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": [{"type": "text", "text": "First?"}]},
            {"role": "assistant", "content": "So."},
            {"role": "user", "content": "Second?"},
        ],
        temperature=0.3,
        extra_body={"filters": {"languages": ["sr"], "from": "2024-01-01"}, "as_of": "2025-01-01"},
    )
    question, filters, history, as_of, _ = engine.asked[-1]
    assert (question, history) == ("Second?", (Turn("First?", "So."),))
    assert filters == Filters(published_from=filters.published_from, languages=("sr",))
    assert str(as_of) == "2025-01-01"


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "assistant", "content": "x"}],
        [{"role": "system", "content": "x"}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a"}}]}],
        [{"role": "wizard", "content": "x"}],
    ],
)
def test_what_is_no_question(ai, messages):
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        ai.chat.completions.create(model="telal", messages=messages)
    assert caught.value.body["message"]  # their client finds our words


def test_failure_in_mid_stream_is_raised(serve, engine):
    engine.fail_at = 2
    with openai.OpenAI(base_url=f"{serve(engine).base_url}/v1", api_key="none", max_retries=0) as ai:
        with pytest.raises(openai.APIError, match="went wrong"):
            list(ai.chat.completions.create(model="telal", messages=QUESTION, stream=True))


def test_an_article_without_an_address_is_cited_at_ours(serve, engine):
    engine.about = replace(engine.about, url="javascript:alert(1)")
    client = serve(engine)
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none") as ai:
        note = ai.chat.completions.create(model="telal", messages=QUESTION).choices[0].message.annotations[0]
    assert note.url_citation.url == f"{client.base_url}/v1/articles/a/1"


def test_langchain_chats_and_streams(client, engine):
    model = ChatOpenAI(model="telal", base_url=f"{client.base_url}/v1", api_key="none")
    said = [HumanMessage("First?"), AIMessage("So."), HumanMessage("Second?")]
    reply = model.invoke(said)
    assert reply.text == TEXT
    assert engine.asked[-1][2] == (Turn("First?", "So."),)
    assert "".join(chunk.text for chunk in model.stream(said)) == TEXT


def test_keys_count_here_too(serve, engine):
    client = serve(engine, require_key=True)
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none", max_retries=0) as ai:
        with pytest.raises(openai.AuthenticationError, match="needs a key"):
            ai.chat.completions.create(model="telal", messages=QUESTION)
