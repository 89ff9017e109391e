"""The Python client against real servers: every call, waiting and awaited; streams; every way of failing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from typing import get_args

import anyio
import httpx
import pytest

import rag.types
from api.app import description
from telal import calls, replies
from telal.client import Answer, AsyncTelal, Citation, Filters, Found, ProblemError, Sentence, Telal, Turn, Unreachable
from telal.replies import Reply


@pytest.fixture
def telal(client):
    with Telal(str(client.base_url)) as made:
        yield made


def awaited(client, work, **settings):
    """What the coroutine function gives for an asynchronous client of the same server."""

    async def run():
        async with AsyncTelal(str(client.base_url), **settings) as made:
            return await work(made)

    return anyio.run(run)


def test_an_answer_with_its_citations(telal, client, engine):
    answer = telal.ask("Who signed it?", language="en", history=[Turn("Where?", "Tirana.")], as_of=date(2026, 1, 2))
    assert isinstance(answer, Answer) and answer.status == "answered"
    cited = answer.citations[0]
    assert telal.article(cited.article_id).text[cited.start : cited.end] == cited.quote
    assert engine.asked[-1][2:] == ((rag.types.Turn("Where?", "Tirana."),), date(2026, 1, 2), "en")
    same = awaited(client, lambda made: made.ask("Who signed it?"))
    assert same.sentences == answer.sentences


def test_filters_arrive(telal, engine):
    wanted = Filters(date(2025, 1, 1), date(2025, 2, 1), ("sr",), ("Outlet",), ("report",))
    telal.ask("Who?", filters=wanted)
    assert asdict(engine.asked[-1][1]) == asdict(wanted)


def test_a_stream_is_typed_and_ends_with_the_answer(telal, client):
    events = list(telal.stream("Who signed it?"))
    assert [type(event) for event in events] == [Found, Citation, Sentence, Answer]
    assert events[0].passages[0].article_id == "a/1" and events[3].sentences[0] == events[2]

    async def collect(made):
        return [event async for event in made.stream("Who signed it?")]

    same = awaited(client, collect)
    assert [type(event) for event in same] == [type(event) for event in events]


def test_leaving_a_stream_stops_the_server(client, engine):
    engine.events, engine.pause_s = 1000, 0.05
    with Telal(str(client.base_url)) as telal:
        for event in telal.stream("Who?"):
            if isinstance(event, Sentence):
                break
    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(_until, lambda: engine.running == 0)


async def _until(done):
    with anyio.fail_after(10):
        while not done():
            await anyio.sleep(0.02)


def test_every_other_call(real, telal_engine):
    http = real()
    with Telal(str(http.base_url)) as telal:
        assert telal.ready().status == "ready"
        assert telal.stats().articles > 20
        assert telal.sources().outlets[0].articles
        found = telal.search("Tirana agreement", limit=2, filters=Filters(languages=("en",)))
        assert 0 < len(found.hits) <= 2 and {hit.passage.language for hit in found.hits} == {"en"}
        page = telal.articles(limit=3, filters=Filters(date(2000, 1, 1), languages=("en", "sr")))
        following = telal.articles(limit=3, filters=Filters(date(2000, 1, 1), languages=("en", "sr")), cursor=page.next)
        assert len({one.id for one in page.articles + following.articles}) == 6
        assert telal.suggestions("en", limit=1).suggestions
        answer = telal.ask("Who signed the Tirana agreement?", conversation="new")
        assert answer.conversation
        telal.forget(answer.conversation)
        telal.feedback(answer.id, "wrong_source", citation=1, comment="?")
        with pytest.raises(ProblemError, match="key") as caught:
            telal.push([{"title": "T", "text": "Text."}])
        assert (caught.value.kind, caught.value.http_status) == ("no-key", 401)

    async def others(made):
        return (await made.stats()).articles, (await made.search("Tirana")).hits[0].passage.title

    assert awaited(http, others)[0] > 20


def test_pushing_and_erasing_with_a_key(real, telal_engine):
    from api.auth.keys import KeyStore

    keys = KeyStore(telal_engine.archive.database)
    token = keys.create("test", kind="secret", scopes=("ingest", "admin", "search")).token
    with Telal(str(real().base_url), key=token) as telal:
        record = {"id": "odd/id?x=1", "title": "Pushed", "text": "A bridge was opened in Višegrad.", "language": "en"}
        assert telal.push([record]).new == 1
        assert telal.article("odd/id?x=1").title == "Pushed"
        telal.erase("odd/id?x=1", reason="test")
        with pytest.raises(ProblemError) as caught:
            telal.article("odd/id?x=1")
        assert caught.value.kind == "erased"


def test_refusals_of_the_server(telal, serve, engine):
    with pytest.raises(ProblemError) as caught:
        telal.ask("  ")
    assert caught.value.kind == "bad-input" and "Type a question" in str(caught.value)
    with pytest.raises(ProblemError, match="Type a question"):
        list(telal.stream("  "))
    limited = serve(engine, ask_limit="1/minute")
    with Telal(str(limited.base_url)) as other:
        other.ask("Who?")
        with pytest.raises(ProblemError) as caught:
            other.ask("Who?")
    assert caught.value.kind == "too-many-requests" and 0 < caught.value.retry_after_s <= 60


def test_a_fault_in_mid_stream(serve, engine):
    engine.fail_at = 2
    with Telal(str(serve(engine).base_url)) as telal, pytest.raises(ProblemError) as caught:
        list(telal.stream("Who?"))
    assert caught.value.kind == "fault"


def _replying(**reply):
    return httpx.MockTransport(lambda request: httpx.Response(**reply))


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        ({"status_code": 502, "text": "<h1>Bad gateway</h1>"}, ProblemError),
        ({"status_code": 200, "text": "<h1>Hello</h1>"}, Unreachable),
        ({"status_code": 200, "json": {"hits": "none"}}, Unreachable),
    ],
)
def test_what_is_not_telal(reply, what):
    with Telal("http://other.example", transport=_replying(**reply)) as telal:
        with pytest.raises(what, match="Is the address"):
            telal.search("x")
        with pytest.raises(what):
            list(telal.stream("x"))


def test_a_cut_stream_and_a_server_that_is_not_there():
    cut = _replying(status_code=200, headers={"content-type": "text/event-stream"}, text="event: new\ndata: {}\n\n")
    with Telal(transport=cut) as telal, pytest.raises(Unreachable, match="before the answer was whole"):
        list(telal.stream("x"))
    with Telal("http://127.0.0.1:9") as telal, pytest.raises(Unreachable, match="Is the server running"):
        telal.stats()


def test_what_a_newer_server_adds_is_passed_over():
    body = {"hits": [], "notices": [], "later": 1}
    with Telal(transport=_replying(status_code=200, json=body)) as telal:
        assert telal.search("x").model_extra == {"later": 1}
    sentence = {"text": "t", "citations": [], "verdict": "quote", "lead": "", "marks": [], "new": {"deep": 1}}
    sentence |= {"originals": [], "language": ""}
    assert calls.event("delta", json.dumps(sentence)).text == "t"


SERVER = {"Short": "ShortAnswerOut", "Freshness": "StatusOut", "Wrong": "ErrorOut", "Problem": "Problem"}
NOT_DESCRIBED = {"Reply", "Stretch", "Found", "FoundPassage"}


def test_every_field_of_the_client_is_one_that_the_server_always_sends():
    schemas = description()["components"]["schemas"]
    kinds = {name: kind for name, kind in vars(replies).items() if isinstance(kind, type) and issubclass(kind, Reply)}
    known = {name: schemas[SERVER.get(name, f"{name}Out")] for name in kinds.keys() - NOT_DESCRIBED}
    assert len(known) > 35
    for name, schema in known.items():
        optional = {field for field, one in kinds[name].model_fields.items() if not one.is_required()}
        assert set(kinds[name].model_fields) <= set(schema["properties"]) | optional, name
        for field in set(kinds[name].model_fields) - optional:
            assert field in schema.get("required", ()) or "default" in schema["properties"][field], (name, field)
            said = get_args(kinds[name].model_fields[field].annotation) if "enum" in schema["properties"][field] else ()
            assert not said or set(said) == set(schema["properties"][field]["enum"]), (name, field)


def test_the_client_needs_httpx_and_pydantic_alone():
    code = "import telal.client, sys; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"rag", "api", "ingest", "torch", "numpy", "fastapi", "typer"} & {n.split(".")[0] for n in names}
