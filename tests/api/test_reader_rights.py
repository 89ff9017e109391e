"""Every route that shows text shows what the outlet allows, and more with a token that its publisher signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import anyio
import pytest
from mcp import Client
from pydantic import SecretStr

from rag.types import StoryDay, Version, WholeStory
from telal.client import ProblemError, Telal

KEY = "k" * 32
FIRST, LAST = "First sentence here.", "Last sentence there."


def token(key=KEY, **claims) -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    said = {"iss": "Outlet", "exp": time.time() + 60} | claims
    signed = ".".join(part(json.dumps(one).encode()) for one in ({"alg": "HS256"}, said))
    return f"{signed}.{part(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


@pytest.fixture
def limited(serve, engine, settings):
    """A server whose only outlet allows single sentences."""
    named = Version(engine.about.id, engine.about.title, engine.about.outlet, engine.about.url)
    day = StoryDay(None, "none", FIRST, 0, len(FIRST), False, named, None, 1, False)
    story = WholeStory(named.article_id, "en", named, f"{FIRST} And more.", False, (day,), (named,), (), 1, 1)
    engine.story = lambda *args, **more: story
    engine.tellings = lambda *args, **more: None
    settings.data_dir.mkdir(exist_ok=True)
    outlets = '[[outlet]]\nname = "Outlet"\nfeeds = ["https://news.example/feed"]\nshows = "quote"\n'
    (settings.data_dir / "outlets.toml").write_text(outlets)
    return serve(engine, reader_keys={"outlet": SecretStr(KEY)})


def ask(client, path="/v1/ask", **sent):
    if path == "/v1/chat/completions":
        body = {"model": "telal", "messages": [{"role": "user", "content": "Who?"}], **sent}
    else:
        body = {"question": "Who?", **sent}
    return lambda **headers: client.post(path, json=body, headers=headers)


def routes(client):
    """Every way over HTTP to a text, by name."""
    return {
        "ask": ask(client),
        "ask as a stream": ask(client, stream=True),
        "chat": ask(client, "/v1/chat/completions"),
        "chat as a stream": ask(client, "/v1/chat/completions", stream=True),
        "search": lambda **headers: client.post("/v1/search", json={"query": "pact"}, headers=headers),
        "article": lambda **headers: client.get("/v1/articles/a/1", headers=headers),
        "a stretch": lambda **headers: client.get("/v1/articles/a/1?start=0&end=87", headers=headers),
        "an earlier revision": lambda **headers: client.get("/v1/articles/a/1?revision=1", headers=headers),
        "the page without scripts": lambda **headers: client.get("/ask?q=Who", headers=headers),
    }


NAMES = list(routes(None))


@pytest.mark.parametrize("name", NAMES)
def test_a_route_shows_single_sentences_where_no_more_is_allowed_and_all_with_a_token(limited, name):
    route = routes(limited)[name]
    plain = route()
    assert plain.status_code == 200 and not (FIRST in plain.text and LAST in plain.text), plain.text
    opened = route(**{"x-telal-reader": token()})
    assert opened.status_code == 200 and LAST in opened.text and FIRST in opened.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", [token("f" * 32), token(exp=1), token(iss="Nobody"), "x"])
def test_a_token_that_is_not_right_is_refused_everywhere_and_says_so(limited, name, wrong):
    refused = routes(limited)[name](**{"x-telal-reader": wrong})
    assert refused.status_code == 403 and "token" in refused.text and FIRST not in refused.text


def test_a_token_for_another_article_opens_nothing_and_lowers_nothing(limited):
    other = limited.get("/v1/articles/a/1", headers={"x-telal-reader": token(sub="b/2")})
    assert other.status_code == 200 and other.json()["text"] == FIRST and other.json()["whole"] is False
    own = limited.get("/v1/articles/a/1", headers={"x-telal-reader": token(sub="https://news.example/a1")})
    assert own.json()["whole"] is True and LAST in own.json()["text"]


def test_a_storys_own_text_is_cut_and_opened(limited):
    def told(path="/v1/stories/a/1", **headers):
        return limited.get(path, headers=headers).text

    assert "And more" not in told() and FIRST in told()
    assert LAST in told(**{"x-telal-reader": token()})
    assert "And more" not in told("/story/a/1") and LAST in told("/story/a/1", **{"x-telal-reader": token()})


def test_what_is_shared_under_a_token_is_what_everybody_sees(limited):
    made = limited.post("/v1/shares", json={"question": "Who?"}, headers={"x-telal-reader": token()})
    assert made.status_code == 201
    shared = limited.get(f"/v1/shares/{made.json()['id']}").json()["answer"]
    assert shared["citations"][0]["context"] is None and LAST not in json.dumps(shared)


def test_a_share_made_before_the_terms_obeys_them_too(serve, engine, settings):
    free = serve(engine)
    made = free.post("/v1/shares", json={"question": "Who?"}).json()["id"]
    assert LAST in free.get(f"/v1/shares/{made}").text
    settings.data_dir.mkdir(exist_ok=True)
    (settings.data_dir / "outlets.toml").write_text('[[outlet]]\nname = "Outlet"\nshows = "quote"\n')
    assert LAST not in serve(engine).get(f"/v1/shares/{made}").text


def test_a_refusals_nearest_paragraph_is_one_sentence(limited, engine):
    engine.refuse = True
    near = limited.post("/v1/ask", json={"question": "Who?"}).json()["refusal"]["nearest"][0]["excerpt"]
    assert near["text"] == engine.about.text[near["start"] : near["end"]] and FIRST not in near["text"]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("ask", {"question": "Who?"}),
        ("search", {"query": "pact"}),
        ("get_article", {"article_id": "a/1"}),
        ("get_article", {"article_id": "a/1", "start": 0, "end": 87}),
        ("get_story", {"article_id": "a/1"}),
    ],
)
def test_agents_see_no_more(limited, tool, arguments):
    async def call():
        async with Client(f"{limited.base_url}/mcp") as client:
            return await client.call_tool(tool, arguments)

    result = anyio.run(call)
    said = json.dumps(result.structured_content) + "".join(part.text for part in result.content)
    assert not result.is_error and not (FIRST in said and LAST in said) and "And more" not in said


def test_a_browser_may_send_the_token(limited, engine, serve):
    site = serve(engine, cors_origins=("https://most.example",))
    asked = {"origin": "https://most.example", "access-control-request-method": "GET"}
    reply = site.options("/v1/articles/a/1", headers={**asked, "access-control-request-headers": "x-telal-reader"})
    assert reply.status_code == 200 and "X-Telal-Reader" in reply.headers["access-control-allow-headers"]


def test_the_python_client_hands_a_token_over(limited):
    address = str(limited.base_url)
    with Telal(address, reader_token=token()) as paid, Telal(address, reader_token="x") as forged:
        assert LAST in paid.article("a/1").text
        with pytest.raises(ProblemError, match="token"):
            forged.article("a/1")
