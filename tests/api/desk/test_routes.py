"""What an editor does, over HTTP: articles, sources, reports, questions, cases, the log."""

from __future__ import annotations

import http.server
import json
import threading
import time

import httpx
import pytest
from typer.testing import CliRunner

import telal
from ingest.outlets import OutletChange

TEXT = (
    "The Drvar water works will be repaired for 4.2 million euros, mayor Jagoda Vitković said on Monday. "
    "The work begins in May and ends in October, and the town's schools will have water from a tank until then."
)
SECRET = "Her neighbour Zdravka Perušinović-Lalić told reporters that the old pipe had been sealed in secret."


def push(editor, newsroom, article_id: str, **more: str) -> None:
    article = {"id": article_id, "title": f"Water works of Drvar {article_id}", "text": TEXT, "language": "en"}
    article |= {"published": "2025-04-07", "outlet": "Most Daily", **more}
    headers = {"Authorization": f"Bearer {newsroom.key}"}
    done = editor.post("/v1/admin/articles", json={"articles": [article]}, headers=headers).json()
    assert done["new"] == 1, done


def ask(client, question: str) -> dict:
    return client.post("/v1/ask", json={"question": question}).json()


def cites(client, question: str) -> set[str]:
    """The articles cited, when the indexes have caught up."""
    time.sleep(2.5)
    return {c["article_id"] for c in ask(client, question)["citations"]}


def act(editor, what: str, **body: object):
    return editor.post(f"/desk/api/article/{what}", json=body)


QUESTION = "How much will the repair of the Drvar water works cost?"


def test_a_correction_is_a_new_revision_that_answers(editor, newsroom):
    push(editor, newsroom, "correct-1")
    new = TEXT.replace("4.2 million", "6.8 million")
    body = {"id": "correct-1", "title": "Water works of Drvar", "text": new, "note": "The sum was wrong"}
    assert act(editor, "correct", revision=2, **body).status_code == 422
    assert act(editor, "correct", revision=1, **body).json() == {"revision": 2}
    assert act(editor, "correct", revision=2, **body).status_code == 422  # nothing was changed
    shown = editor.get("/desk/api/article", params={"id": "correct-1"}).json()
    assert shown["status"] == "corrected" and [r["revision"] for r in shown["revisions"]] == [1, 2]
    changed = shown["revisions"][1]
    assert any(line.startswith("-") and "4.2 million" in line for line in changed["difference"])
    assert any(line.startswith("+") and "6.8 million" in line for line in changed["difference"])
    assert changed["notes"]["correction"]["note"] == "The sum was wrong"
    time.sleep(2.5)
    assert "6.8 million" in ask(editor, QUESTION)["text"]
    assert act(editor, "erase", id="correct-1", reason="end of the test").json()["clean"]


def test_what_is_held_back_is_shown_to_no_reader_and_comes_back(editor, newsroom):
    push(editor, newsroom, "held-1")
    assert "held-1" in cites(editor, QUESTION)
    held = editor.get("/desk/api/articles", params={"status": "held"}).json()["articles"]
    before = {a["id"] for a in held}  # by other tests of the same newsroom
    assert act(editor, "hold", id="held-1", reason="a lawyer asks").status_code == 204
    assert act(editor, "hold", id="held-1", reason="again").status_code == 422
    assert "held-1" not in cites(editor, QUESTION)
    for address in ("/v1/articles/held-1", "/v1/articles/held-1?revision=1"):
        assert editor.get(address).status_code == 404
    assert "held-1" not in editor.get("/v1/articles", params={"outlet": "Most Daily"}).text
    past = editor.post("/v1/ask", json={"question": QUESTION, "as_of": "2025-05-01"}).json()
    assert past["citations"] == []
    # its source changes meanwhile: the new words are held back, too
    changed = {"id": "held-1", "title": "Water works", "text": f"{TEXT} It rained.", "modified": "2025-04-09"}
    headers = {"Authorization": f"Bearer {newsroom.key}"}
    editor.post("/v1/admin/articles", json={"articles": [changed]}, headers=headers)
    assert editor.get("/v1/articles/held-1").status_code == 404
    listed = editor.get("/desk/api/articles", params={"status": "held"}).json()["articles"]
    assert {a["id"] for a in listed} - before == {"held-1"}
    assert act(editor, "release", id="held-1", reason="cleared").status_code == 204
    assert editor.get("/v1/articles/held-1").json()["status"] == "live"
    assert "held-1" in cites(editor, QUESTION)
    assert act(editor, "release", id="held-1", reason="again").status_code == 422
    assert act(editor, "retract", id="held-1", reason="untrue").status_code == 204
    assert "held-1" not in cites(editor, QUESTION)
    assert editor.get("/v1/articles/held-1").json()["status"] == "retracted"
    assert act(editor, "erase", id="held-1", reason="end of the test").json()["clean"]


def test_an_article_is_added_by_form_and_what_is_none_is_said(editor):
    text = f"{TEXT} The ferry of Drina is back."
    record = {"title": "Ferry of Drina is back", "text": text, "outlet": "Most", "published": "2026-03-01"}
    added = editor.post("/desk/api/articles", json={"articles": [record, {"title": "No text"}]}).json()
    assert (added["new"], [r["place"] for r in added["rejected"]]) == (1, [2])
    (found,) = editor.get("/desk/api/articles", params={"outlet": "Most"}).json()["articles"]
    assert found["title"] == "Ferry of Drina is back"
    assert editor.get("/desk/api/log").json()["acts"][0]["act"] == "articles.add"


def test_an_erasure_takes_the_desks_own_notes_along(editor, newsroom):
    push(editor, newsroom, "erase-1", text=f"{TEXT} {SECRET}")
    assert editor.put("/desk/api/keeping", json={"days": 7}).status_code == 204
    time.sleep(0.1)
    ask(editor, f"Is it true? {SECRET}")
    editor.post(
        "/v1/feedback",
        json={
            "id": ask(editor, "Who?")["id"],
            "verdict": "wrong",
            "question": "Who?",
            "answer": SECRET,
            "quote": SECRET,
        },
    )
    case = {"question": "Who told reporters of the pipe?", "answers": ["Zdravka Perušinović-Lalić"]}
    assert editor.post("/desk/api/cases", json={**case, "article": "erase-1", "why": SECRET}).status_code == 200
    assert act(editor, "hold", id="erase-1", reason=SECRET).status_code == 204
    assert SECRET in editor.get("/desk/api/asked").text
    certificate = act(editor, "erase", id="erase-1", reason="a court").json()
    assert certificate["clean"] and certificate["removed"]["desk"] >= 3 and certificate["removed"]["feedback"] == 1
    assert certificate["articles"][0]["id"] == "erase-1"
    for part in ("asked", "reports", "cases", "log", "article?id=erase-1"):
        assert "Perušinović" not in editor.get(f"/desk/api/{part}").text, part
    shown = editor.get("/desk/api/article", params={"id": "erase-1"}).json()
    assert shown["status"] == "erased" and shown["acts"][-1]["detail"]["certificate"]["file"]
    assert editor.get("/desk/api/log").json()["altered"] is None
    editor.put("/desk/api/keeping", json={"days": 0})


def test_questions_are_counted_and_kept_only_when_chosen(editor):
    before = editor.get("/desk/api/asked").json()
    ask(editor, "Who signed the Tirana agreement?")
    ask(editor, "Who won the 2031 election in Sarajevo?")
    after = editor.get("/desk/api/asked").json()

    def total(body: dict) -> int:
        return sum(n for day in body["days"] for n in day.values() if isinstance(n, int))

    assert total(after) == total(before) + 2 and after["questions"] == []
    assert after["stories"] and all(story["title"] or story["status"] == "erased" for story in after["stories"])
    assert "2031" not in str(after)
    editor.put("/desk/api/keeping", json={"days": 30})
    ask(editor, "Who signed the Tirana agreement?")
    assert [q["question"] for q in editor.get("/desk/api/asked").json()["questions"]] == [
        "Who signed the Tirana agreement?"
    ]
    editor.put("/desk/api/keeping", json={"days": 0})
    assert editor.get("/desk/api/asked").json()["questions"] == []


def test_a_report_is_settled_with_a_word(editor):
    name = ask(editor, "Who?")["id"]
    said = {"id": name, "verdict": "wrong_source", "citation": 1, "question": "Q?", "answer": "A.", "quote": "q"}
    assert editor.post("/v1/feedback", json=said).status_code == 204
    found = next(r for r in editor.get("/desk/api/reports").json()["reports"] if r["id"] == name)
    assert (found["question"], found["answer"], found["quote"], found["settled"]) == ("Q?", "A.", "q", None)
    word = {"outcome": "mended", "word": "The date was wrong"}
    assert editor.post(f"/desk/api/reports/{'0' * 32}", json=word).status_code == 404
    assert editor.post(f"/desk/api/reports/{found['report']}", json=word).status_code == 204
    settled = next(r for r in editor.get("/desk/api/reports").json()["reports"] if r["id"] == name)["settled"]
    assert (settled["editor"], settled["outcome"], settled["word"]) == ("Ana", "mended", "The date was wrong")


def test_the_desk_is_told_that_reports_are_full_and_makes_room(editor, monkeypatch):
    answer = ask(editor, "Who?")["id"]
    for comment in ("settled", "unread"):
        said = {"id": answer, "verdict": "wrong", "comment": comment}
        assert editor.post("/v1/feedback", json=said).status_code == 204
    assert editor.post("/v1/feedback", json={"id": answer, "verdict": "helpful"}).status_code == 204
    monkeypatch.setattr("api.reader_data.feedback.MOST_BYTES", 10)
    shown = editor.get("/desk/api/reports").json()
    assert shown["full"]
    (report,) = [one["report"] for one in shown["reports"] if one["comment"] == "settled"]
    assert editor.post(f"/desk/api/reports/{report}", json={"outcome": "none"}).status_code == 204
    assert editor.delete("/desk/api/reports").status_code == 204
    left = editor.get("/desk/api/reports").json()
    assert left["helpful"] == 0 and all(one["settled"] is None for one in left["reports"])
    assert "unread" in [one["comment"] for one in left["reports"]]
    assert editor.get("/desk/api/log").json()["acts"][0]["act"] == "report.clear"


def row_of(editor, name: str) -> dict | None:
    outlets = editor.get("/desk/api/sources").json()["outlets"]
    return next((row for row in outlets if row["name"] == name), None)


def visited(editor, name: str) -> dict:
    for _ in range(600):
        row = row_of(editor, name)
        if row is not None and row["visit"]["state"] in ("done", "failed"):
            return row
        time.sleep(0.2)
    raise AssertionError(row)


def test_an_outlet_is_found_added_paused_and_removed(editor, outlet):
    assert editor.post("/desk/api/sources/find", json={"address": "not an address"}).status_code == 422
    found = editor.post("/desk/api/sources/find", json={"address": outlet.base}).json()
    works = [t for t in found["tried"] if t["ok"]]
    assert works[0]["url"] == f"{outlet.base}/feed" and works[0]["kind"] == "feeds"
    body = {"name": "Most Weekly", "language": "", "sources": [{"kind": "feeds", "url": works[0]["url"]}]}
    assert editor.post("/desk/api/sources", json=body).status_code == 204
    assert editor.post("/desk/api/sources", json=body).status_code == 422
    row = visited(editor, "Most Weekly")
    assert (row["health"], row["held"], row["visit"]["stored"]) == ("ok", 6, 6)
    listed = editor.get("/desk/api/articles", params={"outlet": "Most Weekly"}).json()["articles"]
    assert len(listed) == 6
    story = outlet.newest()[0]
    outlet.correct(story.number)
    again = editor.post("/desk/api/again", json={"address": outlet.url(story)}).json()
    assert again["became"] == "changed" and len(again["articles"]) == 1
    assert editor.post("/desk/api/again", json={"address": outlet.url(story)}).json()["became"] == "unchanged"
    outlet.withdraw(story.number, 410)
    assert editor.post("/desk/api/again", json={"address": outlet.url(story)}).json()["became"] == "retracted"
    assert outlet.url(story) not in editor.get("/desk/api/log").text
    name = {"name": "Most Weekly"}
    assert editor.post("/desk/api/sources/pause", json={**name, "paused": True}).status_code == 204
    assert row_of(editor, "Most Weekly")["health"] == "paused"
    assert editor.post("/desk/api/sources/visit", json=name).status_code == 422
    assert editor.post("/desk/api/sources/pause", json={**name, "paused": False}).status_code == 204
    assert row_of(editor, "Most Weekly")["shows"] is None
    assert editor.post("/desk/api/sources/shows", json={**name, "shows": "quote"}).status_code == 204
    assert row_of(editor, "Most Weekly")["shows"] == "quote"
    assert editor.post("/desk/api/sources/shows", json={**name, "shows": "half"}).status_code == 422
    assert editor.post("/desk/api/sources/remove", json=name).status_code == 204
    assert row_of(editor, "Most Weekly") is None
    assert editor.post("/desk/api/sources/restore", json=name).status_code == 422


def test_the_server_visits_what_is_listed_and_says_when_next(editor, newsroom, outlet, monkeypatch):
    monkeypatch.setattr("api.desk.visits.LOOK_S", 0.1)
    desk, until = newsroom.app.state.desk, time.monotonic() + 60
    desk.changes.set("By itself", OutletChange({"name": "By itself", "feeds": [f"{outlet.base}/feed"]}))
    desk.visit_thread.start()
    try:
        while not (row := row_of(editor, "By itself"))["last_success"]:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert row["next_visit"] > row["last_success"] and row["visit"] is None  # nobody asked for it
    finally:
        desk.visit_thread.close()
        editor.post("/desk/api/sources/remove", json={"name": "By itself"}).raise_for_status()


def test_a_trial_shows_what_was_read_and_becomes_a_case(editor, newsroom, monkeypatch):
    seen = editor.post("/desk/api/ask", json={"question": "Who signed the Tirana agreement?"}).json()
    first = seen["passages"][0]
    assert first["probability"] > 0.5 and first["best"] in first["text"]
    assert first["id"] == seen["answer"]["citations"][0]["article_id"]
    refused = editor.post("/desk/api/ask", json={"question": "Who won the 2031 election in Sarajevo?"}).json()
    assert refused["answer"]["refusal"] and all(p["probability"] < 0.5 for p in refused["passages"])
    right = {"question": "Who signed the Tirana agreement?", "language": "en", "article": first["id"]}
    assert editor.post("/desk/api/cases", json={**right, "answers": ["Nobody at all"]}).status_code == 422
    assert editor.post("/desk/api/cases", json={**right, "answers": []}).status_code == 422
    made = editor.post("/desk/api/cases", json={**right, "answers": ["Pirro Vengu"]}).json()["id"]
    none = {"question": "Who won the 2031 election in Sarajevo?", "language": "en", "unanswerable": True}
    other = editor.post("/desk/api/cases", json=none).json()["id"]
    monkeypatch.setenv("TELAL_DATA_DIR", str(newsroom.app.state.services.settings.data_dir))
    monkeypatch.setenv("TELAL_EMBEDDING__THREADS", "1")
    ran = CliRunner().invoke(telal.app, ["eval", "run", "site"])
    assert ran.exit_code == 0 and "site" in ran.output, ran.output
    for case_id in (made, other):
        assert editor.post("/desk/api/cases/remove", json={"id": case_id}).status_code == 204
    assert editor.post("/desk/api/cases/remove", json={"id": made}).status_code == 404


def test_the_log_has_every_act_and_shows_when_it_was_altered(editor, newsroom):
    from sqlalchemy import update

    from rag.store.database.desk_tables import acts

    editor.put("/desk/api/keeping", json={"days": 0})
    body = editor.get("/desk/api/log").json()
    assert body["altered"] is None
    numbers = [act["number"] for act in body["acts"]]
    assert numbers == sorted(numbers, reverse=True) and body["acts"][0]["act"] == "questions.keep"
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        assert editor.request(method, "/desk/api/log").status_code == 405
    with newsroom.app.state.desk.database.writing() as connection:
        connection.execute(update(acts).where(acts.c.number == numbers[1]).values(editor="Somebody else"))
    assert editor.get("/desk/api/log").json()["altered"] == numbers[1]
    with newsroom.app.state.desk.database.writing() as connection:
        connection.execute(update(acts).where(acts.c.number == numbers[1]).values(editor="Ana"))
    assert editor.get("/desk/api/log").json()["altered"] is None


@pytest.mark.parametrize("path", ["article?id=nobody", "articles?status=erased", "asked?days=0", "log?before=0"])
def test_what_there_is_not(editor, path):
    assert editor.get(f"/desk/api/{path}").status_code in (404, 422)


def test_editors_list_and_end_what_is_followed(newsroom, editor):
    asked = {"q": "Who signed the Tirana agreement?", "language": "en"}
    for _ in range(2):  # from the second time on it is followed
        assert editor.get("/v1/follow.atom", params=asked).status_code == 200
    (question,) = editor.get("/desk/api/follows").json()["questions"]
    assert question["question"] == asked["q"]
    assert editor.post("/desk/api/follows/end", json={"follow": question["id"]}).status_code == 204
    assert editor.get("/desk/api/follows").json()["questions"] == []
    assert editor.get("/desk/api/log").json()["acts"][0]["act"] == "follow.end"
    assert editor.post("/desk/api/follows/end", json={"follow": "nothing"}).status_code == 404


class Told(http.server.BaseHTTPRequestHandler):
    """Notes the entries that a webhook is sent."""

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))["data"]
        self.server.entries += [said["entry"]] if "entry" in said else []
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said.get("challenge", "").encode())

    def log_message(self, *words):
        pass


def test_a_followed_question_speaks_when_its_answer_comes_is_corrected_and_goes(editor, newsroom):
    asked = "How much will the new ice rink of Zavidovići cost?"
    text = TEXT.replace("Drvar water works will be repaired", "ice rink of Zavidovići will be built")
    watcher = newsroom.app.state.follow_watcher
    key = newsroom.keys.create("follows", kind="secret", scopes=["follow"]).token
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Told) as receiver:
        receiver.entries = []
        threading.Thread(target=receiver.serve_forever, daemon=True).start()

        def told(count: int) -> dict:
            for _ in range(60):
                watcher.look()
                watcher.send()
                if len(receiver.entries) >= count:
                    return receiver.entries[-1]
                time.sleep(0.5)
            raise AssertionError(receiver.entries)

        watcher.look()
        body = {"question": asked, "language": "en", "url": f"http://127.0.0.1:{receiver.server_port}/"}
        made = httpx.post(
            f"{newsroom.base}/v1/follows", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=60
        )
        assert made.status_code == 201, made.text
        assert told(1)["kind"] == "begun"
        push(editor, newsroom, "follow-1", title="Ice rink for Zavidovići", text=text)
        came = told(2)
        assert "4.2 million" in came["text"] and came["sources"][0]["article_id"] == "follow-1"
        new = text.replace("4.2 million", "6.8 million")
        words = {"id": "follow-1", "title": "Ice rink for Zavidovići", "text": new, "note": "The sum was wrong"}
        act(editor, "correct", revision=1, **words).raise_for_status()
        assert "6.8 million" in told(3)["text"]
        feed = editor.get("/v1/follow.atom", params={"q": asked, "language": "en"}).text
        assert "6.8 million" in feed and "4.2 million" not in feed
        erased = act(editor, "erase", id="follow-1", reason="end of the test").json()
        assert erased["clean"], str(erased)
        gone = told(4)
        assert gone["kind"] == "gone" and "million" not in json.dumps(gone)
        assert "million" not in editor.get("/v1/follow.atom", params={"q": asked, "language": "en"}).text
        receiver.shutdown()
