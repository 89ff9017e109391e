"""The routes over the archive as a whole, with the real engine over the starter corpus."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import pytest

from api.auth.keys import KeyStore
from api.reader_data import answer_ids
from api.reader_data.feedback import FeedbackStore
from api.schemas.archive import (
    ArticlesOut,
    CertificateOut,
    NamingOut,
    PushedOut,
    SourcesOut,
    StatsOut,
    StoriesOut,
    SuggestionsOut,
)
from rag.reader.reader import ROOM
from rag.reader.weights import Graph
from rag.store.database.shared_tables import StoredLines

ID = "0123456789abcdef" * 2


def test_sources_and_stats_agree(real):
    client = real()
    sources = SourcesOut.model_validate(client.get("/v1/sources").json()).outlets
    stats = StatsOut.model_validate(client.get("/v1/stats").json())
    assert sum(s.articles for s in sources) == stats.articles > 20
    assert len(sources) == stats.outlets
    assert min(s.first_published for s in sources) == stats.first_published


def test_articles_page_by_page(real):
    client = real()
    seen, cursor = [], None
    while True:
        page = ArticlesOut.model_validate(
            client.get("/v1/articles", params={"limit": 7, **({"cursor": cursor} if cursor else {})}).json()
        )
        seen += page.articles
        if (cursor := page.next) is None:
            break
    assert len({a.id for a in seen}) == len(seen) == client.get("/v1/stats").json()["articles"]
    dates = [a.published for a in seen]
    assert dates == sorted(dates, reverse=True)
    some = client.get("/v1/articles", params={"language": "sr", "from": "2020-01-01", "limit": 200}).json()["articles"]
    assert some and all(a["language"].startswith("sr") and a["published"] >= "2020" for a in some)


@pytest.mark.parametrize(
    "query",
    ["cursor=%C3%A9", "cursor=!!", "limit=0", "limit=x", "from=yesterday", "language=<>", "from=2025-02-30", "cursor="],
)
def test_what_is_no_page(real, query):
    assert real().get(f"/v1/articles?{query}").status_code == 422


@pytest.mark.parametrize("language", ["en", "sr-Cyrl", "sr-Latn", "sq", "xx", "cnr"])
def test_suggestions_are_answered_in_the_readers_language(real, language):
    client = real()
    found = SuggestionsOut.model_validate(
        client.get("/v1/suggestions", params={"language": language, "limit": 2}).json()
    ).suggestions
    assert len(found) == 2
    for suggestion in found:
        assert suggestion.language == ("en" if language == "xx" else language)
        assert client.post("/v1/ask", json={"question": suggestion.question}).json()["status"] != "refused"
    if language == "sr-Cyrl":
        assert not any("a" <= c <= "z" for s in found for c in s.question.lower())


def test_the_newest_stories_come_once_each_in_the_readers_language_with_a_question(real):
    client = real()
    found = StoriesOut.model_validate(client.get("/v1/stories?language=sr-Cyrl&limit=5").json()).stories
    assert len(found) == 5 and [s.published for s in found] == sorted((s.published for s in found), reverse=True)
    assert found[0].language == "sr-Cyrl" and found[0].also and found[0].question.question
    assert not {s.article_id for s in found} & {v.article_id for s in found for v in s.also}
    assert client.get("/v1/stories?outlet=Nobody").json() == {"stories": [], "next": None, "notices": []}


def test_the_newest_stories_page_by_page(real):
    client = real()
    seen, cursor = [], None
    while True:
        params = {"language": "en", "limit": 8, **({"cursor": cursor} if cursor else {})}
        page = StoriesOut.model_validate(client.get("/v1/stories", params=params).json())
        seen += page.stories
        if (cursor := page.next) is None:
            break
    ids = [s.article_id for s in seen]
    assert len(set(ids)) == len(ids) > 16
    own = [s.language == "en" for s in seen]
    assert 8 < sum(own) < len(own) and own == sorted(own, reverse=True)


@pytest.mark.parametrize("cursor", ["!!", "c3RhcnRlcjp4", "eyJhZnRlciI6MX0", "W10"])
def test_what_is_no_page_of_stories(real, cursor):
    assert real().get("/v1/stories", params={"cursor": cursor}).status_code == 422


def test_etags(real):
    client = real()
    first = client.get("/v1/stats")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get("/v1/stats", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert client.get("/v1/sources", headers={"If-None-Match": tag}).status_code == 200
    assert "etag" not in client.get("/v1/articles/nothing").headers


def test_gzip_but_not_on_streams(real):
    client = real()
    assert client.get("/v1/articles").headers["content-encoding"] == "gzip"
    plain = client.get("/v1/articles", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("POST", "/v1/ask", json={"question": "Who signed the Tirana agreement?", "stream": True}) as r:
        assert "content-encoding" not in r.headers
        r.read()


def test_further_questions_cost_no_answer(serve, engine):
    """600 calls a minute passed as searches, with up to 18 answers each."""
    asked = replace(engine.about, extra={"questions": [f"Who signed paper {n}?" for n in range(18)]})
    engine.archive.articles_by_id[asked.id] = asked
    client = serve(engine, ask_limit="1/minute", read_limit="600/minute")
    for _ in range(3):
        found = client.post("/v1/suggestions", json={"articles": [asked.id], "asked": "Who came?"}).json()[
            "suggestions"
        ]
        assert [one["question"] for one in found] == [f"Who signed paper {n}?" for n in range(3)]
    assert engine.begun == 0


def test_a_question_of_two_thousand_signs_is_read_as_two_plain_ones_at_most(real, monkeypatch):
    """It was taken for five questions, each of which was answered, and held a thread for five seconds."""
    read, graph = [], Graph.__call__
    monkeypatch.setattr(Graph, "__call__", lambda self, words: read.append(len(words)) or graph(self, words))
    signs = "Ко је potpisao 12.3.2025? §§ €5.000.000 № KESTREL5. a-b-c “Tirana”? Ж'ж'ж 5+5 … ?! (x) 18. mart "
    client = real()
    for question in ("Who signed the Tirana agreement?", (signs * 30)[:2000]):
        assert client.post("/v1/ask", json={"question": question, "language": "en"}).status_code == 200
        windows, tokens = len(read), sum(read)
        read.clear()
        assert 0 < windows <= 10 and tokens <= windows * (ROOM + 107), question


def given(client) -> str:
    """The id of an answer that was given."""
    reply = client.post("/v1/ask", json={"question": "Who?"})
    assert reply.headers["x-request-id"] == reply.json()["id"]
    return reply.json()["id"]


def test_feedback_is_kept_without_an_address(client, kept):
    said = {"id": given(client), "verdict": "wrong_source", "citation": 1, "comment": "not\nthere"}
    assert client.post("/v1/feedback", json=said).status_code == 204
    (line,) = StoredLines(kept, "feedback").all()
    assert line.pop("at")
    assert line == {**said, "question": "", "answer": "", "quote": ""}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x"},
        {"id": ID},
        {"verdict": "fine"},
        {"comment": "x" * 1001},
        {"answer": "x" * 4001},
        {"citation": 0},
        {"citation": "1; DROP"},
        {"ip": "1"},
    ],
)
def test_feedback_that_is_none(client, kept, change):
    body = {"id": given(client), "verdict": "helpful", **change}
    assert client.post("/v1/feedback", json=body).status_code == 422
    assert list(FeedbackStore(kept).all()) == []


def test_reports_are_of_answers_that_were_given_and_few_of_each(serve, engine, monkeypatch):
    """861 reports of 116 KB about answers that nobody had got filled the room for all."""
    client = serve(engine, feedback_limit="none")
    name, wrong = given(client), {"verdict": "wrong", "comment": "no"}
    flood = {"verdict": "wrong", "answer": "\N{GRINNING FACE}" * 20_000, "quote": "\N{GRINNING FACE}" * 5000}
    assert client.post("/v1/feedback", json={"id": name, **flood}).status_code == 413
    assert (
        client.post("/v1/feedback", json={"id": client.get("/livez").headers["x-request-id"], **wrong}).status_code
        == 422
    )
    forged = name[:-1] + ("0" if name[-1] != "0" else "1")
    assert client.post("/v1/feedback", json={"id": forged, **wrong}).status_code == 422
    replies = [client.post("/v1/feedback", json={"id": name, **wrong}).status_code for _ in range(7)]
    assert replies == [204] * 5 + [429] * 2
    another = serve(engine)  # a process of the same site knows its answers
    assert another.post("/v1/feedback", json={"id": name, **wrong}).status_code == 204
    monkeypatch.setattr(answer_ids, "REPORTABLE_S", 0)
    assert client.post("/v1/feedback", json={"id": given(client), **wrong}).status_code == 422


def test_reports_have_a_limit_of_their_own(serve, engine):
    client = serve(engine, feedback_limit="2/minute")
    said = {"id": given(client), "verdict": "helpful"}
    replies = [client.post("/v1/feedback", json=said) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [204, 204, 429] and int(replies[2].headers["retry-after"]) > 0
    assert client.post("/v1/search", json={"query": "x"}).status_code == 200


def test_where_reports_are_full_the_oldest_stay_and_the_new_one_is_refused(client, monkeypatch, kept, caplog):
    """Each got a 507 with a traceback in the log."""
    said = {"id": given(client), "verdict": "wrong", "comment": "the first"}
    assert client.post("/v1/feedback", json=said).status_code == 204
    monkeypatch.setattr("api.reader_data.feedback.MOST_BYTES", 10)
    reply = client.post("/v1/feedback", json={**said, "comment": "the second"})
    assert (reply.status_code, reply.json()["type"]) == (507, "/problems/reports-full")
    assert "newsroom" in reply.json()["hint"] and "Traceback" not in caplog.text
    assert [said.comment for said in FeedbackStore(kept).all()] == ["the first"]


# conversations


def test_a_conversation_is_kept_and_forgotten(real):
    client = real()
    first = client.post("/v1/ask", json={"question": "Who signed the Tirana agreement?", "conversation": "new"}).json()
    name = first["conversation"]
    second = client.post("/v1/ask", json={"question": "When?", "conversation": name}).json()
    assert second["conversation"] == name and "Tirana" in second["standalone"]
    with client.stream("POST", "/v1/ask", json={"question": "Where?", "conversation": name, "stream": True}) as reply:
        assert f'"conversation":"{name}"' in reply.read().decode()
    both = {"question": "q", "conversation": name, "history": [{"question": "a"}]}
    assert client.post("/v1/ask", json=both).status_code == 422
    assert client.delete(f"/v1/conversations/{name}").status_code == 204
    assert client.post("/v1/ask", json={"question": "When?", "conversation": name}).status_code == 404
    assert client.post("/v1/ask", json={"question": "When?", "conversation": ID}).status_code == 404
    assert client.post("/v1/ask", json={"question": "When?", "conversation": "mine"}).status_code == 422
    assert client.post("/v1/ask", json={"question": "Who signed it?"}).json()["conversation"] is None


def test_a_conversation_ends_by_itself_and_forgotten_to_the_byte(real, telal_engine):
    client = real(conversation_s=0.5)
    question = "Who signed the Tirana agreement, zanimljivost?"

    def stands() -> bool:  # a process of its own: closing a file of the archive in this one would drop its locks
        command = ["grep", "-rqa", "zanimljivost", str(telal_engine.settings.data_dir)]
        return subprocess.run(command).returncode == 0

    name = client.post("/v1/ask", json={"question": question, "conversation": "new"}).json()["conversation"]
    assert stands()
    time.sleep(0.6)
    assert client.post("/v1/ask", json={"question": "When?", "conversation": name}).status_code == 404
    again = client.post("/v1/ask", json={"question": "Who else?", "conversation": "new"}).json()["conversation"]
    assert client.delete(f"/v1/conversations/{again}").status_code == 204
    assert not stands()


# administration


@pytest.fixture
def admin(telal_engine):
    """Headers with a key that may do everything."""
    store = KeyStore(telal_engine.archive.database)
    created = store.create("admin", kind="secret", scopes=("ask", "search", "ingest", "admin"))
    yield {"Authorization": f"Bearer {created.token}"}
    store.revoke(created.key.id)


def pushed(number: int, **fields) -> dict:
    text = f"The bridge at Testgrad number {number} was opened by mayor Testina Testić on Monday."
    return {
        "id": f"pushed-{number}",
        "title": f"Bridge {number}",
        "text": text,
        "language": "en",
        "outlet": "T",
    } | fields


def test_admin_routes_are_closed(real, telal_engine):
    client = real()
    body = {"articles": [pushed(0)]}
    assert client.post("/v1/admin/articles", json=body).status_code == 401
    assert client.delete("/v1/admin/articles/a", params={"reason": "x"}).status_code == 401
    store = KeyStore(telal_engine.archive.database)
    reader = store.create("reader", kind="secret", scopes=("ask", "search", "ingest"))
    headers = {"Authorization": f"Bearer {reader.token}"}
    assert client.delete("/v1/admin/articles/a", params={"reason": "x"}, headers=headers).status_code == 403
    store.revoke(reader.key.id)
    assert client.post("/v1/admin/articles", json=body, headers=headers).status_code == 401


def test_pushing_and_erasing(real, admin):
    client = real()
    body = {"articles": [pushed(1), pushed(2, text=""), {"title": 5}, pushed(1)]}
    reply = client.post("/v1/admin/articles", json=body, headers=admin)
    assert reply.status_code == 200, reply.text
    done = PushedOut.model_validate(reply.json())
    assert (done.read, done.new, done.unchanged) == (4, 1, 1)
    assert [r.place for r in done.rejected] == [2, 3] and all(r.reason for r in done.rejected)
    question = {"query": "Who opened the bridge at Testgrad?", "filters": {"outlets": ["T"]}}
    until = time.monotonic() + 3
    while not (hits := client.post("/v1/search", json=question).json()["hits"]):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert hits[0]["passage"]["article_id"] == "pushed-1"
    path = "/v1/admin/articles/pushed-1"
    assert client.delete(path, headers=admin).status_code == 422  # a reason is wanted
    assert client.delete(path, params={"reason": "test"}, headers=admin).status_code == 204
    assert client.get("/v1/articles/pushed-1").status_code == 410
    assert client.post("/v1/search", json=question).json()["hits"] == []
    reply = client.delete("/v1/admin/articles/nothing", params={"reason": "test"}, headers=admin)
    assert reply.status_code == 404
    again = client.post("/v1/admin/articles", json={"articles": [pushed(1)]}, headers=admin).json()
    assert again["erased"] == 1  # what was erased stays so


def test_an_erasure_is_certified(real, admin, telal_engine):
    client = real()
    records = [pushed(60, url="https://t.example/60"), pushed(61, title="Testina Testić in Testgrad, again")]
    assert client.post("/v1/admin/articles", json={"articles": records}, headers=admin).json()["new"] == 2
    assert client.get("/v1/admin/naming", params={"name": "Testina Testić"}).status_code == 401
    named = client.get("/v1/admin/naming", params={"name": "testina testic"}, headers=admin).json()
    assert {"pushed-60", "pushed-61"} <= {a["id"] for a in NamingOut.model_validate(named).model_dump()["articles"]}
    body = {"ids": ["pushed-61"], "url": "http://www.t.example/60/", "reason": "asked"}
    reply = client.post("/v1/admin/erasures", json=body, headers=admin)
    assert reply.status_code == 200, reply.text
    made = CertificateOut.model_validate(reply.json())
    assert made.clean and {a.id for a in made.articles} == {"pushed-60", "pushed-61"}
    assert (telal_engine.settings.data_dir / "erasures" / made.file).exists()
    assert client.get("/v1/articles/pushed-60").status_code == 410
    for wrong in ({"reason": "x"}, {"ids": ["pushed-60"]}, {"url": "https://t.example/none", "reason": "x"}):
        assert client.post("/v1/admin/erasures", json=wrong, headers=admin).status_code in (404, 422)


# figures


def test_pushing_beside_another_writer(real, admin, telal_engine):
    """Another process that opens and closes the archive must not take the log from under the server."""
    client = real()
    push = {"articles": [pushed(50)]}
    assert client.post("/v1/admin/articles", json=push, headers=admin).json()["new"] == 1
    script = (
        "import sys; from pathlib import Path; from rag.config import Settings\n"
        "from rag.store.archive.archive import Archive\n"
        "with Archive.open(Settings(data_dir=Path(sys.argv[1]))) as archive: archive.stats()"
    )
    subprocess.run([sys.executable, "-c", script, str(telal_engine.settings.data_dir)], check=True)
    assert (telal_engine.settings.data_dir / "archive.sqlite-wal").exists()
    push = {"articles": [pushed(51)]}
    assert client.post("/v1/admin/articles", json=push, headers=admin).json()["new"] == 1
    for name in ("pushed-50", "pushed-51"):
        path = f"/v1/admin/articles/{name}"
        assert client.delete(path, params={"reason": "test"}, headers=admin).status_code == 204


def test_metrics(real, admin):
    client = real()
    client.post("/v1/ask", json={"question": "Who signed the Tirana agreement?"})
    client.post("/v1/ask", json={"question": "Who signed the Tirana agreement?", "stream": True})
    client.get("/v1/articles/some/where")
    text = client.get("/metrics").text
    assert 'telal_requests_total{method="POST",route="/v1/ask",status="200"} 2.0' in text
    assert 'route="/v1/articles/{article_id:path}",status="404"' in text and "some/where" not in text
    assert 'telal_stream_first_seconds_count{route="/v1/ask"} 1.0' in text
    assert 'telal_request_seconds_count{route="/v1/ask"} 1.0' in text
    assert 'telal_index_lag_changes{index="keyword"} 0.0' in text
    assert "Tirana" not in text
    assert real(metrics="off").get("/metrics").status_code == 404


def test_metrics_are_for_this_machine_or_an_admin(telal_engine, admin):
    from starlette.testclient import TestClient

    from api.app import build_app

    app = build_app(telal_engine, telal_engine.settings)
    with TestClient(app, base_url="http://127.0.0.1", client=("203.0.113.9", 1)) as stranger:
        assert stranger.get("/metrics").status_code == 401
        assert stranger.get("/metrics", headers=admin).status_code == 200
