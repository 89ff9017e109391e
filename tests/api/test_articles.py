"""Articles, quotes in their context, health, pages, the OpenAPI description."""

from __future__ import annotations

import re
import threading
import time

import pytest
from pydantic import TypeAdapter

from api.http import pages
from api.readiness import Readiness
from api.schemas.answers import ArticleOut, ReadyOut, SearchOut
from api.schemas.replies import context_of
from rag.errors import ArchiveBroken, BadInput
from rag.store.archive.copies import Cluster
from rag.types import Article

SENTENCES = [f"Sentence number {n} says something about the {n}th thing." for n in range(40)]
LONG = " ".join(SENTENCES)


def stretch(n: int) -> tuple[int, int]:
    start = LONG.index(SENTENCES[n])
    return start, start + len(SENTENCES[n])


def test_article(client, engine):
    body = client.get("/v1/articles/a/1").json()
    TypeAdapter(ArticleOut).validate_python(body)
    assert body["title"] == "Pact signed" and body.get("context") is None


def test_article_with_context(client):
    body = client.get("/v1/articles/a/1", params={"start": 21, "end": 67}).json()
    TypeAdapter(ArticleOut).validate_python(body)
    c = body["context"]
    assert c["before"] + c["quote"] + c["after"] == body["text"]
    assert body["text"][c["start"] : c["end"]] == c["quote"] == "The ministers signed it in Tirana on 18 March."


@pytest.mark.parametrize(
    "query", ["start=1", "end=2", "start=5&end=5", "start=0&end=10000", "start=-1&end=3", "start=a"]
)
def test_offsets_that_fit_nothing(client, query):
    assert client.get(f"/v1/articles/a/1?{query}").status_code == 422


@pytest.mark.parametrize("name", ["nothing", "%00", "'; DROP TABLE articles;--", "a" * 1000, "\u202e", "..%2f..%2fetc"])
def test_no_such_article(client, name):
    reply = client.get(f"/v1/articles/{name}")
    assert reply.status_code == 404
    assert reply.json()["type"] == "/problems/not-found"


def test_erased_article_is_gone(client, engine):
    engine.archive.erased.add("old")
    reply = client.get("/v1/articles/old")
    assert (reply.status_code, reply.json()["type"]) == (410, "/problems/erased")


@pytest.mark.parametrize("n", [0, 1, 5, 20, 38, 39])
def test_context_is_cut_on_sentence_borders(n):
    start, end = stretch(n)
    c = context_of(Article("a", "t", LONG, language="en"), start, end)
    assert LONG[start - len(c.before) : end + len(c.after)] == c.before + c.quote + c.after
    assert len(c.before) <= 300 and len(c.after) <= 300
    assert re.match(r"(Sentence number|$)", c.before)
    assert not c.after or c.after.endswith("thing.")
    if n == 20:
        assert len(c.before) > 200 and len(c.after) > 200


def test_context_of_a_text_without_sentences_is_cut_between_words():
    text = "word " * 500
    c = context_of(Article("a", "t", text), 1000, 1004)
    assert c.before.startswith("word ") and 290 < len(c.before) <= 300
    assert c.after.endswith(" word") and len(c.after) <= 300


def test_context_of_one_endless_word_is_empty():
    c = context_of(Article("a", "t", "x" * 5000), 2000, 2010)
    assert (c.before, c.after) == ("", "")


def test_context_counts_code_points():
    text = "🎉 Прва. Друга реченица. Трећа."
    start = text.index("Друга")
    assert context_of(Article("a", "t", text), start, start + 15).quote == "Друга реченица."


def test_context_outside_the_text():
    with pytest.raises(BadInput, match="no stretch"):
        context_of(Article("a", "t", "short"), 3, 9)


def test_search(client):
    reply = client.post("/v1/search", json={"query": "x", "limit": 3})
    SearchOut.model_validate(reply.json())


def test_a_database_that_says_nothing_is_told_within_a_second_and_holds_up_one_thread(engine, monkeypatch):
    silent, asked = threading.Event(), []

    def last_change() -> int:
        asked.append(1)
        silent.wait(30)
        return 1

    ready = Readiness(engine)
    assert ready.standing().archive == "ok"
    monkeypatch.setattr(engine.archive, "last_change", last_change)
    begun = time.monotonic()
    while ready.standing().archive == "ok":
        assert time.monotonic() < begun + 5
    assert time.monotonic() < begun + 2.5, "one answer holds a second, the next is waited for no longer than .6 s"
    assert [ready.standing().archive for _ in range(2)] == ["silent"] * 2
    assert len(asked) == 1, "nobody is asked again before there is an answer"
    silent.set()
    while ready.standing().archive != "ok":
        assert time.monotonic() < begun + 30
    ready.close()


def test_alive_and_ready(client, engine):
    assert client.get("/livez").json() == {"status": "ok"}
    reply = client.get("/readyz")
    assert reply.status_code == 200
    assert ReadyOut.model_validate(reply.json()).status == "ready"
    engine.archive.fault = ArchiveBroken("/secret/path is broken")
    reply = client.get("/readyz")
    assert reply.status_code == 503 and reply.json()["archive"] == "archive-broken"
    assert "secret" not in reply.text
    assert client.get("/livez").status_code == 200


def test_pages_revalidate_and_are_guarded(client, tmp_path):
    if not all((pages.STATIC / name).exists() for name in ("index.html", "demo.html", "widget.js")):
        pytest.skip("the pages are not built")
    for path in ("/demo", "/widget.js"):
        first = client.get(path)
        assert first.status_code == 200
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert client.head(path).status_code == 200
    policy = client.get("/").headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert client.get("/widget.js").headers["access-control-allow-origin"] == "*"


def test_cors_is_exact(serve, engine):
    client = serve(engine, cors_origins=("https://site.example",))
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin, allowed in (
        ("https://site.example", True),
        ("https://evil.site.example", False),
        ("https://site.example.evil", False),
        ("http://site.example", False),
        ("null", False),
    ):
        reply = client.options("/v1/ask", headers={"Origin": origin, **ask})
        assert (reply.headers.get("access-control-allow-origin") == origin) is allowed
        reply = client.post("/v1/ask", json={"question": "q"}, headers={"Origin": origin})
        assert (reply.headers.get("access-control-allow-origin") == origin) is allowed
        assert "access-control-allow-credentials" not in reply.headers


def test_openapi_is_whole(client):
    schema = client.get("/openapi.json").json()
    text = str(schema)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in schema["components"]["schemas"]
    assert "HTTPValidationError" not in text
    for path, methods in schema["paths"].items():
        for method, route in methods.items():
            assert route["summary"] and route["tags"], (method, path)
            if "requestBody" in route:
                ref = route["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                assert schema["components"]["schemas"][ref.rsplit("/", 1)[1]]["examples"]


def test_who_carries_the_same_story(serve, engine):
    client = serve(engine)
    assert client.get("/v1/articles/a/1").json()["outlets"] == []
    engine.archive.copies = Cluster("c1", ("Outlet", "Another"), ("a/1", "b/2"))
    assert client.get("/v1/articles/a/1?start=0&end=5").json()["outlets"] == ["Outlet", "Another"]
